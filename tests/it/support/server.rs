//! The real program in a temporary tree, as a subprocess with everything it says kept, and one verb for each thing
//! that a host, a browser or an operator does.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::wire::encode;
use super::{Jar, Reply, Request, Tree, eventually};

const PROGRAM: &str = env!("CARGO_BIN_EXE_editkey");
const STARTING: Duration = Duration::from_secs(10);
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A running server. It is killed when the value goes.
pub(crate) struct TestApp {
    pub(crate) tree: Arc<Tree>,
    pub(crate) address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl TestApp {
    /// A server with the usual settings in a tree of its own.
    pub(crate) fn start() -> Self {
        Self::on(Arc::new(Tree::new()))
    }

    /// A server whose settings were changed by `change`.
    pub(crate) fn with(change: impl FnOnce(&mut Value)) -> Self {
        Self::on(Arc::new(Tree::with(change)))
    }

    /// One more server on the same tree, with a port of its own.
    pub(crate) fn on(tree: Arc<Tree>) -> Self {
        match Self::try_on(tree) {
            Ok(app) => app,
            Err(said) => panic!("the server did not start: {said}"),
        }
    }

    /// The same, or everything it said before it ended.
    pub(crate) fn try_on(tree: Arc<Tree>) -> Result<Self, String> {
        let log = tree
            .path
            .join(format!("log/{}.log", COUNT.fetch_add(1, Ordering::Relaxed)));
        let file = File::create(&log).expect("a log");
        let mut child = Command::new(PROGRAM)
            .arg("serve")
            .arg("-c")
            .arg(tree.settings())
            .env("EDITKEY_LOG", "trace")
            .env("RUST_LOG", "trace")
            .current_dir(&tree.path)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("one log for both"))
            .stderr(file)
            .spawn()
            .expect("the program");
        let mut address = None;
        let mut ended = false;
        eventually("the server says where it listens", STARTING, || {
            ended = child.try_wait().expect("its state").is_some();
            address = listening(&fs::read_to_string(&log).unwrap_or_default());
            address.is_some() || ended
        });
        match address {
            Some(address) if !ended => Ok(Self {
                tree,
                address,
                child,
                log,
            }),
            _ => Err(fs::read_to_string(&log).unwrap_or_default()),
        }
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it and starts another on the same tree and port.
    pub(crate) fn restart(mut self) -> Self {
        self.kill();
        let tree = Arc::clone(&self.tree);
        let mut settings: Value =
            serde_json::from_slice(&fs::read(tree.settings()).expect("the settings"))
                .expect("JSON");
        settings["listen"] = json!([self.address.to_string()]);
        tree.write_settings(&settings);
        drop(self);
        Self::on(tree)
    }

    /// Everything it has said so far, at the most verbose level.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log")
    }

    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Reply {
        request.send(self.address)
    }

    /// The host `cms` grants.
    pub(crate) fn host_grant(&self, body: &Value) -> Reply {
        self.host_grant_as(&self.tree.cms_token, body)
    }

    /// A host with this token grants.
    pub(crate) fn host_grant_as(&self, token: &str, body: &Value) -> Reply {
        self.send(&Request::new("POST", "/api/grants").bearer(token).json(body))
    }

    /// The browser goes where the host sends it.
    pub(crate) fn enter(&self, url: &str) -> (Jar, Reply) {
        let at = url
            .find("/enter?")
            .unwrap_or_else(|| panic!("no ticket in {url}"));
        let reply = self.send(&Request::get(&url[at..]));
        let mut jar = Jar::default();
        jar.absorb(&reply);
        (jar, reply)
    }

    /// A browser session with what `cms` grants.
    pub(crate) fn session(&self, grant: &Value) -> Jar {
        let granted = self.host_grant(grant).expect(201).json();
        let (jar, reply) = self.enter(granted["url"].as_str().expect("a url"));
        assert!(matches!(reply.status, 302 | 303), "{reply:?}");
        assert!(jar.header().is_some(), "no cookie: {reply:?}");
        jar
    }

    /// A poweruser's session.
    pub(crate) fn poweruser(&self) -> Jar {
        self.session(&json!({"user": "power", "poweruser": true}))
    }

