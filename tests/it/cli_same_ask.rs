//! Which asks give the key of an earlier one, and which a new key.

use serde_json::json;

use crate::support::command::{json_of, key_of};
use crate::support::{TestApp, keyfile};

const PASSPHRASE: &str = "a canary passphrase";

#[test]
fn a_longer_idle_time_is_another_ask() {
    let app = TestApp::start();
    let mint = |more: &[&str]| {
        let file = app.tree.at("root/a/doc.md");
        key_of(&app.cli(&[&["keys", "mint", &file], more].concat(), ""))
    };
    let (plain, week) = (mint(&[]), mint(&["--idle", "7d"]));
    assert_ne!(plain, week);
    assert_eq!(mint(&["--idle", "7d"]), week);
    assert_ne!(mint(&["--idle", "3d"]), week);
    let once = mint(&["--uses", "1"]);
    assert_ne!(mint(&["--uses", "1"]), once);
    let shown = app.cli(&["keys", "show", &keyfile::id(&once), "--json"], "");
    let shown = json_of(&shown);
    assert_eq!(
        (&shown["uses_left"], &shown["claimed"]),
        (&json!(1), &json!(0))
    );
}

#[test]
fn a_key_that_asks_for_more_since_is_not_handed_out_to_a_plain_ask() {
    let app = TestApp::start();
    let file = app.tree.at("root/a/doc.md");
    let jar = app.editor("ann");
    let passphrase = format!("{PASSPHRASE}\n");
    for more in ["--passphrase", "--uses=1"] {
        let keys = [
            app.cli_mint("root/a/doc.md"),
            app.mint("root/a", "doc.md", &jar),
        ];
        for key in &keys {
            json_of(&app.cli(
                &["keys", "set", &keyfile::id(key), more, "--json"],
                &passphrase,
            ));
            app.get_file(key).expect(403);
        }
        let again = [
            key_of(&app.cli(&["keys", "mint", &file], "")),
            app.mint("root/a", "doc.md", &jar),
        ];
        for (key, again) in keys.iter().zip(&again) {
            assert_ne!(key, again, "{more}");
            app.get_file(again).expect(200);
        }
    }
}
