//! One node and its Redis, and what may go wrong between them: a wire that is cut, a server that is slow, stopped, full,
//! a replica, or gone. Each time the node refuses at once or within the bound, says so, and comes back by itself.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::wire::encode;
use super::super::{Reply, Tree, eventually, random_text};
use super::client::{Client, Place};
use super::redis::Servers;
use super::relay::Relay;
use super::spaces::{ADDRESSES, Cut, NODE, STORE, Spaces};
use super::{Node, PROGRAM, log, serve, session, settings_for};

/// How old what a node has at hand may be, as the settings say.
const STALE: Duration = Duration::from_secs(1);
/// What asking and looking take themselves.
const LOOKING: Duration = Duration::from_millis(200);
/// Longest from the end of a trouble until all is well.
const RECOVERY: Duration = Duration::from_secs(5);
/// Longest that a refusal takes, whatever happens to the store: what `within` says, and a little.
const REFUSING: Duration = Duration::from_millis(2_500);
const STARTING: Duration = Duration::from_secs(20);

/// A node, a browser at it, and a key that it has at hand.
pub(crate) struct Scene {
    _node: Node,
    client: Client,
    tree: Arc<Tree>,
    cookies: String,
    key: String,
    minted: usize,
}

/// The store of a scene whose wire can be cut.
pub(crate) struct Far {
    spaces: Spaces,
    server: Child,
}

