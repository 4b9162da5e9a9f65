//! A PHP application under php-fpm, behind nginx, which has editkey below `/edit/` as well.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::beside::{Beside, free_address, repository};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, Tree};

/// What the pool is told: where sessions are, and in which form.
pub(super) struct Pool<'a> {
    pub(super) handler: &'a str,
    pub(super) save_path: &'a str,
    pub(super) serializer: &'a str,
}

/// nginx, php-fpm, editkey.
pub(super) struct Scene {
    pub(super) app: TestApp,
    nginx: Beside,
    _fpm: Fpm,
}

/// php-fpm, which ends its children when it is told to end.
struct Fpm(Beside);

impl Drop for Fpm {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A tree in which another account can reach what it must: scripts and sessions.
pub(super) fn tree() -> Tree {
    let tree = Tree::new();
    fs::set_permissions(&tree.path, Permissions::from_mode(0o711)).expect("ours");
    for (folder, mode) in [("www", 0o755), ("sessions", 0o1733), ("run", 0o755)] {
        let folder = tree.path.join(folder);
        fs::create_dir(&folder).expect("a folder");
        fs::set_permissions(folder, Permissions::from_mode(mode)).expect("its mode");
    }
    tree
}

/// The account that PHP runs as: not root's.
pub(super) fn owner() -> u32 {
    let us = fs::metadata("/proc/self").expect("proc").uid();
    if us == 0 { 33 } else { us }
}

/// The settings of examples/host-php/, with places in `tree`.
pub(super) fn settings(tree: &Tree, nginx: SocketAddr) -> Value {
    let text = fs::read_to_string(repository("examples/host-php/settings.json"));
    let text = text.expect("the settings");
    let plain: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let plain = plain
        .join("\n")
        .replace(",\n  }", "\n  }")
        .replace(",\n}", "\n}");
    let mut settings: Value = serde_json::from_str(&plain).expect("JSON but for comments");
    assert_eq!(settings["php_sessions"]["owner"], "www-data");
    settings["listen"] = json!(["127.0.0.1:0"]);
    settings["public_url"] = json!(format!("http://{nginx}/edit/"));
    settings["roots"] = json!([tree.at("root")]);
    settings["php_sessions"]["save_path"] = json!(tree.at("sessions"));
    settings["php_sessions"]["owner"] = json!(owner());
    settings
}

impl Scene {
    /// The application `script` (a file of the repository or a text), with sessions as `pool` says; editkey's settings are
    /// the example's, changed by `change`.
    pub(super) fn new(
        tree: Tree,
        script: &str,
        pool: &Pool<'_>,
        change: impl FnOnce(&mut Value),
    ) -> Self {
        let address = free_address();
        let mut its = settings(&tree, address);
        change(&mut its);
        tree.write_settings(&its);
        let text = if script.starts_with("<?php") {
            script.to_owned()
        } else {
            fs::read_to_string(repository(script)).expect("the script")
        };
        tree.write("www/session-host.php", text);
        let fpm = fpm(&tree, pool);
        let app = TestApp::on(Arc::new(tree));
        let nginx = nginx(&app, address, &app.tree.at("run/fpm.sock"));
        Self {
            app,
            nginx,
            _fpm: fpm,
        }
    }

    /// A request to the host's site, the cookies kept.
    pub(super) fn site(&self, request: Request, jar: &mut Jar) -> Reply {
        let reply = request.jar(jar).send(self.nginx.address);
        jar.absorb(&reply);
        reply
    }

    /// Through nginx to editkey: a redirect as Open Guide Editor's hosts link to it.
    pub(super) fn redirect(&self, folder: &str, basename: &str, jar: &Jar) -> Reply {
        let target = format!(
            "/edit/php/redirect.php?dirname={}&basename={}",
            encode(&self.app.tree.at(folder)),
            encode(basename)
        );
        Request::get(target).jar(jar).send(self.nginx.address)
    }

    /// Through nginx to anything.
    pub(super) fn get(&self, target: &str, jar: &Jar) -> Reply {
        Request::get(target).jar(jar).send(self.nginx.address)
    }
}

/// php-fpm with one pool.
fn fpm(tree: &Tree, pool: &Pool<'_>) -> Fpm {
    let socket = tree.at("run/fpm.sock");
    let root = fs::metadata("/proc/self").expect("proc").uid() == 0;
    let user = if root { "user = www-data\n" } else { "" };
    let text = format!(
        "[global]\nerror_log = {log}/fpm.log\ndaemonize = no\n[www]\n{user}listen = {socket}\npm = static\n\
         pm.max_children = 3\nphp_admin_value[session.save_handler] = {}\n\
         php_admin_value[session.save_path] = \"{}\"\nphp_admin_value[session.serialize_handler] = {}\n\
         php_admin_value[session.sid_bits_per_character] = 4\nphp_admin_value[session.sid_length] = 32\n",
        pool.handler,
        pool.save_path,
        pool.serializer,
        log = tree.at("log"),
    );
    tree.write("fpm.conf", text);
    let mut command = Command::new(program());
    command.args(["-F", "-y", &tree.at("fpm.conf")]);
    Fpm(Beside::at_socket(
        &mut command,
        socket.as_ref(),
        &tree.path.join("log/fpm-said"),
    ))
}

/// Debian has the version in the name.
fn program() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/sbin")
        .expect("programs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().contains("/php-fpm"))
        .collect();
    found.sort();
    found.pop().expect("php-fpm; ./test installs it")
}

/// nginx as examples/host-php/nginx.conf has it, without TLS.
fn nginx(app: &TestApp, address: SocketAddr, fpm: &str) -> Beside {
    let tree = &app.tree;
    let mut text = fs::read_to_string(repository("examples/host-php/nginx.conf")).expect("it");
    let certificate = "/etc/ssl/www.example.org/";
    for (from, to) in [
        ("listen 443 ssl;", format!("listen {address};")),
        (
            &format!("ssl_certificate {certificate}fullchain.pem;"),
            String::new(),
        ),
        (
            &format!("ssl_certificate_key {certificate}privkey.pem;"),
            String::new(),
        ),
        ("/run/php/php-fpm.sock", fpm.to_owned()),
        ("/srv/host/", format!("{}/", tree.at("www"))),
        ("/srv/site", tree.at("root/a")),
        ("/var/log/nginx", tree.at("log")),
        ("http://127.0.0.1:8181", format!("http://{}", app.address)),
    ] {
        assert!(text.contains(from), "the configuration does not say {from}");
        text = text.replace(from, &to);
    }
    let run = tree.at("run");
    let main = format!(
        "daemon off; master_process off; pid {run}/nginx.pid; error_log stderr warn;\nevents {{}}\n\
         http {{ client_body_temp_path {run}/b; proxy_temp_path {run}/p; fastcgi_temp_path {run}/f;\n\
         uwsgi_temp_path {run}/u; scgi_temp_path {run}/s; access_log off;\n{text}\n}}\n"
    );
    tree.write("nginx.conf", main);
    let program = if Path::new("/usr/sbin/nginx").exists() {
        "/usr/sbin/nginx"
    } else {
        "nginx"
    };
    let mut command = Command::new(program);
    command.args(["-p", &run, "-e", "stderr", "-c", &tree.at("nginx.conf")]);
    Beside::start(&mut command, address, &tree.path.join("log/nginx-said"))
}
