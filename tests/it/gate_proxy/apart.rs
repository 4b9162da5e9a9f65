//! The proxies that serve no files themselves, each with its configuration of `examples/gate/`, and a web server behind
//! them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::programs::{Around, Started, installed, logs};
use crate::proxy::programs::nginx_in;
use crate::proxy::scene::substituted;
use crate::support::Tree;
use crate::support::beside::repository;

pub(super) fn traefik(file: &'static str, around: &Around<'_>) -> Started {
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

pub(super) fn envoy(file: &'static str, around: &Around<'_>) -> Started {
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

pub(super) fn haproxy(file: &'static str, around: &Around<'_>) -> Started {
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
