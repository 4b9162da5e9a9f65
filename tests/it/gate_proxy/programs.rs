//! The proxies, each with its configuration of `examples/gate/` as it stands but for addresses, names and folders.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use super::apart::{envoy, haproxy, traefik};
use crate::proxy::programs::{caddy_by, caddy_with, nginx_with};
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
pub(super) fn installed(name: &str, in_wheels: &str) -> PathBuf {
    let wheel = repository("target/wheels").join(in_wheels);
    if wheel.exists() {
        wheel
    } else {
        PathBuf::from(name)
    }
}

pub(super) fn logs(tree: &Tree, names: &[&str]) -> Vec<PathBuf> {
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
