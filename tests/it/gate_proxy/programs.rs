//! The proxies, each with its configuration of `examples/gate/` as it stands but for addresses, names and folders.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::proxy::programs::{caddy_by, caddy_with, nginx_in, nginx_with};
use crate::proxy::scene::{NAME, substituted};
use crate::support::Tree;
use crate::support::beside::repository;

/// What stands around a proxy.
pub(super) struct Around<'a> {
    pub(super) tree: &'a Tree,
    /// Where it is to listen.
    pub(super) proxy: SocketAddr,
    pub(super) editkey: SocketAddr,
    /// The application.
    pub(super) app: SocketAddr,
    /// The web server of the files, for a proxy that has none in it.
    pub(super) files: SocketAddr,
    /// Whom the proxy's own configuration asks for, behind the address of the question.
    pub(super) requirement: &'static str,
}

/// How to start it, and what it writes.
pub(super) type Started = (Command, Vec<PathBuf>);

/// A proxy in the tests: its configuration, whether it serves files itself, and how it starts.
pub(super) struct Program {
    pub(super) file: &'static str,
    pub(super) serves_files: bool,
    pub(super) start: fn(&'static str, &Around<'_>) -> Started,
}

pub(super) const NGINX: Program = Program {
    file: "examples/gate/nginx.conf",
    serves_files: true,
    start: nginx,
};
pub(super) const NGINX_BY_SOCKET: Program = Program {
    file: "examples/gate/nginx.conf",
    serves_files: true,
    start: nginx_by_socket,
};
pub(super) const NGINX_CACHED: Program = Program {
    file: "examples/gate/nginx-cached.conf",
    serves_files: true,
    start: nginx_cached,
};
pub(super) const CADDY: Program = Program {
    file: "examples/gate/Caddyfile",
    serves_files: true,
    start: caddy,
};
pub(super) const CADDY_OF_DEBIAN: Program = Program {
    file: "examples/gate/Caddyfile",
    serves_files: true,
    start: caddy_of_debian,
};
pub(super) const TRAEFIK: Program = Program {
    file: "examples/gate/traefik-routes.yml",
    serves_files: false,
    start: traefik,
};
pub(super) const ENVOY: Program = Program {
    file: "examples/gate/envoy.yaml",
    serves_files: false,
    start: envoy,
};
pub(super) const HAPROXY: Program = Program {
    file: "examples/gate/haproxy.cfg",
    serves_files: false,
    start: haproxy,
};

/// A program of the wheels that `./test` installs, else of the path.
fn installed(name: &str, in_wheels: &str) -> PathBuf {
    let wheel = repository("target/wheels").join(in_wheels);
    if wheel.exists() {
        wheel
    } else {
        PathBuf::from(name)
    }
}

fn logs(tree: &Tree, names: &[&str]) -> Vec<PathBuf> {
    let log = tree.path.join("log");
    names.iter().map(|name| log.join(name)).collect()
}

/// What every nginx here is told otherwise.
fn nginx_pairs(around: &Around<'_>, editkey: &str) -> Vec<(&'static str, String)> {
    let tree = around.tree;
    vec![
        ("listen 443 ssl", format!("listen {} ssl", around.proxy)),
        (
            "/etc/ssl/edit.example.org/fullchain.pem",
            tree.at("cert.pem"),
        ),
        ("/etc/ssl/edit.example.org/privkey.pem", tree.at("key.pem")),
        (
            "    server 127.0.0.1:8181;",
            format!("    server {editkey};"),
        ),
        ("/var/log/nginx", tree.at("log")),
        ("/srv/album", tree.at("album")),
    ]
}

fn nginx_at(file: &str, around: &Around<'_>, editkey: &str) -> Started {
    let mut pairs = nginx_pairs(around, editkey);
    let asks = |requirement: &str| format!("/edit/auth/nginx{requirement};");
    pairs.push(("/edit/auth/nginx;", asks(around.requirement)));
    pairs.push(("127.0.0.1:3000", around.app.to_string()));
    pairs.push(("/etc/editkey/denied.png", around.tree.at("denied.png")));
    let command = nginx_with(around.tree, &substituted(file, &pairs));
    (command, logs(around.tree, &["gate.log", "gate-error.log"]))
}

fn nginx(file: &'static str, around: &Around<'_>) -> Started {
    nginx_at(file, around, &around.editkey.to_string())
}

fn nginx_by_socket(file: &'static str, around: &Around<'_>) -> Started {
    nginx_at(
        file,
        around,
        &format!("unix:{}", around.tree.at("http.sock")),
    )
}

fn nginx_cached(file: &'static str, around: &Around<'_>) -> Started {
    let mut pairs = nginx_pairs(around, &around.editkey.to_string());
    pairs.push(("/run/editkey-verdicts", around.tree.at("verdicts")));
    let command = nginx_with(around.tree, &substituted(file, &pairs));
    (command, logs(around.tree, &["gate.log", "gate-error.log"]))
}

fn caddy(file: &'static str, around: &Around<'_>) -> Started {
    let command = caddy_by(
        &installed("caddy", "bin/caddy"),
        around.tree,
        &caddyfile(file, around),
    );
    (command, logs(around.tree, &["gate.log"]))
}

fn caddy_of_debian(file: &'static str, around: &Around<'_>) -> Started {
    let command = caddy_with(around.tree, &caddyfile(file, around));
    (command, logs(around.tree, &["gate.log"]))
}

