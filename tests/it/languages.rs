//! The editor in the reader's language: all of its texts, without holding up the file, and in English where there is none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::TestApp;
use crate::support::beside::free_address;

fn app() -> (TestApp, String) {
    let address = free_address();
    let app = TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
    });
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let bookmark = format!("http://{address}/?accesskey={key}");
    (app, bookmark)
}

fn spoken(url: &str, locale: &str, choice: &str) -> Value {
    let more = ["--type", "x\n", "--locale", locale, "--choice", choice];
    browser("spoken", url, &more)
}

/// The texts of the template as the page showed them.
fn words(told: &Value) -> BTreeMap<String, String> {
    serde_json::from_value::<Vec<(String, String)>>(told["words"].clone())
        .expect("pairs")
        .into_iter()
        .collect()
}

#[test]
fn a_reader_is_spoken_to_in_their_own_language() {
    let (_app, url) = app();
    let english = spoken(&url, "en-GB", "");
    assert_eq!(
        (&english["lang"], &english["saved"], &english["languages"]),
        (&json!("en"), &json!("Saved"), &json!(0)),
        "English needs no file: {english}"
    );
    let german = spoken(&url, "de-AT", "late");
    assert_eq!(
        (&german["lang"], &german["direction"], &german["languages"]),
        (&json!("de"), &json!("ltr"), &json!(1)),
        "the file came first: {german}"
    );
    assert_eq!(german["unsaved"], "Nicht gespeicherte Änderungen");
    assert_eq!(german["saved"], "Gespeichert");
    let (english, german) = (words(&english), words(&german));
    assert!(english.len() > 10, "{english:?}");
    for (word, text) in &english {
        assert_ne!(german.get(word), Some(text), "{word}");
    }
}

#[test]
fn a_language_that_there_is_no_file_of_or_that_does_not_come_is_english() {
    let (_app, url) = app();
    let finnish = spoken(&url, "fi-FI", "");
    assert_eq!(finnish["lang"], "en");
    assert_eq!(finnish["saved"], "Saved");
    let lost = spoken(&url, "de-DE", "never");
    assert_eq!(lost["lang"], "en");
    assert_eq!(lost["saved"], "Saved");
}

#[test]
fn no_text_of_the_template_is_without_a_word() {
    let told = browser("wordless", "", &[]);
    assert_eq!(told["texts"], json!([]));
    assert!(told["words"].as_u64().is_some_and(|count| count > 10));
}
