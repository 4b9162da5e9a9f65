//! A web server's side of FastCGI, by hand.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sign_in::{add_ann, with_ann};
use crate::support::{TestApp, Tree, eventually};

/// Longest wait for an answer; slow requests are given 5 s.
const PATIENCE: Duration = Duration::from_secs(9);

/// The host that the mounts and rules below name.
pub(super) const HOST: &str = "files.example.org";

/// A gate with a mount, rules, and two places to ask at.
pub(super) fn gate(settings: &mut Value) {
    let root = settings["roots"][0].as_str().expect("a root").to_owned();
    let tree = Path::new(&root).ancestors().nth(2).expect("the tree");
    let socket = tree.join("state/fcgi.sock");
    settings["public_url"] = json!("http://edit.example.org");
    settings["gate"] = json!({
        "cookie_domain": "example.org",
        "mounts": [{"urls": [format!("https://{HOST}/album")], "directory": format!("{root}/album")}],
        "rules": [
            {"url": format!("https://{HOST}/wiki"), "user": "ann"},
            {"url": format!("https://{HOST}/wiki/open"), "anyone": true},
        ],
        "fastcgi_listen": ["127.0.0.1:0", format!("unix:{}", socket.display())],
    });
}

/// A server with that gate, and files in the mount.
pub(crate) fn app(change: impl FnOnce(&mut Value)) -> TestApp {
    let tree = Tree::with(|settings| {
        with_ann(settings);
        gate(settings);
        change(settings);
    });
    std::fs::create_dir_all(tree.path.join("root/a/album/private")).expect("a folder");
    tree.write("root/a/album/allowed.txt", "allowed\n");
    tree.write("root/a/beside.txt", &tree.beyond);
    tree.write("root/a/album/private/secret.txt", &tree.beyond);
    add_ann(&tree);
    TestApp::on(std::sync::Arc::new(tree))
}

/// Where `app` answers authorizers by TCP.
pub(super) fn address(app: &TestApp) -> SocketAddr {
    let mut found = None;
    eventually("it says where authorizers ask", PATIENCE, || {
        let log = app.log();
        let rest = log.split("FastCGI authorizers on 127.").nth(1);
        let text = rest.and_then(|rest| rest.lines().next());
        found = text.and_then(|text| format!("127.{text}").parse().ok());
        found.is_some()
    });
    found.expect("an address")
}

/// A connection that can be talked over.
pub(super) trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

/// A connection by TCP.
pub(super) fn by_tcp(app: &TestApp) -> Box<dyn Line> {
    let stream = TcpStream::connect(address(app)).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    Box::new(stream)
}

/// A connection by the Unix socket.
pub(super) fn by_socket(app: &TestApp) -> Box<dyn Line> {
    let stream = UnixStream::connect(app.tree.path.join("state/fcgi.sock")).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    Box::new(stream)
}

pub(super) fn record(kind: u8, id: u16, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, kind];
    bytes.extend(id.to_be_bytes());
    let length = u16::try_from(content.len()).expect("a record's length");
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend_from_slice(content);
    bytes
}

pub(super) fn begin(id: u16, role: u8, flags: u8) -> Vec<u8> {
    record(1, id, &[0, role, flags, 0, 0, 0, 0, 0])
}

pub(super) fn pair(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in [name, value] {
        let length = u32::try_from(text.len()).expect("a length");
        bytes.extend((length | 1 << 31).to_be_bytes());
    }
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(value.as_bytes());
    bytes
}

/// A whole request with these variables, on a connection that stays.
pub(super) fn request(id: u16, variables: &[(&str, &str)]) -> Vec<u8> {
    let pairs: Vec<u8> = variables
        .iter()
        .flat_map(|(name, value)| pair(name, value))
        .collect();
    [begin(id, 2, 1), record(4, id, &pairs), record(4, id, &[])].concat()
}

/// The variables of a request for `uri`, and `more`.
pub(super) fn variables<'a>(uri: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", uri),
        ("HTTP_HOST", HOST),
        ("REQUEST_SCHEME", "https"),
        ("REMOTE_ADDR", "203.0.113.9"),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more).copied().collect()
}

/// One record of an answer: its kind, its request, its content. Nothing at the end.
pub(super) fn read(line: &mut dyn Line) -> Option<(u8, u16, Vec<u8>)> {
    let mut head = [0; 8];
    line.read_exact(&mut head).ok()?;
    let mut content = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]]))];
    line.read_exact(&mut content).expect("its content");
    let mut padding = vec![0; usize::from(head[6])];
    line.read_exact(&mut padding).expect("its padding");
    Some((head[1], u16::from_be_bytes([head[2], head[3]]), content))
}

/// An authorizer's answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
}

/// The answer to the request `id`.
pub(super) fn told(line: &mut dyn Line, id: u16) -> Told {
    let mut text = Vec::new();
    loop {
        let (kind, of, content) = read(line).expect("an answer");
        assert_eq!(of, id);
        match kind {
            6 => text.extend(content),
            3 => {
                assert_eq!(content, [0; 8], "not complete");
                break;
            }
            other => panic!("a record of kind {other}"),
        }
    }
    let text = String::from_utf8(text).expect("text");
    let headers = text.strip_suffix("\r\n\r\n").expect("a whole head");
    let mut headers: HashMap<String, String> = headers
        .split("\r\n")
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let status = headers.remove("status").expect("a status");
    Told {
        status: status[..3].parse().expect("a number"),
        headers,
    }
}

/// What `app` says of `uri` with these variables.
pub(crate) fn ask(app: &TestApp, uri: &str, more: &[(&str, &str)]) -> Told {
    let mut line = by_tcp(app);
    line.write_all(&request(1, &variables(uri, more)))
        .expect("sent");
    told(&mut line, 1)
}