fn caddyfile(file: &str, around: &Around<'_>) -> String {
    let tree = around.tree;
    let tls = format!("tls {} {}", tree.at("cert.pem"), tree.at("key.pem"));
    let port = around.proxy.port();
    let pairs = [
        (
            "\nedit.example.org {",
            format!("\n{NAME}:{port} {{\n\tbind 127.0.0.1\n\t{tls}"),
        ),
        ("127.0.0.1:8181 {", format!("{} {{", around.editkey)),
        (
            "uri /edit/auth/caddy\n",
            format!("uri /edit/auth/caddy{}\n", around.requirement),
        ),
        ("127.0.0.1:3000", around.app.to_string()),
        ("/srv/album", tree.at("album")),
        ("/var/log/caddy", tree.at("log")),
        (
            "\n{\n",
            "\n{\n\tadmin off\n\tauto_https disable_redirects\n".to_owned(),
        ),
    ];
    substituted(file, &pairs)
}

fn traefik(file: &'static str, around: &Around<'_>) -> Started {
    let tree = around.tree;
    let routes = substituted(
        file,
        &[
            (
                "/etc/ssl/edit.example.org/fullchain.pem",
                tree.at("cert.pem"),
            ),
            ("/etc/ssl/edit.example.org/privkey.pem", tree.at("key.pem")),
            (
                "http://127.0.0.1:8181",
                format!("http://{}", around.editkey),
            ),
            (
                "/edit/auth/traefik\n",
                format!("/edit/auth/traefik{}\n", around.requirement),
            ),
            ("http://127.0.0.1:3000", format!("http://{}", around.app)),
            ("http://127.0.0.1:3001", format!("http://{}", around.files)),
        ],
    );
    tree.write("traefik-routes.yml", routes);
    let itself = substituted(
        "examples/gate/traefik.yml",
        &[
            ("\":443\"", format!("\"{}\"", around.proxy)),
            (
                "/etc/traefik/traefik-routes.yml",
                tree.at("traefik-routes.yml"),
            ),
            ("/var/log/traefik", tree.at("log")),
        ],
    );
    traefik_with(tree, &itself)
}

/// Traefik with this static configuration, where its plugins are.
pub(super) fn traefik_with(tree: &Tree, itself: &str) -> Started {
    tree.write("traefik.yml", itself);
    let mut command = Command::new(installed("traefik", "bin/traefik"));
    command
        .arg(format!("--configFile={}", tree.at("traefik.yml")))
        .current_dir(repository("examples/gate"));
    (command, logs(tree, &["gate.log"]))
}

fn envoy(file: &'static str, around: &Around<'_>) -> Started {
    let tree = around.tree;
    let port = |address: SocketAddr| format!("address: 127.0.0.1, port_value: {}", address.port());
    let text = substituted(
        file,
        &[
            ("address: 0.0.0.0, port_value: 443", port(around.proxy)),
            (
                "/etc/ssl/edit.example.org/fullchain.pem",
                tree.at("cert.pem"),
            ),
            ("/etc/ssl/edit.example.org/privkey.pem", tree.at("key.pem")),
            ("/var/log/envoy", tree.at("log")),
            (
                "/edit/auth/envoy\n",
                format!("/edit/auth/envoy{}\n", around.requirement.replace('/', "-")),
            ),
            (
                "http://127.0.0.1:8181",
                format!("http://{}", around.editkey),
            ),
            ("address: 127.0.0.1, port_value: 8181", port(around.editkey)),
            ("address: 127.0.0.1, port_value: 3000", port(around.app)),
            ("address: 127.0.0.1, port_value: 3001", port(around.files)),
        ],
    );
    tree.write("envoy.yaml", text);
    let mut command = Command::new(installed("envoy", "envoy/_bin/envoy"));
    command
        .args(["--log-level", "error", "--disable-hot-restart"])
        .args(["--concurrency", "2", "--config-path"])
        .arg(tree.at("envoy.yaml"));
    (command, logs(tree, &["gate.log"]))
}

fn haproxy(file: &'static str, around: &Around<'_>) -> Started {
    let tree = around.tree;
    let both = [tree.read("cert.pem"), tree.read("key.pem")].concat();
    tree.write("both.pem", both);
    let text = substituted(
        file,
        &[
            ("bind :443", format!("bind {}", around.proxy)),
            ("/etc/ssl/edit.example.org/both.pem", tree.at("both.pem")),
            (
                "/etc/haproxy/haproxy.lua",
                repository("examples/gate/haproxy.lua")
                    .display()
                    .to_string(),
            ),
            (
                "/edit/auth/haproxy\n",
                format!("/edit/auth/haproxy{}\n", around.requirement),
            ),
            ("127.0.0.1:8181", around.editkey.to_string()),
            ("127.0.0.1:3000", around.app.to_string()),
            ("127.0.0.1:3001", around.files.to_string()),
            (
                "log /dev/log local0",
                "log stdout format raw local0".to_owned(),
            ),
        ],
    );
    tree.write("haproxy.cfg", text);
    let program = if Path::new("/usr/sbin/haproxy").exists() {
        "/usr/sbin/haproxy"
    } else {
        "haproxy"
    };
    let mut command = Command::new(program);
    command.args(["-db", "-f"]).arg(tree.at("haproxy.cfg"));
    (command, Vec::new())
}

/// A web server of the files, behind a proxy that has none in it.
pub(super) fn files(tree: &Tree, address: SocketAddr) -> Command {
    fs::create_dir_all(tree.path.join("log/files")).expect("a folder");
    let album = tree.at("album");
    let log = tree.at("log/files/gate.log");
    let http = format!(
        "log_format all '$request $http_cookie $http_authorization $http_referer'; server {{ listen {address};\n\
         access_log {log} all; location /album/ {{ alias {album}/; }} }}"
    );
    nginx_in(tree, "log/files", &http)
}
