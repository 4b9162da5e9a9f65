//! `editkey keys list|show|mint|link|revoke` beside a server that runs: what the operator does holds at its next
//! request, and nothing that is printed, but for a bookmark that was asked for, has a key in it.

use serde_json::{Value, json};

use crate::support::command::{json_of, printed, refused};
use crate::support::{Request, TestApp, hash_text, keyfile};

#[test]
fn a_minted_key_opens_and_a_revoked_one_does_not_at_the_next_request() {
    let app = TestApp::start();
    let file = app.tree.at("root/a/doc.md");
    let bookmark = printed(&app.cli(&["keys", "mint", &file], ""));
    let key = bookmark
        .strip_prefix("http://editkey.test/?accesskey=")
        .expect("the public address")
        .trim_end()
        .to_owned();
    assert_eq!(app.get_file(&key).expect(200).text(), "# A document\n");
    let again = printed(&app.cli(&["keys", "mint", &file], ""));
    assert_eq!(again, bookmark, "the same ask, the same key");
    let id = keyfile::id(&key);
    assert_eq!(printed(&app.cli(&["keys", "link", &id], "")), bookmark);
    app.cli(&["keys", "revoke", &id[..19]], "");
    app.get_file(&key).expect(403);
    app.open(&key).expect(403);
    let said = refused(&app.cli(&["keys", "revoke", &id], ""), 1);
    assert!(said.contains("has been revoked"), "{said}");
    refused(&app.cli(&["keys", "link", &id], ""), 1);
    let other = printed(&app.cli(&["keys", "mint", &file], ""));
    assert_ne!(other, bookmark, "a revoked key never comes back");
}

#[test]
fn minting_stays_within_the_roots_and_the_ceilings() {
    let app = TestApp::with(|settings| {
        settings["keys"] = json!({"lifetime": "90d", "rights": "view"});
    });
    let mint = |name: &str, more: &[&str]| {
        let file = app.tree.at(name);
        app.cli(&[&["keys", "mint", &file], more].concat(), "")
    };
    for name in [
        "outside/canary.txt",
        "root/a/out",
        "root/a/fifo",
        "root/a/sub",
        "root/a/hard.md",
        "root/a/new.md",
        "state/settings.json",
        "state/keys/secret",
        "root/none/x",
    ] {
        refused(&mint(name, &[]), 1);
    }
    let said = refused(&mint("root/a/doc.md", &["--rights", "edit"]), 1);
    assert!(said.contains("keys.rights"), "{said}");
    let said = refused(&mint("root/a/doc.md", &["--expires", "91d"]), 1);
    assert!(said.contains("keys.lifetime allows 90d"), "{said}");
    refused(&mint("root/a/doc.md", &["--expires", "soon"]), 1);
    refused(&mint("root/a/doc.md", &["--rights", "admin"]), 2);
    let minted = json_of(&mint(
        "root/a/inner",
        &["--expires", "1d", "--label", "für Ann", "--json"],
    ));
    assert_eq!(minted["basename"], "doc.md", "the canonical place");
    assert_eq!(
        (&minted["rights"], &minted["new"]),
        (&json!("view"), &json!(true))
    );
    assert!(minted["expires"].is_string());
}

