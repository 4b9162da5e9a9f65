//! A node among others at a real Redis: one secret for all, what `config check` and the start say, and the access list of
//! docs/redis.md.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use editkey::mint::Secrets;
use editkey::store::redis::{Link, StoreAddress};
use editkey::store::{Keys, Member, NotMember, Sessions, has_members};
use jiff::Timestamp;
use pollster::block_on;
use serde_json::json;
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::support::redis::{Redis, options};

#[test]
fn nodes_of_one_secret_join_and_another_is_refused() {
    let redis = Redis::start();
    let (ours, others) = (Secrets::derive(&[7; 32]), Secrets::derive(&[8; 32]));
    assert!(!block_on(has_members(&redis.link())).expect("asked"));
    let first = Member::of(redis.link(), &ours);
    assert!(!first.joined());
    block_on(first.join()).expect("the first node");
    assert!(first.joined());
    assert_eq!(
        redis.run(&["GET", "{editkey}:secret"]).trim(),
        ours.fingerprint()
    );
    assert_eq!(redis.run(&["GET", "{editkey}:format"]).trim(), "1");
    let second = Member::of(redis.link(), &ours);
    block_on(second.join()).expect("the same secret");
    assert!(block_on(has_members(&redis.link())).expect("asked"));
    let stranger = Member::of(redis.link(), &others);
    let refused = block_on(stranger.join());
    assert!(matches!(refused, Err(NotMember::OtherSecret)) && !stranger.joined());
    assert_eq!(
        redis.run(&["GET", "{editkey}:secret"]).trim(),
        ours.fingerprint()
    );
    redis.run(&["SET", "{editkey}:format", "2"]);
    let refused = block_on(Member::of(redis.link(), &ours).join());
    assert!(matches!(refused, Err(NotMember::OtherForm)));
}

/// The words behind `ACL SETUSER editkey` in the manual.
pub(crate) fn access_list() -> Vec<String> {
    let manual = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/redis.md"));
    let manual = manual.expect("docs/redis.md");
    let line = manual
        .lines()
        .find_map(|line| line.strip_prefix("user editkey "));
    let words = line.expect("the line of the access list").split(' ');
    words.map(str::to_owned).collect()
}

/// A node joins over this link, asks, counts and sweeps.
fn is_enough(link: Link) {
    let member = Member::of(link.clone(), &Secrets::derive(&[7; 32]));
    block_on(member.join()).expect("enough for a change");
    let warnings = block_on(link.check()).expect("enough for the checks");
    let unseen = warnings
        .iter()
        .any(|warning| warning.contains("does not let us"));
    assert!(!unseen, "{warnings:?}");
    let keys = Keys::over(link.clone(), Secrets::derive(&[7; 32]).sealer());
    block_on(keys.sweep(Timestamp::now())).expect("enough for the sweep");
    let counted = link.throttle("name", "ann", 1, Duration::from_secs(1));
    let counted = block_on(counted).expect("enough to count");
    assert!(counted.is_ok());
    let sessions = Sessions::over(link, 10);
    block_on(sessions.sweep(Timestamp::now())).expect("enough for theirs");
}

#[test]
fn the_access_list_of_the_manual_is_enough_and_no_more() {
    let redis = Redis::start();
    let mut words = vec!["ACL".to_owned(), "SETUSER".to_owned(), "editkey".to_owned()];
    words.extend(access_list());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(redis.run(&words).trim(), "OK");
    let address = StoreAddress {
        user: Some("editkey".to_owned()),
        password: Some(Zeroizing::new("PASSWORD".to_owned())),
        ..redis.store()
    };
    let link = Link::to(address, &options());
    is_enough(link);
    assert_eq!(redis.run(&["ACL", "LOG"]), "", "nothing was refused");
    let mut dry = vec!["ACL", "DRYRUN", "editkey"];
    for allowed in [
        &["GET", "{editkey}:k:x"][..],
        &["SADD", "{editkey}:i:ab", "x"],
        &["ZADD", "{editkey}:revoked", "1", "x"],
        &["HSET", "{editkey}:u", "x", "1"],
        &["WAIT", "1", "100"],
        &["SCAN", "0"],
    ] {
        dry.truncate(3);
        dry.extend(allowed);
        assert_eq!(redis.run(&dry).trim(), "OK", "{allowed:?}");
    }
    for refused in [
        &["GET", "editkey:k:x"][..],
        &["SET", "{other}:k:x", "1"],
        &["FLUSHALL"],
        &["FLUSHDB"],
        &["KEYS", "*"],
        &["RENAME", "{editkey}:k:x", "{editkey}:k:y"],
        &["SORT", "{editkey}:all"],
        &["RANDOMKEY"],
        &["DUMP", "{editkey}:k:x"],
        &["CONFIG", "SET", "dir", "/"],
        &["SHUTDOWN"],
        &["DEBUG", "SLEEP", "1"],
        &["MONITOR"],
        &["CLIENT", "KILL", "ID", "1"],
        &["ACL", "LIST"],
        &["REPLICAOF", "a", "1"],
        &["PUBLISH", "a", "b"],
        &["SCRIPT", "FLUSH"],
    ] {
        dry.truncate(3);
        dry.extend(refused);
        assert_ne!(redis.run(&dry).trim(), "OK", "{refused:?}");
    }
}

