//! `editkey config explain --url`: what the gate would say of an address, and why; as the gate itself then says it.

use serde_json::{Value, json};

use crate::support::server::cli;
use crate::support::{Tree, tree};

fn scene() -> Tree {
    Tree::with(|settings| {
        let [a, b] = [0, 2].map(|index| settings["roots"][index].clone());
        settings["gate"] = json!({
            "mounts": [{"urls": ["/album", "https://files.example.org/x"], "directory": a}],
            "rules": [
                {"url": "/wiki", "group": "staff"},
                {"url": "/wiki/public", "anyone": true},
                {"url": "/album/notes", "level": 1},
                {"url": "/front", "source": "header"},
                {"url": "/cms", "source": "host/cms"},
            ],
        });
        settings["grants"] = json!([
            {"source": "jwt", "user": "ann", "directories": [a]},
            {"group": "readers", "directories": [format!("{}/deep", a.as_str().expect("a root"))], "rights": "view"},
            {"network": "192.168.1.0/24", "directories": [b, a], "rights": "view"},
        ]);
    })
}

#[track_caller]
fn explain(tree: &Tree, url: &str, arguments: &[&str]) -> Value {
    let whole = [&["config", "explain", "--json", "--url", url], arguments].concat();
    let ran = cli(tree, &whole, "");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

fn entry<'a>(said: &'a Value, setting: &str) -> &'a str {
    let entries = said["entries"].as_array().expect("entries");
    let found = entries.iter().find(|entry| entry["setting"] == setting);
    found.expect("the entry")["why"].as_str().expect("text")
}

#[test]
fn it_says_which_rule_decides_and_why_the_others_do_not() {
    let tree = scene();
    let said = explain(&tree, "/wiki/page", &["--user", "sue", "--groups", "staff"]);
    assert_eq!(said["decides"], "gate.rules[0].url");
    assert_eq!(
        (&said["passes"], &said["why"]),
        (&json!(true), &json!("the rule is for group staff"))
    );
    assert_eq!(entry(&said, "gate.rules[0].url"), "decides");
    assert_eq!(
        entry(&said, "gate.rules[1].url"),
        "not: the path is not below it"
    );
    assert_eq!(entry(&said, "gate.mounts[0].urls[1]"), "not: another host");
    let said = explain(&tree, "/wiki/page", &["--user", "sue", "--groups", "other"]);
    assert_eq!(said["why"], "the rule is for group staff: another group");
    let said = explain(&tree, "https://a.example.org:8443/wiki/public/x?y", &[]);
    assert_eq!(said["decides"], "gate.rules[1].url");
    assert_eq!(said["passes"], json!(true));
    assert_eq!(
        entry(&said, "gate.rules[0].url"),
        "not: a more specific one decides"
    );
    let said = explain(&tree, "/wiki-secret", &["--level", "0"]);
    assert_eq!(
        (&said["decides"], &said["why"]),
        (&Value::Null, &json!("no entry holds this address"))
    );
    // Headers never count at the gate.
    for source in [
        &["--user", "ann"][..],
        &["--user", "ann", "--source", "header"],
    ] {
        let said = explain(&tree, "/front", source);
        assert_eq!(
            said["why"],
            "the rule is for source header, which never counts at the gate"
        );
    }
    assert_eq!(
        explain(&tree, "/cms", &["--source", "host/cms"])["passes"],
        json!(true)
    );
    assert_eq!(explain(&tree, "/cms", &[])["passes"], json!(false));
}

#[test]
fn it_says_which_file_is_named_and_what_each_row_gives_there() {
    let tree = scene();
    let ann = ["--user", "ann"];
    let said = explain(&tree, "/album/doc.md", &ann);
    assert_eq!(said["decides"], "gate.mounts[0].urls[0]");
    assert_eq!(said["mount"]["names"], tree.at("root/a/doc.md"));
    assert_eq!(
        (&said["mount"]["there"], &said["mount"]["needs"]),
        (&json!("a file"), &json!("view"))
    );
    assert_eq!(
        (&said["passes"], &said["why"]),
        (&json!(true), &json!("the policy lets edit there"))
    );
    let whys = |said: &Value| {
        [0, 1, 2].map(|row| {
            said["mount"]["rows"][row]["why"]
                .as_str()
                .expect("text")
                .to_owned()
        })
    };
    assert_eq!(
        whys(&said),
        ["may edit", "not: another group", "not: another network"]
    );
    let reader = ["--user", "rea", "--groups", "readers", "--method", "PUT"];
    let said = explain(&tree, "https://files.example.org/x/deep/x.md", &reader);
    assert_eq!(said["decides"], "gate.mounts[0].urls[1]");
    assert_eq!(
        (&said["passes"], &said["why"]),
        (&json!(false), &json!("the policy lets view there, no more"))
    );
    let said = explain(&tree, "/album/doc.md", &reader[..4]);
    assert_eq!(
        whys(&said),
        [
            "not: another user",
            "not: it does not cover this place",
            "not: another network"
        ]
    );
    assert_eq!(said["passes"], json!(false));
}

