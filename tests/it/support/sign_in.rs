//! Local users, and signing in as one: what a person does at `/login`.

use serde_json::{Value, json};

use super::server::cli;
use super::wire::encode;
use super::{Jar, Reply, Request, TestApp, Tree};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Settings with a users file, in which ann may edit `root/a`.
pub(crate) fn with_ann(settings: &mut Value) {
    settings["users_file"] = json!("keys/users.json");
    settings["grants"] = json!([
        {"source": "users", "user": "ann", "directories": [settings["roots"][0]]},
        {"source": "users", "user": "bob", "directories": [settings["roots"][2]]},
    ]);
}

/// Adds ann, with the password above.
pub(crate) fn add_ann(tree: &Tree) {
    add(tree, "ann", PASSWORD);
}

#[track_caller]
pub(crate) fn add(tree: &Tree, name: &str, password: &str) {
    let output = cli(tree, &["users", "add", name], &format!("{password}\n"));
    assert!(output.status.success(), "{output:?}");
}

/// The token in the form on `page`.
#[track_caller]
pub(crate) fn token(page: &Reply) -> String {
    let text = page.text();
    let token = text
        .split_once("name=\"token\" value=\"")
        .and_then(|(_, rest)| rest.split('"').next());
    token
        .unwrap_or_else(|| panic!("no token: {text}"))
        .to_owned()
}

/// What the form sends.
pub(crate) fn form(name: &str, password: &str, token: &str) -> String {
    format!(
        "user={}&password={}&token={token}",
        encode(name),
        encode(password)
    )
}

/// A request of our own page.
pub(crate) fn own(method: &str, target: &str, jar: &Jar) -> Request {
    Request::new(method, target)
        .header("Sec-Fetch-Site", "same-origin")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .jar(jar)
}

/// A person opens the form at `target`, fills it in and sends it; the browser keeps what it gets.
#[track_caller]
pub(crate) fn sign_in_at(
    app: &TestApp,
    target: &str,
    jar: &mut Jar,
    name: &str,
    password: &str,
) -> Reply {
    let page = app.send(&own("GET", target, jar)).expect(200);
    jar.absorb(&page);
    let body = form(name, password, &token(&page));
    let reply = app.send(&own("POST", target, jar).body(body));
    jar.absorb(&reply);
    reply
}

#[track_caller]
pub(crate) fn sign_in(app: &TestApp, jar: &mut Jar, name: &str, password: &str) -> Reply {
    sign_in_at(app, "/login", jar, name, password)
}

/// A browser in which ann is signed in.
#[track_caller]
pub(crate) fn ann(app: &TestApp) -> Jar {
    let mut jar = Jar::default();
    sign_in(app, &mut jar, "ann", PASSWORD).expect(303);
    jar
}

/// A person signs out, here or everywhere.
#[track_caller]
pub(crate) fn sign_out(app: &TestApp, jar: &mut Jar, everywhere: bool) -> Reply {
    let page = app.send(&own("GET", "/login", jar)).expect(200);
    let mut body = format!("token={}", token(&page));
    if everywhere {
        body.push_str("&everywhere=yes");
    }
    let reply = app.send(&own("POST", "/logout", jar).body(body));
    jar.absorb(&reply);
    reply
}
