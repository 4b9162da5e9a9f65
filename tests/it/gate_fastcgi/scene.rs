//! editkey behind a real Apache or lighttpd with the configurations of `examples/gate/`, which stand as they are but for
//! addresses, names, folders and TLS; and an application that says what reached it.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::authorizer::{HOST, address, app};
use crate::support::beside::{Beside, free_address, repository};
use crate::support::{Reply, Request, TestApp};

/// Where Debian keeps Apache's modules.
const MODULES: &str = "/usr/lib/apache2/modules";

/// editkey, a web server before it, and a key of one file.
pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) server: Beside,
    pub(super) key: String,
}

/// Which web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Apache,
    Lighttpd,
}

impl Scene {
    /// `kind` with its configuration changed by `change`.
    pub(super) fn with(kind: Kind, change: impl Fn(String) -> String) -> Self {
        let app = app(|_| ());
        let tree = &app.tree;
        let album = tree.path.join("root/a/album");
        fs::create_dir_all(album.join("sub dir")).expect("a folder");
        tree.write(
            "root/a/album/sub dir/ü 100% \"q\" it's.txt",
            "a name of all kinds\n",
        );
        let page = "<!doctype html><script>alert(1)</script>";
        tree.write("root/a/album/page.html", page);
        let big: Vec<u8> = (0..=250).cycle().take(50_000_000).collect();
        tree.write("root/a/album/big.bin", big);
        symlink("../../../outside/canary.txt", album.join("link.txt")).expect("a link");
        // Apache reads as another account when the tests run as root.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&tree.path, open).expect("its mode");
        let (here, upstream) = (free_address(), application());
        let text = change(match kind {
            Kind::Apache => apache(&app, here, upstream),
            Kind::Lighttpd => lighttpd(&app, here),
        });
        tree.write("server.conf", text);
        let mut command = match kind {
            Kind::Apache => {
                let mut command = Command::new("/usr/sbin/apache2");
                // One process, so that ending it ends all of it.
                command
                    .arg("-X")
                    .arg("-f")
                    .arg(tree.path.join("server.conf"));
                command
            }
            Kind::Lighttpd => {
                let mut command = Command::new("/usr/sbin/lighttpd");
                command
                    .arg("-D")
                    .arg("-f")
                    .arg(tree.path.join("server.conf"));
                command
            }
        };
        let said = tree.path.join("log/server-said");
        let server = Beside::start(&mut command, here, &said);
        let key = app.cli_mint("root/a/album/allowed.txt");
        Self { app, server, key }
    }

    pub(super) fn start(kind: Kind) -> Self {
        Self::with(kind, |text| text)
    }

    #[track_caller]
    pub(super) fn send(&self, request: &Request) -> Reply {
        request.send(self.server.address)
    }

    /// What the web server wrote, all together.
    pub(super) fn logs(&self) -> String {
        let mut all = String::new();
        for name in [
            "editkey.log",
            "editkey-error.log",
            "server-said",
            "main.log",
        ] {
            let file = self.app.tree.path.join("log").join(name);
            let bytes = fs::read(file).unwrap_or_default();
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
        all
    }
}

/// A request to the web server by its name.
pub(super) fn get(target: &str) -> Request {
    Request::get(target).header("Host", HOST)
}

/// `file` with each of these in place of what it says; one that is not there fails.
fn substituted(file: &str, pairs: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(repository(file)).expect("the configuration");
    pairs.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{file} does not say {from}");
        text.replace(from, to)
    })
}

fn without(text: &str, start: &str) -> String {
    assert!(text.contains(start), "{start} is not there");
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with(start));
    lines.fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    })
}

fn apache(app: &TestApp, here: SocketAddr, upstream: SocketAddr) -> String {
    let log = app.tree.at("log");
    let mut main = format!(
        "ServerRoot {log}\nPidFile {log}/apache.pid\nListen {here}\nServerName main.invalid\n\
         ErrorLog {log}/main.log\nMutex file:{log} default\nTypesConfig /etc/mime.types\n"
    );
    // Also what only some builds have as a module, and what else could change an address.
    for module in [
        "mpm_event",
        "authn_core",
        "authz_core",
        "alias",
        "dir",
        "mime",
        "negotiation",
        "rewrite",
        "authnz_fcgi",
        "headers",
        "proxy",
        "proxy_http",
        "setenvif",
        "unixd",
    ] {
        if Path::new(&format!("{MODULES}/mod_{module}.so")).exists() {
            let _ = writeln!(main, "LoadModule {module}_module {MODULES}/mod_{module}.so");
        }
    }
    main.push_str("User www-data\nGroup www-data\n");
    let text = substituted(
        "examples/gate/apache.conf",
        &[
            ("*:443", &here.to_string()),
            (
                "\"/srv/album\"",
                &format!("\"{}\"", app.tree.at("root/a/album")),
            ),
            ("127.0.0.1:9181", &address(app).to_string()),
            ("127.0.0.1:3000", &upstream.to_string()),
            ("/var/log/apache2", &log),
        ],
    );
    main + &without(&without(&text, "SSLEngine"), "SSLCertificate")
}

fn lighttpd(app: &TestApp, here: SocketAddr) -> String {
    let text = substituted(
        "examples/gate/lighttpd.conf",
        &[
            (
                "server.port = 443",
                &format!("server.port = {}\nserver.bind = \"127.0.0.1\"", here.port()),
            ),
            ("/srv/www", &app.tree.at("root/a")),
            ("/run/editkey/fastcgi.sock", &app.tree.at("state/fcgi.sock")),
            ("/var/log/lighttpd", &app.tree.at("log")),
            (", \"mod_openssl\"", ""),
        ],
    );
    let text = without(&without(&text, "ssl."), "server.username");
    without(&text, "server.groupname")
}

/// An application that answers with the head of the request as it came.
fn application() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let start = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                head.len()
            );
            let _ = stream.write_all(&[start.as_bytes(), &head].concat());
        }
    });
    address
}
