//! `examples/two-nodes/` as it stands but for addresses, the password, names and folders: nginx before two nodes on Redis.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::held::Node;
use super::load::{Client, Way};
use crate::proxy::programs::nginx_with;
use crate::proxy::scene::{certificate, substituted};
use crate::support::beside::{Beside, free_address};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, Tree, eventually, hash_text, random_text};

pub(super) const NAME: &str = "edit.example.org";
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether somebody holds the nodes' sockets while they are restarted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sockets {
    Held,
    TheirOwn,
}

/// One of the two.
pub(super) struct Place {
    pub(super) address: SocketAddr,
    held: Option<TcpListener>,
    /// Its settings, and its state, which the other one does not see.
    pub(super) folder: PathBuf,
    pub(super) node: Node,
}

pub(super) struct Two {
    pub(super) tree: Tree,
    pub(super) redis: Redis,
    pub(super) nodes: [Place; 2],
    /// nginx, without TLS beside what the example says.
    nginx: Beside,
}

impl Two {
    /// As docs/deploy.md tells it: Redis; the first node, which makes the secret; the second one with that; nginx.
    pub(super) fn start(sockets: Sockets) -> Self {
        let tree = Tree::new();
        certificate(&tree.path);
        let redis = Redis::start(&tree);
        let bound = [1, 2].map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let addresses = bound
            .each_ref()
            .map(|listener| listener.local_addr().expect("its address"));
        let mut number = 0;
        let nodes = bound.map(|listener| {
            number += 1;
            let folder = tree.path.join(format!("nodes/{number}"));
            let state = folder.join("state");
            fs::create_dir_all(&state).expect("a folder");
            fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).expect("its mode");
            settings(&tree, number, addresses[number - 1], &redis);
            if number > 1 {
                let first = tree.path.join("nodes/1/state/secret");
                fs::copy(first, state.join("secret")).expect("the first one's secret");
            }
            let held = (sockets == Sockets::Held).then_some(listener);
            let place = Place {
                address: addresses[number - 1],
                node: run(&folder, held.as_ref()),
                held,
                folder,
            };
            place.ready();
            place
        });
        let nginx = nginx(&tree, addresses);
        Self {
            tree,
            redis,
            nodes,
            nginx,
        }
    }

    /// By nginx.
    pub(super) fn ask(&self, request: &Request) -> Reply {
        request.send(self.nginx.address)
    }

    /// The ticket with which a host lets somebody in, granted at this node.
    pub(super) fn granted(&self, user: &str, node: SocketAddr) -> String {
        let grant = json!({"user": user, "directories": [self.tree.at("root/a")]});
        let granted = Request::new("POST", "/api/grants").bearer(&self.tree.cms_token);
        let granted = granted.json(&grant).send(node).expect(201).json();
        let url = granted["url"].as_str().expect("an address");
        let ticket = url.strip_prefix(&format!("https://{NAME}")).expect(url);
        ticket.to_owned()
    }

    /// What asks for a key of this file.
    pub(super) fn wish(&self, basename: &str, jar: &Jar) -> Request {
        let dirname = encode(&self.tree.at("root/a"));
        Request::get(format!("/redirect?dirname={dirname}&basename={basename}")).jar(jar)
    }

    /// Ends one in order, and starts it again.
    pub(super) fn restart(&mut self, index: usize) {
        let node = &mut self.nodes[index].node;
        node.told_to_end();
        assert!(node.ended().success());
        self.start_again(index);
    }

    /// Starts one that has ended.
    pub(super) fn start_again(&mut self, index: usize) {
        let place = &mut self.nodes[index];
        place.node = run(&place.folder, place.held.as_ref());
        place.ready();
    }

    /// Clients of each kind, by nginx, whose keys were minted at the first node.
    pub(super) fn clients(&self) -> Vec<Client> {
        let one = self.nodes[0].address;
        let jar = entered(&self.granted("ann", one), one);
        let kinds = [(false, false), (true, false), (false, true), (true, true)];
        let client = |(at, (saves, keeps))| {
            let name = format!("load-{at}.md");
            self.tree.write(&format!("root/a/{name}"), "first\n");
            Client {
                way: Way::Tcp(self.nginx.address),
                base: "/",
                key: self.wish(&name, &jar).send(one).key().expect("a key"),
                saves,
                keeps,
            }
        };
        kinds
            .into_iter()
            .chain(kinds)
            .enumerate()
            .map(client)
            .collect()
    }
}

