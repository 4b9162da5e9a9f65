//! The units of `packaging/systemd/`, as systemd itself reads them, and its protocol, spoken by systemd itself.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::json;

use super::held::Held;
use crate::support::beside::{Beside, free_address, repository};
use crate::support::{Request, Tree};

const PROGRAM: &str = env!("CARGO_BIN_EXE_editkey");

#[test]
fn systemd_takes_the_units_and_finds_little_exposed() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["editkey.service", "editkey.socket"] {
        let unit = fs::read_to_string(repository("packaging/systemd").join(name)).expect("a unit");
        let unit = unit.replace("/usr/local/bin/editkey", PROGRAM);
        fs::write(folder.path().join(name), unit).expect("the unit");
    }
    let run = |words: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        let output = command
            .args(words)
            .arg(folder.path().join("editkey.service"));
        let output = output
            .output()
            .expect("systemd-analyze; ./test installs it");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{words:?}: {said}");
        said
    };
    let said = run(&["verify"]);
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("editkey"))
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");
    // Of 10, where 10 is everything: services without a word on it have 9.6.
    run(&["security", "--offline=yes", "--threshold=20"]);
}

#[test]
fn a_socket_that_systemd_hands_over_is_served() {
    let address = free_address();
    let tree = Tree::with(|settings| settings["listen"] = json!([address.to_string()]));
    let key = tree.hand_made("root/a", "doc.md", &json!({}));
    let said = tree.path.join("log/said");
    let mut command = Command::new("systemd-socket-activate");
    command.args(["--listen", &address.to_string(), PROGRAM, "serve", "-c"]);
    command.arg(tree.settings()).stdin(Stdio::null());
    // The first who comes starts it, and waits in the queue meanwhile.
    let server = Beside::start(&mut command, address, &said);
    let file = Request::get("/api/file").bearer(&key);
    file.send(server.address).expect(200);
    let said = fs::read_to_string(said).expect("what it said");
    assert!(said.contains("editkey listens on http://"), "{said}");
}

#[test]
fn a_socket_that_no_setting_names_is_refused() {
    let held = Held::new(|_| ());
    let mut settings = json!({});
    let text = fs::read(held.tree.settings()).expect("the settings");
    settings.clone_from(&serde_json::from_slice(&text).expect("JSON"));
    settings["listen"] = json!([held.address.to_string()]);
    held.tree.write_settings(&settings);
    let mut node = held.start_with(2, &["serve"]);
    assert!(!node.ended().success());
    let said = held.said();
    let socket = held.socket.display().to_string();
    assert!(
        said.contains("LISTEN_FDS") && said.contains(&socket),
        "{said}"
    );
    // With the port alone it serves.
    let mut node = held.start_with(1, &["serve"]);
    assert_eq!(held.heard(), "READY=1");
    Request::get("/healthz").send(held.address).expect(200);
    node.told_to_end();
    assert!(node.ended().success());
}