/// A node's settings at this address.
struct Node(TempDir);

impl Node {
    fn at(store: &str) -> Self {
        let node = Self(tempfile::tempdir().expect("a folder"));
        let path = node.0.path();
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("ours");
        for (name, mode) in [("root", 0o755), ("keys", 0o700)] {
            fs::create_dir(path.join(name)).expect("made");
            fs::set_permissions(path.join(name), Permissions::from_mode(mode)).expect("ours");
        }
        let settings = json!({
            "store": store, "roots": ["root"], "listen": ["127.0.0.1:0"],
            "redis": {"within": "500ms"},
        });
        fs::write(path.join("settings.json"), settings.to_string()).expect("written");
        node
    }

    fn run(&self, words: &[&str], secret: Option<[u8; 32]>) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_editkey"));
        command
            .arg("-c")
            .arg(self.0.path().join("settings.json"))
            .args(words);
        if let Some(secret) = secret {
            command.env("EDITKEY_SECRET", URL_SAFE_NO_PAD.encode(secret));
        }
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("the program");
        (
            status.success(),
            String::from_utf8([stdout, stderr].concat()).expect("UTF-8"),
        )
    }
}

#[test]
fn config_check_says_how_the_address_is_understood_and_what_the_server_says() {
    let mut redis = Redis::with_cli(&["--requirepass", "w0rd"], &["-a", "w0rd"]);
    let good = Node::at(&format!("redis://:w0rd@127.0.0.1:{}/3", redis.port));
    let (well, told) = good.run(&["config", "check"], None);
    let understood = format!(
        "store: the server 127.0.0.1:{}, database 3, below {{editkey}}:",
        redis.port
    );
    assert!(well && told.contains(&understood), "{told}");
    assert!(
        told.contains("store: it answers") && told.contains("store: appendonly of Redis is no"),
        "{told}"
    );
    let wrong = Node::at(&format!("redis://:s3cret@127.0.0.1:{}", redis.port));
    let (well, told) = wrong.run(&["config", "check"], None);
    assert!(
        !well && told.contains("the store does not let us in"),
        "{told}"
    );
    let (well, told) = wrong.run(&["serve", "--check"], Some([7; 32]));
    assert!(
        !well && told.contains("the store does not let us in"),
        "{told}"
    );
    assert!(!told.contains("s3cret"), "{told}");
    redis.kill();
    let (well, told) = good.run(&["config", "check"], None);
    assert!(
        well && told.contains("store: it does not answer now"),
        "{told}"
    );
    assert!(!told.contains("w0rd"), "{told}");
}

#[test]
fn a_node_makes_no_secret_where_others_share_one_and_starts_with_no_other() {
    let mut redis = Redis::start();
    let node = Node::at(&format!("redis://127.0.0.1:{}", redis.port));
    let ours = Secrets::derive(&[7; 32]);
    block_on(Member::of(redis.link(), &ours).join()).expect("the first node");
    let (well, told) = node.run(&["serve", "--check"], None);
    assert!(
        !well && told.contains("other nodes share one at this Redis: bring theirs here"),
        "{told}"
    );
    assert!(!node.0.path().join("keys/secret").exists());
    let (well, told) = node.run(&["serve", "--check"], Some([8; 32]));
    assert!(
        !well && told.contains("the other nodes at this Redis have another secret"),
        "{told}"
    );
    assert!(!told.contains(&ours.fingerprint()), "{told}");
    redis.kill();
    let (well, told) = node.run(&["keys", "list"], None);
    assert!(
        !well && told.contains("whether other nodes share one cannot be asked"),
        "{told}"
    );
    assert!(!node.0.path().join("keys/secret").exists());
}
