//! `/api/keys`: lists that are searched, sorted and paged, and parameters that are none.

use std::collections::BTreeSet;

use serde_json::json;

use crate::keys_api::{ids, list, seen};
use crate::support::wire::encode;
use crate::support::{TestApp, hash_text};

#[test]
fn a_list_is_searched_filtered_and_sorted() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let doc = app.mint_with("root/a", "doc.md", &[("label", "For Übermorgen")], &ann);
    let deep = app.mint_with(
        "root/a/deep",
        "x.md",
        &[("rights", "view"), ("expires", "1h")],
        &ann,
    );
    let old = app.tree.hand_made(
        "root/a",
        "old.md",
        &json!({"by": "host/cms:ann", "expires": "2026-01-02T00:00:00Z"}),
    );
    let (root, below) = (
        encode(&app.tree.at("root")),
        encode(&app.tree.at("root/a/deep")),
    );
    for (query, found) in [
        ("", vec![&doc, &deep, &old]),
        ("?q=DOC", vec![&doc]),
        ("?q=%C3%BCBER", vec![&doc]),
        ("?q=deep%2Fx", vec![&deep]),
        ("?q=CMS%3Aann", vec![&doc, &deep, &old]),
        ("?q=nowhere", vec![]),
        ("?state=live", vec![&doc, &deep]),
        ("?state=expired", vec![&old]),
        ("?rights=view", vec![&deep]),
        ("?scope=directory", vec![]),
        ("?by=ann&q=md&rights=edit&state=live", vec![&doc]),
        ("?by=bob", vec![]),
        ("?passphrase=true", vec![]),
        ("?claimed=false&passphrase=false", vec![&doc, &deep, &old]),
        (&format!("?directory={root}"), vec![&doc, &deep, &old]),
        (&format!("?directory={below}"), vec![&deep]),
        (
            "?q=&state=&sort=&order=&after=&limit=",
            vec![&doc, &deep, &old],
        ),
    ] {
        let expected: BTreeSet<String> = found.iter().map(|key| hash_text(key)).collect();
        assert_eq!(seen(&app, query, &ann), expected, "{query}");
        let total = list(&app, query, &ann).json()["total"].clone();
        assert_eq!(total, expected.len(), "{query}");
    }
    let sorted = |query: &str| ids(&list(&app, query, &ann).expect(200).json());
    let by_name = [hash_text(&doc), hash_text(&old), hash_text(&deep)];
    assert_eq!(sorted("?sort=name"), by_name);
    let mut backwards = by_name;
    backwards.reverse();
    assert_eq!(sorted("?sort=name&order=desc"), backwards);
    assert_eq!(
        sorted("?sort=expires")[..2],
        [hash_text(&old), hash_text(&deep)]
    );
    assert_eq!(sorted("?sort=created&order=asc")[0], hash_text(&old));
    // A use counts at once.
    app.get_file(&deep).expect(200);
    assert_eq!(sorted("?sort=used")[0], hash_text(&deep));
}

#[test]
fn pages_hold_each_key_once_while_others_come_and_go() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let keys: Vec<String> = (0..9)
        .map(|number| {
            app.mint_with(
                "root/a",
                "doc.md",
                &[("expires", &format!("{}h", number + 1))],
                &ann,
            )
        })
        .collect();
    let (mut all, mut after) = (Vec::new(), String::new());
    for round in 0.. {
        let page = list(&app, &format!("?sort=expires&limit=2&after={after}"), &ann)
            .expect(200)
            .json();
        assert!(ids(&page).len() <= 2);
        all.extend(ids(&page));
        // One that was shown goes; one comes that belongs before.
        let gone = app.cli(&["keys", "revoke", &format!("sha256:{}", all[0])], "");
        assert_eq!(gone.status.success(), round == 0, "{gone:?}");
        app.mint_with(
            "root/a",
            "doc.md",
            &[("expires", &format!("{}m", round + 1))],
            &ann,
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = next.to_owned();
    }
    let expected: Vec<String> = keys.iter().map(|key| hash_text(key)).collect();
    assert_eq!(all, expected);
    // A cursor is of its own list.
    list(&app, &format!("?sort=name&after={after}"), &ann).expect(400);
}

#[test]
fn hostile_parameters_are_refused_and_say_nothing() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    app.mint("root/a", "doc.md", &ann);
    for bad in [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=1e9",
        "limit=99999999999999999999",
        "limit=5;",
        "sort=id",
        "sort=Name",
        "order=up",
        "state=dead",
        "state=live&state=live",
        "rights=admin",
        "scope=all",
        "passphrase=yes",
        "claimed=1",
        "directory=relative",
        "directory=%2Fsrv%2F..%2Fetc",
        "directory=%2Fsrv%00",
        "after=x",
        "after=e30",
        "after=%00",
        "after=bnVsbA",
        "q=%ff",
        "q=%",
        "q[]=a",
        "offset=3",
        "accesskey=x",
        "Q=a",
    ] {
        let reply = list(&app, &format!("?{bad}"), &ann).expect(400);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{bad}"
        );
    }
    list(&app, &format!("?q={}", "a".repeat(257)), &ann).expect(400);
    list(&app, &format!("?after={}", "A".repeat(3000)), &ann).expect(400);
    // What would be dear as a pattern is a text.
    for text in [
        ".*", "(a+)+$", "[", "\\", "%", "'", "a{1000}", "\u{0}", "\u{202e}",
    ] {
        let found = list(&app, &format!("?q={}", encode(text)), &ann)
            .expect(200)
            .json();
        assert_eq!(found["total"], 0, "{text}");
    }
    let nothing = list(&app, "?directory=%2F", &ann).expect(200).json();
    assert_eq!(nothing["total"], 1);
}
