//! Several nodes on one store under load and trouble: a short run of what `tests/long` does a million of, and that the
//! machinery which the long runs stand on does what it says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::support::fleet::Fleet;
use crate::support::fleet::redis::{Servers, told};
use crate::support::fleet::spaces::{ADDRESSES, Cut, NODE, STORE, Spaces};
use crate::support::fleet::work::{self, Plan};
use crate::support::{Tree, eventually};

#[test]
fn nothing_is_lost_while_servers_on_one_key_file_are_killed() {
    let fleet = Fleet::start(2, |_| ());
    let kill = |node| move |fleet: &Fleet| fleet.killed_for(node, Duration::from_millis(200));
    let (first, second) = (kill(0), kill(1));
    let done = work::done(
        &fleet,
        &Plan {
            operations: 4_000,
            clients: 8,
            bound: Duration::from_secs(1),
            limit: Duration::from_secs(100),
            troubles: vec![
                ("the first node is killed", Box::new(|| first(&fleet))),
                ("the second node is killed", Box::new(|| second(&fleet))),
            ],
        },
    );
    assert!(
        done.minted > 1_000 && done.saved > 200 && done.revoked > 100,
        "{done:?}"
    );
}

#[test]
#[should_panic(expected = "wrong")]
fn the_clients_notice_keys_that_are_lost() {
    let fleet = Fleet::start(1, |_| ());
    let lose = || fleet.tree.write("state/keys/accesskeys.json", "{}");
    work::done(
        &fleet,
        &Plan {
            operations: 2_000,
            clients: 4,
            bound: Duration::from_secs(1),
            limit: Duration::from_secs(60),
            troubles: vec![("the key file is emptied", Box::new(lose))],
        },
    );
}

#[test]
#[should_panic(expected = "a revoked key")]
fn the_clients_notice_a_revoked_key_that_opens() {
    let fleet = Fleet::start(1, |_| ());
    // A whole file without the lines that say that a key is gone, put in place in one step: a server writes meanwhile.
    let bring_back = || {
        let beside = fleet.tree.keys().with_extension("older");
        eventually("the file is read whole", Duration::from_secs(10), || {
            let text = fs::read_to_string(fleet.tree.keys()).expect("the key file");
            let gone = |line: &&str| line.ends_with(": null");
            let kept: Vec<&str> = text.lines().filter(|line| !gone(line)).collect();
            fs::write(&beside, kept.join("\n")).expect("a file beside");
            serde_json::from_str::<serde_json::Value>(&kept.join("\n")).is_ok()
        });
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&beside, private).expect("its mode");
        fs::rename(&beside, fleet.tree.keys()).expect("the rename");
    };
    work::done(
        &fleet,
        &Plan {
            operations: 2_000,
            clients: 4,
            bound: Duration::from_secs(1),
            limit: Duration::from_secs(60),
            troubles: vec![("revoked keys are brought back", Box::new(bring_back))],
        },
    );
}

#[test]
fn the_servers_of_these_tests_fail_over_and_come_back() {
    let servers = Servers::watched();
    let first = servers.primary();
    servers.written("word", "kept", 2);
    servers.fail_over();
    let second = servers.primary();
    assert_ne!(first, second);
    assert_eq!(servers.told(&["GET", "word"]).trim(), "kept");
    servers.hand_over();
    assert_ne!(servers.primary(), second);
    servers.restart();
    eventually("what was kept is there", Duration::from_secs(60), || {
        servers.told(&["GET", "word"]).trim() == "kept"
    });
}

#[test]
fn the_wire_between_two_machines_is_cut_one_way_or_both_ways() {
    let (spaces, tree) = (Spaces::new(), Tree::new());
    let (socket, folder) = (tree.at("log/redis.sock"), tree.at("log"));
    let mut server = spaces
        .command(STORE, "redis-server")
        .args([
            "--port",
            "6379",
            "--bind",
            ADDRESSES[STORE],
            "--protected-mode",
            "no",
            "--save",
            "",
        ])
        .args(["--unixsocket", &socket, "--dir", &folder])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("Redis");
    let hears = || {
        let output = spaces
            .command(NODE, "timeout")
            .args(["0.3", "redis-cli", "-h", ADDRESSES[STORE], "PING"])
            .output();
        output.expect("redis-cli").stdout == b"PONG\n"
    };
    eventually(
        "the node's machine reaches Redis",
        Duration::from_secs(10),
        hears,
    );
    for cut in [Cut::Both, Cut::Hearing, Cut::Speaking] {
        spaces.cut(cut);
        assert!(!hears(), "{cut:?}");
        spaces.mend();
        eventually("the wire is mended", Duration::from_secs(10), hears);
    }
    drop(spaces);
    // Whatever ran there is gone with it.
    assert!(server.wait().is_ok_and(|end| !end.success()));
    assert!(told(([192, 0, 2, 2], 6379).into(), &["PING"]).is_empty());
}