impl Drop for Far {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Scene {
    /// The node on one machine and Redis on another.
    pub(crate) fn apart() -> (Far, Self) {
        let (spaces, tree) = (Spaces::new(), Arc::new(Tree::new()));
        let control = PathBuf::from(tree.at("log/redis.sock"));
        let server = spaces
            .command(STORE, "redis-server")
            .args(["--port", "6379", "--bind", ADDRESSES[STORE]])
            .args(["--protected-mode", "no", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .args(["--unixsocket", control.to_str().expect("UTF-8")])
            .args(["--dir", &tree.at("log")])
            .stdout(Stdio::null())
            .spawn()
            .expect("Redis");
        eventually("Redis listens", STARTING, || {
            std::os::unix::net::UnixStream::connect(&control).is_ok()
        });
        let socket = tree.at("log/node.sock");
        let store = format!("redis://{}:6379", ADDRESSES[STORE]);
        let listen = json!([format!("unix:{socket}")]);
        settings_for(&tree, "node", &listen, &random_text(32), &on(&store));
        // The command outlives this function: it says by itself on which machine it runs.
        let machine = spaces.command(NODE, PROGRAM);
        let words: Vec<_> = machine.get_args().map(ToOwned::to_owned).collect();
        let (first, at) = (machine.get_program().to_owned(), Arc::clone(&tree));
        let command = move || {
            let mut command = std::process::Command::new(&first);
            command.args(&words);
            serve(command, &at, "node")
        };
        let (place, log) = (Place::Socket(socket.into()), log(&tree, "node"));
        let scene = Self::of(tree, Node::start(Box::new(command), place, log));
        (Far { spaces, server }, scene)
    }

    /// Both on this machine; `store` is what the settings say.
    pub(crate) fn beside(store: &str) -> Self {
        let tree = Arc::new(Tree::new());
        let socket = tree.at("log/node.sock");
        let listen = json!([format!("unix:{socket}")]);
        settings_for(&tree, "node", &listen, &random_text(32), &on(store));
        let at = Arc::clone(&tree);
        let command = move || serve(std::process::Command::new(PROGRAM), &at, "node");
        let (place, log) = (Place::Socket(socket.into()), log(&tree, "node"));
        Self::of(tree, Node::start(Box::new(command), place, log))
    }

    fn of(tree: Arc<Tree>, node: Node) -> Self {
        let mut client = node.client();
        let cookies = session(&mut client, &tree, "ann", &tree.at("root/a"));
        let mut scene = Self {
            _node: node,
            client,
            tree,
            cookies,
            key: String::new(),
            minted: 0,
        };
        scene.key = scene.mint().key().expect("a key");
        assert_eq!(scene.open().status, 200);
        scene
    }

    /// A new key: of the document first, then of files that are not there.
    fn mint(&mut self) -> Reply {
        let name = match self.minted {
            0 => "doc.md".to_owned(),
            number => format!("new-{number}.md"),
        };
        let folder = encode(&self.tree.at("root/a"));
        let target = format!("/redirect?dirname={folder}&basename={name}");
        let reply = self.asked("GET", &target, &[("Cookie", &self.cookies.clone())]);
        self.minted += usize::from(reply.status == 302);
        reply
    }

    fn open(&mut self) -> Reply {
        let bearer = format!("Bearer {}", self.key);
        self.asked("GET", "/api/file", &[("Authorization", &bearer)])
    }

    fn asked(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        let start = Instant::now();
        let reply = self.client.ask(method, target, headers, "");
        let reply = reply.expect("a node always answers");
        let took = start.elapsed();
        assert!(took < REFUSING, "{method} {target}: {took:?}: {reply:?}");
        reply
    }

    fn ready(&mut self) -> u16 {
        self.asked("GET", "/readyz", &[]).status
    }

    /// The node refuses to resolve within `bound` of `since`, goes on refusing, and says so; how long it took.
    fn refuses(&mut self, since: Instant, bound: Duration) -> Duration {
        let took = loop {
            let reply = self.open();
            if reply.status != 200 {
                not_now(&reply);
                break since.elapsed();
            }
            assert!(
                since.elapsed() < bound + LOOKING,
                "still opens after {bound:?}"
            );
        };
        // On and on, and quickly once it is known.
        for _ in 0..20 {
            let start = Instant::now();
            not_now(&self.open());
            assert!(start.elapsed() < LOOKING, "{:?}", start.elapsed());
            thread::sleep(Duration::from_millis(50));
        }
        not_now(&self.mint());
        assert_eq!(self.ready(), 503);
        eprintln!("refused after {took:?}");
        took
    }

    /// Everything is well again within five seconds, without a restart; how long it took.
    fn recovers(&mut self, since: Instant) -> Duration {
        loop {
            let (opened, minted, ready) = (self.open().status, self.mint().status, self.ready());
            if (opened, minted, ready) == (200, 302, 200) {
                break;
            }
            let late = since.elapsed();
            assert!(late < RECOVERY, "{late:?}: {opened} {minted} {ready}");
            thread::sleep(Duration::from_millis(10));
        }
        eprintln!("well again after {:?}", since.elapsed());
        since.elapsed()
    }

    /// What is there opens on, and nothing new is acknowledged.
    fn opens_only(&mut self) {
        for _ in 0..40 {
            assert_eq!(self.open().status, 200);
            thread::sleep(Duration::from_millis(50));
        }
        let refused = self.mint();
        assert!(matches!(refused.status, 503 | 507), "{refused:?}");
        // Able to resolve, unable to mint.
        assert_eq!(self.ready(), 200);
    }
}

/// The settings of this store.
fn on(store: &str) -> impl Fn(&mut Value) + use<> {
    let store = store.to_owned();
    move |settings| settings["store"] = json!(store)
}

fn not_now(reply: &Reply) {
    assert_eq!(reply.status, 503, "{reply:?}");
    assert!(reply.header("retry-after").is_some(), "{reply:?}");
}

/// A wire that is cut: the node refuses within the bound, and recovers soon after the wire is mended.
pub(crate) fn cut(how: Cut) {
    let (far, mut scene) = Scene::apart();
    for _ in 0..3 {
        far.spaces.cut(how);
        scene.refuses(Instant::now(), STALE);
        far.spaces.mend();
        scene.recovers(Instant::now());
    }
}

/// A server that is stopped in the middle of what it does, and goes on.
pub(crate) fn paused() {
    let servers = Servers::one();
    let mut scene = Scene::beside(&servers.url());
    let paused = servers.paused();
    scene.refuses(Instant::now(), STALE);
    drop(paused);
    scene.recovers(Instant::now());
}

/// A server that is gone, and comes back with what it had.
pub(crate) fn restarted() {
    let servers = Servers::one();
    let mut scene = Scene::beside(&servers.url());
    let late = scene.mint().key().expect("a key");
    servers.kill();
    scene.refuses(Instant::now(), STALE);
    servers.again();
    scene.recovers(Instant::now());
    scene.key = late;
    // Its file is not there; the key is.
    assert_eq!(scene.open().status, 404);
}

/// A server without memory for more: what is there opens, nothing new is acknowledged.
pub(crate) fn out_of_memory() {
    let servers = Servers::one();
    let mut scene = Scene::beside(&servers.url());
    servers.told(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    servers.told(&["CONFIG", "SET", "maxmemory", "1"]);
    scene.opens_only();
    servers.told(&["CONFIG", "SET", "maxmemory", "0"]);
    scene.recovers(Instant::now());
}

/// A server that became a replica of somebody who is not there: nothing new is acknowledged.
pub(crate) fn read_only() {
    let servers = Servers::one();
    let mut scene = Scene::beside(&servers.url());
    servers.told(&["REPLICAOF", "127.0.0.1", "1"]);
    let since = Instant::now();
    eventually("it refuses to mint", STALE + REFUSING, || {
        matches!(scene.mint().status, 503 | 507)
    });
    // Whether it resolves on depends on how soon it looks for another primary; it never says that a key is none.
    while since.elapsed() < 2 * STALE {
        let status = scene.open().status;
        assert!(matches!(status, 200 | 503), "{status}");
    }
    servers.told(&["REPLICAOF", "NO", "ONE"]);
    scene.recovers(Instant::now());
}

/// A slow wire: within the bound all goes on, more slowly; beyond it the node refuses.
pub(crate) fn slow() {
    let servers = Servers::one();
    let relay = Relay::to(servers.primary());
    let mut scene = Scene::beside(&format!("redis://{}", relay.address));
    relay.slow(Duration::from_millis(100));
    thread::sleep(STALE);
    for _ in 0..20 {
        assert_eq!(scene.open().status, 200);
        assert_eq!(scene.mint().status, 302);
        assert_eq!(scene.ready(), 200);
    }
    relay.slow(STALE);
    scene.refuses(Instant::now(), 2 * STALE);
    relay.slow(Duration::ZERO);
    // What was slow on its way comes first.
    thread::sleep(STALE);
    scene.recovers(Instant::now());
}
