//! `examples/two-nodes/` as it stands but for addresses, names and folders: nginx before two nodes.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;

use super::held::Node;
use super::load::{self, Client, Way};
use crate::proxy::programs::nginx_with;
use crate::proxy::scene::{certificate, substituted};
use crate::support::beside::{Beside, free_address};
use crate::support::{Jar, Reply, Request, Tree, eventually, hash_text};

const NAME: &str = "edit.example.org";
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether somebody holds the nodes' sockets while they are restarted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sockets {
    Held,
    TheirOwn,
}

/// One of the two.
struct Place {
    address: SocketAddr,
    held: Option<TcpListener>,
    settings: PathBuf,
    node: Node,
}

struct Two {
    tree: Tree,
    nodes: [Place; 2],
    /// nginx, without TLS beside what the example says.
    nginx: Beside,
}

impl Two {
    fn start(sockets: Sockets) -> Self {
        let tree = Tree::new();
        certificate(&tree.path);
        let bound = [1, 2].map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let addresses = bound
            .each_ref()
            .map(|listener| listener.local_addr().expect("its address"));
        let mut number = 0;
        let nodes = bound.map(|listener| {
            number += 1;
            let address = addresses[number - 1];
            let settings = settings(&tree, number, address);
            let held = (sockets == Sockets::Held).then_some(listener);
            let node = run(&tree, &settings, held.as_ref());
            Place {
                address,
                held,
                settings,
                node,
            }
        });
        for place in &nodes {
            place.ready();
        }
        let nginx = nginx(&tree, addresses);
        Self { tree, nodes, nginx }
    }

    /// By nginx.
    fn ask(&self, request: &Request) -> Reply {
        request.send(self.nginx.address)
    }

    /// Ends one in order, and starts it again.
    fn restart(&mut self, index: usize) {
        let place = &mut self.nodes[index];
        place.node.told_to_end();
        assert!(place.node.ended().success());
        place.node = run(&self.tree, &place.settings, place.held.as_ref());
        place.ready();
    }

    /// Clients of each kind, by nginx.
    fn clients(&self) -> Vec<Client> {
        let kinds = [(false, false), (true, false), (false, true), (true, true)];
        let client = |(at, (saves, keeps))| {
            let name = format!("load-{at}.md");
            self.tree.write(&format!("root/a/{name}"), "first\n");
            Client {
                way: Way::Tcp(self.nginx.address),
                base: "/",
                key: self.tree.hand_made("root/a", &name, &json!({})),
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
    fn ready(&self) {
        eventually("the node is ready", PATIENCE, || {
            let ready = Request::get("/readyz").try_send(self.address);
            ready.is_some_and(|reply| reply.status == 200)
        });
    }
}

fn run(tree: &Tree, settings: &std::path::Path, held: Option<&TcpListener>) -> Node {
    let state = tree.path.join("state/keys");
    Node::at(settings, &state, &tree.path.join("log/nodes"), held)
}

/// The node's settings. Both have their keys in one key folder, on this machine.
fn settings(tree: &Tree, number: usize, address: SocketAddr) -> PathBuf {
    let pairs = [
        (format!("10.0.0.1{number}:8181"), address.to_string()),
        ("10.0.0.10".to_owned(), "127.0.0.1".to_owned()),
        ("/srv/site".to_owned(), tree.at("root/a")),
        (
            "/var/lib/editkey/secret".to_owned(),
            tree.at("state/keys/secret"),
        ),
        (
            "SHA-256-OF-THE-TOKEN".to_owned(),
            hash_text(&tree.cms_token),
        ),
    ];
    let file = format!("examples/two-nodes/node-{number}.json");
    let pairs: Vec<(&str, String)> = pairs.iter().map(|(a, b)| (a.as_str(), b.clone())).collect();
    let path = tree.path.join(format!("state/node-{number}.json"));
    fs::write(&path, substituted(&file, &pairs)).expect("the settings");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("their mode");
    path
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

#[test]
fn what_one_node_does_holds_at_the_other_and_one_alone_goes_on() {
    let mut two = Two::start(Sockets::TheirOwn);
    let [one, other] = two.nodes.each_ref().map(|place| place.address);
    // A host grants at one node; the browser enters, and gets its key, at the other and at the one.
    let grant = json!({"user": "ann", "directories": [two.tree.at("root/a")]});
    let granted = Request::new("POST", "/api/grants").bearer(&two.tree.cms_token);
    let granted = granted.json(&grant).send(one).expect(201).json();
    let url = granted["url"].as_str().expect("an address");
    let ticket = url.strip_prefix(&format!("https://{NAME}")).expect(url);
    let entered = Request::get(ticket).send(other).expect(303);
    let mut jar = Jar::default();
    jar.absorb(&entered);
    let target = format!(
        "/redirect?dirname={}&basename=doc.md",
        crate::support::wire::encode(&two.tree.at("root/a"))
    );
    let minted = Request::get(&target).jar(&jar).send(one).expect(302);
    let key = minted.key().expect("a key");
    let file = Request::get("/api/file").bearer(&key);
    let opened = file.send(other).expect(200);
    // Saved at one, and so seen at the other.
    let saved = Request::new("PUT", "/api/file").bearer(&key);
    let saved = saved.header("If-Match", opened.header("etag").expect("one"));
    saved.clone().body("by one").send(one).expect(204);
    assert_eq!(file.send(other).expect(200).body, b"by one");
    saved.body("by the other").send(other).expect(412);
    // Revoked at the other.
    file.send(one).expect(200);
    let revoke = Request::new("DELETE", "/api/key").bearer(&key).jar(&jar);
    let own = format!("https://{NAME}");
    let revoke = revoke.header("Host", NAME).header("Origin", &own);
    let revoked = Instant::now();
    assert!(revoke.send(other).status < 300);
    eventually("it opens nowhere", Duration::from_secs(1), || {
        file.send(one).status == 403
    });
    assert!(revoked.elapsed() < Duration::from_secs(1));
    // One is killed: whatever is asked goes on by the other.
    let again = two.tree.hand_made("root/a", "doc.md", &json!({}));
    two.nodes[0].node.kill();
    let mut etag = String::new();
    for round in 0..20 {
        let read = two
            .ask(&Request::get("/api/file").bearer(&again))
            .expect(200);
        if round > 0 {
            assert_eq!(read.header("etag"), Some(etag.as_str()));
        }
        let save = Request::new("PUT", "/api/file").bearer(&again);
        let save = save.header("If-Match", read.header("etag").expect("one"));
        let saved = two.ask(&save.body(format!("round {round}"))).expect(204);
        saved.header("etag").expect("one").clone_into(&mut etag);
    }
}

#[test]
fn ten_rolling_restarts_behind_nginx_fail_no_request() {
    let mut two = Two::start(Sockets::Held);
    let clients = two.clients();
    load::under(&clients, |seen| {
        for round in 0..10 {
            two.restart(round % 2);
            seen.more(30);
        }
    });
}

#[test]
fn rolling_restarts_of_nodes_with_sockets_of_their_own_fail_no_request() {
    let mut two = Two::start(Sockets::TheirOwn);
    let clients = two.clients();
    load::under(&clients, |seen| {
        for round in 0..10 {
            two.restart(round % 2);
            // As long as nginx passes a node over that was away, and a moment.
            let until = Instant::now() + Duration::from_millis(2500);
            while Instant::now() < until {
                seen.more(10);
            }
        }
    });
}
