//! `editkey open` and `editkey login` on a machine without settings.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request};

/// A home with nothing of editkey's in it but the state it makes.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        fs::write(home.path().join("README.md"), "# Read me\n").expect("a file");
        fs::create_dir(home.path().join("other")).expect("a folder");
        fs::write(home.path().join("other/notes.md"), "notes\n").expect("a file");
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_editkey"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/nowhere")
            .env("HOME", self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program")
    }

    fn open(&self, file: &str) -> Opened {
        let arguments = ["open", file, "--listen", "127.0.0.1:0"];
        let mut child = self
            .command(&arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut said = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = || {
            let mut line = String::new();
            said.read_line(&mut line).expect("a line");
            line.trim_end().to_owned()
        };
        let (listens, bookmark) = (line(), line());
        let address = listens
            .strip_prefix("editkey listens on http://")
            .and_then(|rest| rest.strip_suffix('/'));
        let address = address.and_then(|address| address.parse().ok());
        Opened {
            address: address.unwrap_or_else(|| panic!("no address: {listens}")),
            bookmark,
            child,
            _said: said,
        }
    }
}

/// A server that `open` started.
struct Opened {
    address: SocketAddr,
    bookmark: String,
    child: Child,
    _said: BufReader<ChildStdout>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Opened {
    fn get(&self, key: &str) -> Reply {
        Request::get("/api/file").bearer(key).send(self.address)
    }

    /// A browser that followed the link that `editkey login` prints.
    fn local(&self, home: &Home) -> Jar {
        let link = text(&home.run(&["login", "--no-browser"]));
        let (_, path) = link
            .trim_end()
            .split_once(&self.address.to_string())
            .expect("our address");
        let reply = Request::get(path).send(self.address).expect(303);
        let mut jar = Jar::default();
        jar.absorb(&reply);
        assert_eq!(
            Request::get(path).send(self.address).status,
            403,
            "a link admits once"
        );
        jar
    }
}

/// The ask for a file.
fn redirect(folder: &Path, name: &str) -> Request {
    let folder = folder.to_str().expect("UTF-8");
    Request::get(format!(
        "/redirect?dirname={}&basename={}",
        encode(folder),
        encode(name)
    ))
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn key(bookmark: &str) -> &str {
    bookmark
        .trim_end()
        .split_once("?accesskey=")
        .map_or_else(|| panic!("no bookmark: {bookmark}"), |(_, key)| key)
}

#[test]
fn a_bare_machine_needs_no_settings() {
    let home = Home::new();
    let opened = home.open("README.md");
    let bookmark = key(&opened.bookmark);
    assert_eq!(
        Request::get(format!("/?accesskey={bookmark}"))
            .send(opened.address)
            .status,
        200
    );
    let file = opened.get(bookmark).expect(200);
    let etag = file.header("etag").expect("a revision").to_owned();
    let save = Request::new("PUT", "/api/file")
        .bearer(bookmark)
        .header("If-Match", &etag)
        .body("changed\n");
    assert_eq!(save.send(opened.address).status, 204);
    assert_eq!(
        fs::read_to_string(home.path().join("README.md")).expect("the file"),
        "changed\n"
    );
    // A second one finds the server, which takes the new folder up.
    let second = text(&home.run(&["open", "other/notes.md", "--no-browser"]));
    assert!(
        second.starts_with(&format!("http://{}/", opened.address)),
        "{second}"
    );
    assert_eq!(opened.get(key(&second)).expect(200).text(), "notes\n");
    // The same file, the same bookmark; also after the server ended and another runs.
    assert_eq!(
        text(&home.run(&["open", "README.md", "--no-browser"])).trim_end(),
        opened.bookmark
    );
    let other = key(&second).to_owned();
    drop(opened);
    let again = home.open("README.md");
    assert_eq!(
        again.get(&other).expect(200).text(),
        "notes\n",
        "last month's bookmark"
    );
}

#[test]
fn our_own_state_is_out_of_reach_of_open_in_its_very_folder() {
    let home = Home::new();
    let opened = home.open("README.md");
    let jar = opened.local(&home);
    let state = home.path().join("state/editkey");
    fs::hard_link(state.join("secret"), home.path().join("hard.md")).expect("a second name");
    std::os::unix::fs::symlink(state.join("secret"), home.path().join("link.md")).expect("a link");
    let ask =
        |folder: &Path, name: &str| redirect(folder, name).jar(&jar).send(opened.address).status;
    assert_eq!(ask(home.path(), "README.md"), 302);
    for name in [
        "accesskeys.json",
        "secret",
        "sessions.json",
        "opened.json",
        "new.md",
    ] {
        assert_eq!(ask(&state, name), 403, "{name}");
    }
    for name in ["hard.md", "link.md"] {
        assert_eq!(ask(home.path(), name), 403, "{name}");
    }
    let refused = home.run(&["open", "state/editkey/secret", "--no-browser"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

#[test]
fn a_name_that_may_be_mistyped_is_told() {
    let home = Home::new();
    let _opened = home.open("README.md");
    let told = |name: &str| {
        let output = home.run(&["open", name, "--no-browser"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    assert_eq!(told("README.md"), "");
    assert_eq!(
        told("REDME.md"),
        "REDME.md is not there yet; its first save makes it.\n"
    );
}

#[test]
fn a_local_session_counts_on_a_local_connection_only() {
    let home = Home::new();
    let opened = home.open("README.md");
    let jar = opened.local(&home);
    let ask = || redirect(home.path(), "README.md").jar(&jar);
    assert_eq!(ask().send(opened.address).status, 302);
    for (name, value) in [
        ("X-Forwarded-For", "192.0.2.1"),
        ("Forwarded", "for=192.0.2.1"),
        ("Via", "1.1 proxy"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        assert_eq!(
            ask().header(name, value).send(opened.address).status,
            403,
            "{name}: {value}"
        );
    }
    for host in ["evil.example", "evil.example:8181", "127.0.0.1:1"] {
        assert_eq!(
            ask().header("Host", host).send(opened.address).status,
            403,
            "{host}"
        );
    }
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let output = home.run(&["serve", "--root", ".", "--listen", &address]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains(&address) && said.contains("in use") && said.contains("--listen"),
        "{said}"
    );
}