impl Place {
    pub(super) fn ready(&self) {
        eventually("the node is ready", PATIENCE, || {
            let ready = Request::get("/readyz").try_send(self.address);
            ready.is_some_and(|reply| reply.status == 200)
        });
    }
}

/// A node with the settings and the state of this folder.
fn run(folder: &Path, held: Option<&TcpListener>) -> Node {
    let (settings, state) = (folder.join("settings.json"), folder.join("state"));
    Node::at(&settings, &state, &folder.join("said"), held)
}

/// The browser that came with this ticket.
pub(super) fn entered(ticket: &str, node: SocketAddr) -> Jar {
    let mut jar = Jar::default();
    jar.absorb(&Request::get(ticket).send(node).expect(303));
    jar
}

/// The node's settings, and the password beside them.
fn settings(tree: &Tree, number: usize, address: SocketAddr, redis: &Redis) {
    let folder = format!("nodes/{number}");
    let at = |name: &str| tree.at(&format!("{folder}/{name}"));
    let settings = substituted(
        &format!("examples/two-nodes/node-{number}.json"),
        &[
            (&format!("10.0.0.1{number}:8181"), address.to_string()),
            ("10.0.0.10:6379", redis.address.to_string()),
            ("10.0.0.10", "127.0.0.1".to_owned()),
            ("/srv/site", tree.at("root/a")),
            ("/var/lib/editkey/secret", at("state/secret")),
            ("/etc/editkey/redis-password", at("redis-password")),
            ("SHA-256-OF-THE-TOKEN", hash_text(&tree.cms_token)),
        ],
    );
    let password = format!("{}\n", redis.password);
    for (name, text) in [("settings.json", settings), ("redis-password", password)] {
        tree.write(&format!("{folder}/{name}"), text);
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o600)).expect("its mode");
    }
}

/// Redis with the example's configuration.
pub(super) struct Redis {
    folder: PathBuf,
    pub(super) address: SocketAddr,
    password: String,
    running: Mutex<Option<Beside>>,
}

impl Redis {
    fn start(tree: &Tree) -> Self {
        let (address, password) = (free_address(), random_text(24));
        let folder = tree.path.join("nodes/redis");
        fs::create_dir_all(&folder).expect("a folder");
        let configuration = substituted(
            "examples/two-nodes/redis.conf",
            &[
                ("bind 10.0.0.10", "bind 127.0.0.1".to_owned()),
                ("port 6379", format!("port {}", address.port())),
                ("A-PASSWORD-OF-REDIS", password.clone()),
                ("/var/lib/redis", tree.at("nodes/redis")),
            ],
        );
        tree.write("nodes/redis/redis.conf", configuration);
        let redis = Self {
            folder,
            address,
            password,
            running: Mutex::default(),
        };
        redis.start_again();
        redis
    }

    /// Ends it at once, as a power cut would.
    pub(super) fn kill(&self) {
        *self.running.lock().expect("it") = None;
    }

    /// Starts it with what it has on its disk.
    pub(super) fn start_again(&self) {
        let mut command = Command::new("redis-server");
        command.arg(self.folder.join("redis.conf"));
        let said = self.folder.join("said");
        let beside = Beside::start(&mut command, self.address, &said);
        *self.running.lock().expect("it") = Some(beside);
    }
}

/// nginx with the example's configuration, and a port without TLS for clients that are ours.
pub(super) fn nginx(tree: &Tree, nodes: [SocketAddr; 2]) -> Beside {
    let (tls, plain) = (free_address(), free_address());
    let site = substituted(
        "examples/two-nodes/nginx.conf",
        &[
            (
                "listen 443 ssl",
                format!("listen {tls} ssl; listen {plain}"),
            ),
            (
                "/etc/ssl/edit.example.org/fullchain.pem",
                tree.at("cert.pem"),
            ),
            ("/etc/ssl/edit.example.org/privkey.pem", tree.at("key.pem")),
            ("10.0.0.11:8181", nodes[0].to_string()),
            ("10.0.0.12:8181", nodes[1].to_string()),
            ("/var/log/nginx", tree.at("log")),
        ],
    );
    let mut command = nginx_with(tree, &site);
    Beside::start(&mut command, plain, &tree.path.join("log/nginx-said"))
}