    /// The session of `user`, who may edit `root/a` and all below it.
    pub(crate) fn editor(&self, user: &str) -> Jar {
        self.session(&json!({"user": user, "directories": [self.tree.at("root/a")]}))
    }

    /// `GET /redirect` for a file in the tree, with further parameters.
    pub(crate) fn redirect(
        &self,
        folder: &str,
        basename: &str,
        more: &[(&str, &str)],
        jar: &Jar,
    ) -> Reply {
        self.send(&Request::get(self.redirect_target(folder, basename, more)).jar(jar))
    }

    /// What is asked of the server for that.
    pub(crate) fn redirect_target(
        &self,
        folder: &str,
        basename: &str,
        more: &[(&str, &str)],
    ) -> String {
        let mut target = format!(
            "/redirect?dirname={}&basename={}",
            encode(&self.tree.at(folder)),
            encode(basename)
        );
        for (name, value) in more {
            let _ = write!(target, "&{name}={}", encode(value));
        }
        target
    }

    /// The key of a redirect that has to succeed.
    #[track_caller]
    pub(crate) fn mint(&self, folder: &str, basename: &str, jar: &Jar) -> String {
        self.mint_with(folder, basename, &[], jar)
    }

    #[track_caller]
    pub(crate) fn mint_with(
        &self,
        folder: &str,
        basename: &str,
        more: &[(&str, &str)],
        jar: &Jar,
    ) -> String {
        let reply = self.redirect(folder, basename, more, jar).expect(302);
        let key = reply.key().unwrap_or_else(|| panic!("no key: {reply:?}"));
        assert_eq!(key.len(), 24, "{key}");
        key
    }

    /// The bookmark.
    pub(crate) fn open(&self, key: &str) -> Reply {
        self.send(&Request::get(format!("/?accesskey={}", encode(key))))
    }

    pub(crate) fn get_file(&self, key: &str) -> Reply {
        self.send(&Request::get("/api/file").bearer(key))
    }

    /// `PUT /api/file` over the revision with this entity tag.
    pub(crate) fn save(&self, key: &str, etag: &str, bytes: &[u8]) -> Reply {
        self.put(key, "If-Match", etag, bytes)
    }

    /// `PUT /api/file` of a file that is not there yet.
    pub(crate) fn create(&self, key: &str, bytes: &[u8]) -> Reply {
        self.put(key, "If-None-Match", "*", bytes)
    }

    fn put(&self, key: &str, condition: &str, value: &str, bytes: &[u8]) -> Reply {
        let request = Request::new("PUT", "/api/file")
            .bearer(key)
            .header(condition, value);
        self.send(&request.body(bytes))
    }

    /// The status of `/readyz`.
    pub(crate) fn ready(&self) -> u16 {
        self.send(&Request::get("/readyz")).status
    }

    /// Runs the program with our settings.
    pub(crate) fn cli(&self, arguments: &[&str], stdin: &str) -> Output {
        cli(&self.tree, arguments, stdin)
    }

    /// The key that `editkey keys mint` prints for a file in the tree.
    #[track_caller]
    pub(crate) fn cli_mint(&self, name: &str) -> String {
        let output = self.cli(&["keys", "mint", &self.tree.at(name)], "");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let key = printed
            .split_once("accesskey=")
            .map(|(_, key)| key.trim().to_owned());
        key.unwrap_or_else(|| panic!("no bookmark: {output:?}"))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let words = log.lines().filter(|line| !line.contains(" TRACE "));
            let tail: Vec<&str> = words.rev().take(40).collect();
            eprintln!("--- the server's last words");
            for line in tail.iter().rev() {
                eprintln!("{line}");
            }
        }
    }
}

/// Runs the program with the settings of `tree`.
pub(crate) fn cli(tree: &Tree, arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .arg("-c")
        .arg(tree.settings())
        .args(arguments)
        .current_dir(&tree.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut input = child.stdin.take().expect("its input");
    // A command that reads nothing may be gone already.
    let _ = input.write_all(stdin.as_bytes());
    drop(input);
    child.wait_with_output().expect("its end")
}

fn listening(said: &str) -> Option<SocketAddr> {
    let (_, rest) = said.split_once("editkey listens on http")?;
    let rest = rest.strip_prefix("s").unwrap_or(rest).strip_prefix("://")?;
    rest.split_once('/')?.0.parse().ok()
}
