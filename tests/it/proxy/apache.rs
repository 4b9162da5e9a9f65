//! Apache with `examples/proxy/raw-apache.conf` as it stands but for addresses, names and folders.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use super::scene::substituted;
use crate::support::Tree;

/// Apache in one process, so that ending it ends all of it.
pub(super) fn apache(
    tree: &Tree,
    address: SocketAddr,
    editkey: SocketAddr,
) -> (Command, Vec<PathBuf>) {
    let pairs = [
        ("<VirtualHost *:443>", format!("<VirtualHost {address}>")),
        (
            "/etc/ssl/edit.example.org/fullchain.pem",
            tree.at("cert.pem"),
        ),
        ("/etc/ssl/edit.example.org/privkey.pem", tree.at("key.pem")),
        ("http://127.0.0.1:8181", format!("http://{editkey}")),
        ("/var/log/apache2", tree.at("log")),
        ("/srv/site", tree.at("root/a")),
    ];
    let site = substituted("examples/proxy/raw-apache.conf", &pairs);
    let folder = tree.at("log");
    let modules = [
        "mpm_event",
        "authz_core",
        "ssl",
        "socache_shmcb",
        "headers",
        "proxy",
        "proxy_http",
        "xsendfile",
    ];
    let modules = modules
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"));
    let main = format!(
        "ServerRoot {folder}\nServerName localhost\nPidFile {folder}/apache.pid\nDefaultRuntimeDir {folder}\nUser www-data\nGroup www-data\n\
         Mutex posixsem\nListen {address}\nErrorLog {folder}/apache-error.log\nErrorLogFormat \"%M\"\nDocumentRoot {folder}\n{}\n{site}",
        modules.concat()
    );
    tree.write("apache.conf", main);
    // Started as root it serves as another account, which has to get to the files.
    let through = std::fs::Permissions::from_mode(0o711);
    std::fs::set_permissions(&tree.path, through).expect("its mode");
    let mut command = Command::new("/usr/sbin/apache2");
    command.args(["-X", "-f"]).arg(tree.at("apache.conf"));
    let logs = ["editkey.log", "editkey-error.log", "apache-error.log"];
    (
        command,
        logs.map(|name| tree.path.join("log").join(name)).to_vec(),
    )
}