#[test]
fn lists_say_everything_but_the_key() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let one = app.mint_with("root/a", "doc.md", &[("label", "the first")], &jar);
    let two = app.cli_mint("root/a/deep/x.md");
    let old = app.tree.hand_made(
        "root/b",
        "b.md",
        &json!({"expires": "2026-01-02T00:00:00Z"}),
    );
    let list = |more: &[&str]| json_of(&app.cli(&[&["keys", "list", "--json"], more].concat(), ""));
    let ids = |value: &Value| -> Vec<String> {
        let rows = value.as_array().expect("an array");
        rows.iter()
            .map(|row| row["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let all = list(&[]);
    assert_eq!(ids(&all), [&one, &two, &old].map(|key| hash_text(key)));
    assert_eq!(all[0]["by"], "host/cms:ann");
    assert_eq!(all[0]["label"], "the first");
    assert_eq!(all[2]["expired"], true);
    for (filter, expected) in [
        (vec!["--limit", "1"], vec![&one]),
        (vec!["--by", "ann"], vec![&one]),
        (vec!["--by", "operator"], vec![&two]),
        (vec!["-q", "FIRST"], vec![&one]),
        (vec!["-q", "deep/x"], vec![&two]),
        (vec!["--expired"], vec![&old]),
        (vec!["--live"], vec![&one, &two]),
        (vec!["-q", "nothing of the kind"], vec![]),
    ] {
        let expected: Vec<String> = expected.iter().map(|key| hash_text(key)).collect();
        assert_eq!(ids(&list(&filter)), expected, "{filter:?}");
    }
    let after = format!("sha256:{}", hash_text(&one));
    assert_eq!(
        ids(&list(&["--after", &after, "--limit", "1"])),
        [hash_text(&two)]
    );
    assert_eq!(
        ids(&list(&["--directory", &app.tree.at("root/a")])).len(),
        2
    );
    let text = printed(&app.cli(&["keys", "list"], ""));
    let first: Vec<&str> = text.lines().next().expect("a line").split('\t').collect();
    assert_eq!(
        (first.len(), first[8], first[9], first[10]),
        (11, "file", "0", "-"),
        "{text}"
    );
    // One that starts with a dash has its prefix, so that no command takes it for an option.
    assert_eq!(first[0].trim_start_matches("sha256:"), hash_text(&one));
    for key in [&one, &two, &old] {
        assert!(!text.contains(key.as_str()) && !all.to_string().contains(key.as_str()));
    }
}

#[test]
fn a_list_is_sorted_and_goes_on_where_it_ended() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let keys = [("doc.md", "2d"), ("inner", "1d"), ("new.md", "3d")]
        .map(|(name, life)| app.mint_with("root/a", name, &[("expires", life)], &jar));
    let sorted = |more: &[&str]| {
        let list = json_of(&app.cli(&[&["keys", "list", "--json"], more].concat(), ""));
        let rows = list.as_array().expect("an array").clone();
        rows.iter()
            .map(|row| row["expires"].as_str().expect("a time").to_owned())
            .collect::<Vec<_>>()
    };
    let in_file = sorted(&[]);
    let [first, second, third] = [1, 0, 2].map(|at| in_file[at].clone());
    let rising = [first.clone(), second, third.clone()];
    assert_eq!(sorted(&["--sort", "expires"]), rising);
    assert_eq!(
        sorted(&["--sort", "expires", "--order", "desc", "--limit", "1"]),
        [third]
    );
    assert_eq!(sorted(&["--sort", "expires", "--limit", "1"]), [first]);
    assert_eq!(keys.len(), 3);
    for wrong in [
        vec!["--sort", "id"],
        vec!["--order", "desc"],
        vec!["--sort", "name", "--order", "up"],
        vec!["--sort", "name", "--after", "abcdefgh"],
    ] {
        let output = app.cli(&[&["keys", "list"], &wrong[..]].concat(), "");
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn show_tells_the_operator_why_a_key_does_not_open() {
    let app = TestApp::start();
    let show = |key: &str| json_of(&app.cli(&["keys", "show", "-", "--json"], key));
    let key = app.cli_mint("root/a/doc.md");
    let shown = show(&key);
    assert_eq!(
        (&shown["opens"], &shown["sealed"]),
        (&json!(true), &json!(true))
    );
    let tree = &app.tree;
    for (key, why) in [
        (
            tree.hand_made(
                "root/a",
                "doc.md",
                &json!({"expires": "2026-01-02T00:00:00Z"}),
            ),
            "expired",
        ),
        (
            tree.hand_made("root/a", "none.md", &json!({"rights": "view"})),
            "file is not there",
        ),
        (
            tree.hand_made("root/a/none", "x.md", &json!({})),
            "directory is not there",
        ),
        (
            tree.hand_made("outside", "canary.txt", &json!({})),
            "outside the roots",
        ),
        (tree.hand_made("root/a", "inner", &json!({})), "link"),
        (tree.hand_made("root/a", "fifo", &json!({})), "regular"),
    ] {
        let shown = show(&key);
        assert_eq!(shown["opens"], false, "{shown}");
        assert!(
            shown["state"].as_str().expect("text").contains(why),
            "{shown}"
        );
        app.get_file(&key).expect(403);
    }
    let new = tree.hand_made("root/a", "new.md", &json!({}));
    assert_eq!(show(&new)["opens"], true, "an empty editor");
    let text = printed(&app.cli(&["keys", "show", &keyfile::id(&key)[..15]], ""));
    assert!(
        text.contains("opens\tyes\n") && !text.contains(&key),
        "{text}"
    );
}

#[test]
fn revoking_forgets_last_uses() {
    let app = TestApp::start();
    let key = app.cli_mint("root/a/doc.md");
    let uses = app.tree.path.join("state/keys/lastused.json");
    keyfile::append(&uses, &keyfile::id(&key), &json!("2026-01-05"));
    let shown = json_of(&app.cli(&["keys", "show", &keyfile::id(&key), "--json"], ""));
    assert_eq!(shown["last_used"], "2026-01-05");
    let said = json_of(&app.cli(&["keys", "revoke", &keyfile::id(&key), "--json"], ""));
    assert_eq!(said["revoked"][0]["basename"], "doc.md");
    assert!(keyfile::live(&uses).is_empty());
    app.send(&Request::get("/readyz")).expect(200);
}
