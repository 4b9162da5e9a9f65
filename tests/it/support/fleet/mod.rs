//! Several nodes behind one nginx on one store, each of which may be killed and started again while clients go on.
//!
//! ```text
//! clients → nginx → node 0, 1, 2 … → the key file, or Redis with its replicas and sentinels
//! ```

pub(crate) mod apart;
pub(crate) mod client;
mod paused;
pub(crate) mod redis;
pub(crate) mod relay;
pub(crate) mod sentinel;
pub(crate) mod spaces;
pub(crate) mod work;
mod worker;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::beside::{Beside, free_address};
use super::{Jar, Tree, eventually, hash_text, random_text};
use client::{Client, Place};

const STARTING: Duration = Duration::from_secs(20);

/// A node: a process, and how it is started again.
pub(crate) struct Node {
    child: Child,
    command: Box<dyn Fn() -> Command + Send>,
    place: Place,
    /// What it says.
    log: PathBuf,
}

impl Node {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(
        command: Box<dyn Fn() -> Command + Send>,
        place: Place,
        log: PathBuf,
    ) -> Self {
        let child = command().spawn().expect("a node");
        let mut node = Self {
            child,
            command,
            place,
            log,
        };
        node.until_ready();
        node
    }

    /// A client of it.
    pub(crate) fn client(&self) -> Client {
        Client::to(self.place.clone())
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it once more, at the same place.
    pub(crate) fn again(&mut self) {
        self.kill();
        self.child = (self.command)().spawn().expect("a node");
        self.until_ready();
    }

    fn until_ready(&mut self) {
        let place = self.place.clone();
        eventually("a node is ready", STARTING, || {
            assert!(
                self.child.try_wait().expect("its state").is_none(),
                "a node ended: {}",
                fs::read_to_string(&self.log).unwrap_or_default()
            );
            let ready = Client::to(place.clone()).ask("GET", "/readyz", &[], "");
            ready.is_some_and(|reply| reply.status == 200)
        });
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The nodes, the proxy before them, and who may do what there.
pub(crate) struct Fleet {
    pub(crate) tree: Arc<Tree>,
    nodes: Vec<Mutex<Node>>,
    pub(crate) addresses: Vec<SocketAddr>,
    proxy: Beside,
    /// A host that sees and changes all keys.
    pub(crate) admin: String,
}

impl Fleet {
    /// So many nodes whose settings were changed by `change`: which store they use.
    pub(crate) fn start(count: usize, change: impl Fn(&mut Value)) -> Self {
        let tree = Arc::new(Tree::new());
        let admin = random_text(32);
        let addresses: Vec<_> = (0..count).map(|_| free_address()).collect();
        let nodes = addresses
            .iter()
            .enumerate()
            .map(|(at, &address)| {
                let name = format!("node-{at}");
                settings_for(&tree, &name, &json!([address.to_string()]), &admin, &change);
                let log = log(&tree, &name);
                let tree = Arc::clone(&tree);
                let command = move || serve(Command::new(PROGRAM), &tree, &name);
                Mutex::new(Node::start(Box::new(command), Place::Port(address), log))
            })
            .collect();
        Self {
            proxy: nginx(&tree, &addresses),
            tree,
            nodes,
            addresses,
            admin,
        }
    }

    /// Where clients ask.
    pub(crate) fn address(&self) -> SocketAddr {
        self.proxy.address
    }

    /// Kills a node, and starts it again after `pause`.
    pub(crate) fn killed_for(&self, node: usize, pause: Duration) {
        let mut node = self.nodes[node].lock().expect("the node");
        node.kill();
        std::thread::sleep(pause);
        node.again();
    }

    /// The cookies of a browser that may edit this directory.
    pub(crate) fn session(&self, user: &str, directory: &str) -> String {
        session(
            &mut Client::at(self.address()),
            &self.tree,
            user,
            &self.tree.at(directory),
        )
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_editkey");

/// A browser's cookies, by the way that browsers come.
pub(crate) fn session(client: &mut Client, tree: &Tree, user: &str, directory: &str) -> String {
    let bearer = format!("Bearer {}", tree.cms_token);
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    let grant = json!({"user": user, "directories": [directory]}).to_string();
    let granted = client
        .ask("POST", "/api/grants", &headers, &grant)
        .expect("an answer")
        .expect(201)
        .json();
    let url = granted["url"].as_str().expect("a url");
    let at = url.find("/enter?").expect("a ticket");
    let entered = client
        .ask("GET", &url[at..], &[], "")
        .expect("an answer")
        .expect(303);
    let mut jar = Jar::default();
    jar.absorb(&entered);
    jar.header().expect("a cookie")
}

/// The usual settings for one node of several, in a file of its own beside the others, so that they share the key folder.
pub(crate) fn settings_for(
    tree: &Tree,
    name: &str,
    listen: &Value,
    admin: &str,
    change: &impl Fn(&mut Value),
) {
    let usual = fs::read(tree.settings()).expect("the settings");
    let mut settings: Value = serde_json::from_slice(&usual).expect("JSON");
    settings["listen"] = listen.clone();
    // By https the cookie has one name at all nodes, else each node's port is in it.
    settings["public_url"] = json!("https://editkey.test");
    let desk = json!({"name": "desk", "token_sha256": hash_text(admin), "admin": true,
        "ceiling": {"poweruser": true, "rights": "edit"}});
    settings["hosts"]
        .as_array_mut()
        .expect("the hosts")
        .push(desk);
    change(&mut settings);
    let path = tree.path.join(format!("state/{name}.json"));
    fs::write(&path, settings.to_string()).expect("the settings");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("their mode");
}

/// `command`, which runs the program, as a server with these settings.
pub(crate) fn serve(mut command: Command, tree: &Tree, name: &str) -> Command {
    let log = File::options()
        .create(true)
        .append(true)
        .open(log(tree, name))
        .expect("a log");
    command
        .args(["serve", "-c"])
        .arg(tree.path.join(format!("state/{name}.json")))
        .current_dir(&tree.path)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("one log for both"))
        .stderr(log);
    command
}

/// Where what a node says is kept.
pub(crate) fn log(tree: &Tree, name: &str) -> PathBuf {
    tree.path.join(format!("log/{name}.log"))
}

/// nginx that asks the nodes in turn, and another where one does not answer.
fn nginx(tree: &Tree, nodes: &[SocketAddr]) -> Beside {
    let (address, home) = (free_address(), tree.path.join("log/nginx"));
    fs::create_dir_all(&home).expect("a folder");
    let home = home.to_str().expect("UTF-8");
    let mut upstream = String::new();
    for node in nodes {
        let _ = writeln!(upstream, "server {node} max_fails=1 fail_timeout=1s;");
    }
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let mut temporary = String::new();
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        let _ = writeln!(temporary, "{kind}_temp_path {home}/{kind};");
    }
    let text = format!(
        "daemon off; master_process off; {user} pid {home}/pid; error_log {home}/log;\n\
         events {{ worker_connections 2048; }}\n\
         http {{ access_log off; keepalive_requests 100000000; {temporary}\n\
         upstream nodes {{ {upstream} keepalive 64; keepalive_requests 100000000; }}\n\
         server {{ listen {address}; location / {{ proxy_pass http://nodes; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_set_header Host $http_host;\n\
         proxy_connect_timeout 1s; proxy_read_timeout 8s; proxy_next_upstream error timeout; }} }} }}\n"
    );
    let path = format!("{home}/nginx.conf");
    fs::write(&path, text).expect("the configuration");
    let program = if fs::exists("/usr/sbin/nginx").unwrap_or_default() {
        "/usr/sbin/nginx"
    } else {
        "nginx"
    };
    Beside::start(
        Command::new(program).args(["-p", home, "-c", &path]),
        address,
        &tree.path.join("log/nginx.out"),
    )
}
