//! The proxies, each with a configuration of `examples/proxy/` as it stands but for addresses, names and folders.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::scene::{NAME, substituted};
use crate::support::Tree;

/// nginx with the configuration `file`, these further replacements, and `beside` in the same http section.
pub(crate) fn nginx(
    tree: &Tree,
    address: SocketAddr,
    editkey: SocketAddr,
    file: &str,
    more: &[(&str, String)],
    beside: &str,
) -> (Command, Vec<PathBuf>) {
    let mut pairs = vec![
        ("listen 443 ssl", format!("listen {address} ssl")),
        (
            "/etc/ssl/edit.example.org/fullchain.pem",
            tree.at("cert.pem"),
        ),
        ("/etc/ssl/edit.example.org/privkey.pem", tree.at("key.pem")),
        (
            "proxy_pass http://127.0.0.1:8181",
            format!("proxy_pass http://{editkey}"),
        ),
        ("/var/log/nginx", tree.at("log")),
    ];
    pairs.extend_from_slice(more);
    let snippet = substituted(file, &pairs);
    let command = nginx_with(tree, &format!("{snippet}\n{beside}"));
    let logs = ["editkey.log", "editkey-error.log"];
    let logs = logs.map(|name| tree.path.join("log").join(name));
    (command, logs.to_vec())
}

/// nginx with `http` in its http section.
pub(crate) fn nginx_with(tree: &Tree, http: &str) -> Command {
    nginx_in(tree, "log", http)
}

/// The same, with what it writes in this folder of the tree.
pub(crate) fn nginx_in(tree: &Tree, folder: &str, http: &str) -> Command {
    let folder = tree.at(folder);
    // One process, so that ending it ends all of it.
    let main = format!(
        "daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;\nevents {{}}\n\
         http {{ client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;\n\
         uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; access_log off;\n{http}\n}}\n"
    );
    let configuration = format!("{folder}/nginx.conf");
    fs::write(&configuration, main).expect("its configuration");
    let program = if Path::new("/usr/sbin/nginx").exists() {
        "/usr/sbin/nginx"
    } else {
        "nginx"
    };
    let mut command = Command::new(program);
    command.args(["-p", &folder, "-e", "stderr", "-c", &configuration]);
    command
}

/// Caddy, likewise; `beside` is a site of its own.
pub(crate) fn caddy(
    tree: &Tree,
    address: SocketAddr,
    editkey: SocketAddr,
    file: &str,
    more: &[(&str, String)],
    beside: &str,
) -> (Command, Vec<PathBuf>) {
    let tls = format!("tls {} {}", tree.at("cert.pem"), tree.at("key.pem"));
    let mut pairs = vec![
        (
            "\nedit.example.org {",
            format!("\n{NAME}:{} {{\n\tbind 127.0.0.1\n\t{tls}", address.port()),
        ),
        (
            "reverse_proxy 127.0.0.1:8181",
            format!("reverse_proxy {editkey}"),
        ),
        ("/var/log/caddy", tree.at("log")),
        (
            "\n{\n",
            "\n{\n\tadmin off\n\tauto_https disable_redirects\n".to_owned(),
        ),
    ];
    pairs.extend_from_slice(more);
    let text = substituted(file, &pairs) + "\n" + beside;
    let command = caddy_with(tree, &text);
    (command, vec![tree.path.join("log/editkey.log")])
}

/// Debian's Caddy with this whole configuration.
pub(crate) fn caddy_with(tree: &Tree, text: &str) -> Command {
    let debians = Path::new("/usr/bin/caddy");
    let path = Path::new("caddy");
    caddy_by(if debians.exists() { debians } else { path }, tree, text)
}

/// This Caddy, likewise.
pub(crate) fn caddy_by(program: &Path, tree: &Tree, text: &str) -> Command {
    tree.write("Caddyfile", text);
    let mut command = Command::new(program);
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(tree.at("Caddyfile"));
    command
        .env("HOME", tree.at("log"))
        .env("XDG_DATA_HOME", tree.at("log"))
        .env("XDG_CONFIG_HOME", tree.at("log"));
    command
}
