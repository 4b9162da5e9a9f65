//! `keys.require_passphrase`: whoever makes a link types its passphrase first, and opens it at once.

use serde_json::json;

use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::sign_in::{own, token};
use crate::support::unlock::{PASSPHRASE, unlock};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, keyfile};

fn app() -> TestApp {
    let address = free_address();
    TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
        settings["keys"] = json!({"require_passphrase": true});
    })
}

fn asked(app: &TestApp, jar: &Jar) -> Reply {
    let target = app.redirect_target("root/a", "doc.md", &[]);
    app.send(&own("GET", &target, jar))
}

#[track_caller]
fn typed(app: &TestApp, jar: &mut Jar, page: &Reply, passphrase: &str) -> Reply {
    let body = format!(
        "dirname={}&basename=doc.md&token={}&passphrase={}",
        encode(&app.tree.at("root/a")),
        token(page),
        encode(passphrase)
    );
    let reply = app.send(&own("POST", "/redirect", jar).body(body));
    jar.absorb(&reply);
    reply
}

fn file(app: &TestApp, key: &str, jar: &Jar) -> u16 {
    let request = Request::get("/api/file").bearer(key).jar(jar);
    app.send(&request).status
}

#[test]
fn a_new_link_gets_its_passphrase_from_who_makes_it() {
    let app = app();
    let mut ann = app.editor("ann");
    let page = asked(&app, &ann).expect(200);
    assert!(page.text().contains("A passphrase for the new link"));
    assert!(keyfile::live(&app.tree.keys()).is_empty(), "made by a look");
    for (bad, rule) in [
        ("", "at least 8 characters"),
        ("short", "at least 8 characters"),
        ("with a\u{7}bell in it", "no control characters"),
        (&*"x".repeat(1025), "at most 1024 bytes"),
    ] {
        let again = typed(&app, &mut ann, &page, bad).expect(400);
        assert!(again.text().contains(rule), "{bad}: {}", again.text());
        assert!(again.text().contains(r#"name="passphrase""#));
    }
    assert!(keyfile::live(&app.tree.keys()).is_empty());
    let made = typed(&app, &mut ann, &page, PASSPHRASE).expect(303);
    let key = made.key().expect("a key");
    let record = keyfile::record(&app.tree.keys(), &key);
    let hash = record["passphrase"].as_str().expect("a hash");
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    // Unlocked for who made it, asked for by all others.
    assert_eq!(file(&app, &key, &ann), 200);
    assert_eq!(file(&app, &key, &Jar::default()), 403);
    unlock(&app, &mut Jar::default(), &key, Some("not the passphrase")).expect(403);
    unlock(&app, &mut Jar::default(), &key, Some(PASSPHRASE)).expect(303);
    // The same ask finds the same key, and asks for nothing.
    let again = asked(&app, &ann).expect(302);
    assert_eq!(again.key().as_deref(), Some(&*key));
    assert!(!app.log().contains(PASSPHRASE));
}

#[test]
fn a_form_of_another_visitor_makes_no_link() {
    let app = app();
    let (ann, mut bob) = (app.editor("ann"), app.editor("bob"));
    let page = asked(&app, &ann).expect(200);
    typed(&app, &mut bob, &page, PASSPHRASE).expect(403);
    assert!(keyfile::live(&app.tree.keys()).is_empty());
}

#[test]
fn who_is_sent_to_a_file_types_a_passphrase_for_it_in_a_browser() {
    let app = app();
    let folder = app.tree.at("root/a");
    let file = json!({"dirname": folder, "basename": "doc.md"});
    let grant = json!({"user": "ann", "directories": [folder], "file": file});
    let granted = app.host_grant(&grant).expect(201).json();
    let url = granted["url"].as_str().expect("an address");
    let told = browser("new-passphrase", url, &["--password", PASSPHRASE]);
    assert_eq!(told["text"], "# A document\n");
    let asked = told["asked"].as_str().expect("a text");
    assert!(asked.contains("Open doc.md?"), "{asked}");
    assert!(asked.contains("At least 8 characters."), "{asked}");
    assert_eq!(keyfile::live(&app.tree.keys()).len(), 1);
}