#[test]
fn it_says_what_stands_at_the_place() {
    let tree = scene();
    let said = explain(&tree, "/album/inner", &["--address", "192.168.1.7"]);
    assert_eq!(
        (&said["passes"], &said["mount"]["names"]),
        (&json!(true), &json!(tree.at("root/a/doc.md")))
    );
    for (url, there, passes) in [
        (
            "/album/",
            "a directory, which has to be granted whole",
            true,
        ),
        (
            "/album/sub",
            "a directory, which has to be granted whole",
            true,
        ),
        (
            "/album/new.md",
            "nothing is there, which the proxy says to whoever passes",
            true,
        ),
        (
            "/album/fifo",
            "what stands at the place is no regular file",
            false,
        ),
        ("/album/hard.md", "the file has several hard links", false),
        (
            "/album/out",
            "the place is outside the roots or its directory is not there",
            false,
        ),
        (
            "/album/nowhere/x",
            "the place is outside the roots or its directory is not there",
            false,
        ),
    ] {
        let said = explain(&tree, url, &["--user", "ann"]);
        assert_eq!(
            (&said["mount"]["there"], &said["passes"]),
            (&json!(there), &json!(passes)),
            "{url}"
        );
    }
    assert_eq!(
        explain(&tree, "/album/notes/x", &[])["decides"],
        "gate.rules[2].url"
    );
}

#[test]
fn it_says_why_an_address_is_refused() {
    let tree = scene();
    for (url, why) in [
        (
            "/album/../wiki",
            "a component that some proxies resolve, and some read it as /wiki",
        ),
        (
            "/album/%2e%2e/wiki",
            "a component that some proxies resolve, and some read it as /wiki",
        ),
        ("/album/%252e", "it is encoded twice"),
        ("/album/doc.md.", "a component that ends with a dot"),
        ("/album/%zz", "an escape that means nothing"),
        ("https://h h/x", "no host"),
        ("ftp://h/x", "a scheme that is neither http nor https"),
        ("album", "a scheme that is neither http nor https"),
    ] {
        let said = explain(&tree, url, &["--user", "ann"]);
        assert_eq!(
            said["why"],
            format!("the address is refused: {why}"),
            "{url}"
        );
        assert_eq!(said["passes"], json!(false));
    }
    let said = explain(&tree, "https://files.example.org./wiki/public", &[]);
    assert_eq!(
        said["why"],
        "the host could be read as another, so that no entry decides"
    );
}

#[test]
fn it_is_a_table_too_and_makes_nothing() {
    let tree = scene();
    let before = tree::names(&tree.path.join("state/keys"));
    let ran = cli(
        &tree,
        &[
            "config",
            "explain",
            "--url",
            "/album/doc.md",
            "--user",
            "ann",
        ],
        "",
    );
    let text = String::from_utf8(ran.stdout).expect("text");
    assert!(ran.status.success() && ran.stderr.is_empty(), "{text}");
    let file = tree.at("root/a/doc.md");
    for line in [
        "entry  address  lets pass by  here",
        "gate.rules[0].url /wiki group staff not: the path is not below it",
        &format!(
            "gate.mounts[0].urls[0] /album files below {} decides",
            tree.at("root/a")
        ),
        &format!("names {file}: a file"),
        &format!(
            "grants[0] source jwt, user ann {} may edit",
            tree.at("root/a")
        ),
        "GET /album/doc.md passes: the policy lets edit there",
    ] {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.lines().any(|have| words(have) == words(line)),
            "{line}\n{text}"
        );
    }
    assert_eq!(tree::names(&tree.path.join("state/keys")), before);
    let without = cli(&tree, &["config", "explain", "--method", "PUT"], "");
    assert_eq!(
        without.status.code(),
        Some(2),
        "a method without an address"
    );
}
