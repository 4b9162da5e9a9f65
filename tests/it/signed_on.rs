//! What a visitor whom a sign-on names has in common with one who holds a session: the button, whose form holds for them
//! and at our own address alone, several sources at once, and keys that are bound to them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Reply, Request, TestApp, Tree, keyfile};

/// Ours, as a browser sees it beyond the proxy.
const ORIGIN: &str = "https://edit.example.org";
/// What the proxy says of it.
const SEEN: [(&str, &str); 2] = [
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "edit.example.org"),
];

/// A server that believes this machine's headers, gives everything to everybody with a name, and has these settings
/// besides.
fn believing(change: impl FnOnce(&mut Value)) -> TestApp {
    TestApp::on(Arc::new(Tree::with(|settings| {
        settings["trusted_headers"] = json!({"networks": ["127.0.0.1"]});
        settings["grants"] = json!([{"level": 998, "poweruser": true}]);
        change(settings);
    })))
}

/// Without an address of our own in the settings, and with this network's word for it.
fn seen_by(network: &str) -> TestApp {
    believing(|settings| {
        settings["hosts"] = json!([]);
        settings["public_url"] = json!(null);
        settings["trusted_proxies"] = json!([network]);
    })
}

fn with(request: Request, headers: &[(&str, &str)]) -> Request {
    let said = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
    headers.iter().fold(request, said)
}

/// The button's form, as it is shown to ann, whom another site sent.
fn form(app: &TestApp) -> String {
    let target = app.redirect_target("root/a", "doc.md", &[]);
    let sent = [("Remote-User", "ann"), ("Sec-Fetch-Site", "cross-site")];
    let page = app.send(&with(Request::get(&target), &sent)).expect(200);
    let page = page.text();
    let token = page.split_once("name=\"token\" value=\"");
    let token = token.expect("a token").1.split('"').next();
    let (_, query) = target.split_once('?').expect("a query");
    format!("{query}&token={}", token.expect("its end"))
}

fn pressed(app: &TestApp, form: &str, who: &str, headers: &[(&str, &str)]) -> Reply {
    let request = Request::new("POST", "/redirect").header("Remote-User", who);
    app.send(&with(request.body(form), headers))
}

#[test]
fn the_button_holds_for_the_visitor_it_was_shown_to() {
    let app = believing(|_| ());
    let (form, ours) = (form(&app), [("Origin", "http://editkey.test")]);
    for who in ["bob", "", "ann "] {
        let reply = pressed(&app, &form, &format!("{who}x"), &ours);
        assert_eq!(reply.status, 403, "{who}");
    }
    let (before, after) = form.split_at(form.len() - 1);
    let other = if after == "A" { "B" } else { "A" };
    pressed(&app, &format!("{before}{other}"), "ann", &ours).expect(403);
    assert!(keyfile::live(&app.tree.keys()).is_empty());
    let key = pressed(&app, &form, "ann", &ours).expect(303).key();
    let record = keyfile::record(&app.tree.keys(), &key.expect("a key"));
    assert_eq!(record["by"], "header:ann");
}

#[test]
fn our_own_address_is_what_a_trusted_proxy_saw() {
    let app = seen_by("127.0.0.1");
    let form = form(&app);
    let host = |host| [SEEN[0], ("X-Forwarded-Host", host)];
    let proto = |proto| [("X-Forwarded-Proto", proto), SEEN[1]];
    // Two values, or one that cannot be, are as good as none: then we are as we are seen, which is another origin.
    for (headers, origin) in [
        (&SEEN[..], "https://evil.example"),
        (&SEEN, "http://edit.example.org"),
        (&SEEN, "https://edit.example.org:8443"),
        (&SEEN, "null"),
        (&SEEN, ""),
        (&[SEEN[0], SEEN[1], SEEN[1]], ORIGIN),
        (&[SEEN[0], SEEN[0], SEEN[1]], ORIGIN),
        (&host("edit.example.org, edit.example.org"), ORIGIN),
        (&host("edit.example.org/"), "https://edit.example.org/"),
        (&host("u@edit.example.org"), "https://u@edit.example.org"),
        (&host(""), "https://"),
        (&proto("https, http"), ORIGIN),
        (&proto("HTTPS://"), ORIGIN),
        (&proto("javascript"), "javascript://edit.example.org"),
    ] {
        let headers = [headers, &[("Origin", origin)]].concat();
        let reply = pressed(&app, &form, "ann", &headers);
        assert_eq!(reply.status, 403, "{headers:?}");
    }
    pressed(&app, &form, "ann", &SEEN).expect(403);
    assert!(keyfile::live(&app.tree.keys()).is_empty());
    let headers = [SEEN[0], SEEN[1], ("Origin", ORIGIN)];
    let key = pressed(&app, &form, "ann", &headers).expect(303).key();
    let as_seen = format!("http://{}", app.address);
    for headers in [&[][..], &[("X-Forwarded-Host", "a b")]] {
        let headers = [headers, &[("Origin", as_seen.as_str())]].concat();
        let reply = pressed(&app, &form, "ann", &headers).expect(303);
        assert_eq!(reply.key(), key, "{headers:?}");
    }
}

#[test]
fn a_proxy_that_is_not_trusted_says_nothing_of_our_address() {
    let app = seen_by("10.0.0.1");
    let form = form(&app);
    let headers = [SEEN[0], SEEN[1], ("Origin", ORIGIN)];
    pressed(&app, &form, "ann", &headers).expect(403);
    let as_seen = format!("http://{}", app.address);
    let headers = [SEEN[0], SEEN[1], ("Origin", as_seen.as_str())];
    pressed(&app, &form, "ann", &headers).expect(303);
}

#[test]
fn sources_add_up_and_the_first_that_grants_has_the_key() {
    let app = believing(|_| ());
    let jar = app.editor("cid");
    for (folder, basename, by) in [
        ("root/a", "doc.md", "host/cms:cid"),
        ("root/b", "b.md", "header:ann"),
    ] {
        let request = Request::get(app.redirect_target(folder, basename, &[])).jar(&jar);
        let reply = app.send(&request.header("Remote-User", "ann")).expect(302);
        let record = keyfile::record(&app.tree.keys(), &reply.key().expect("a key"));
        assert_eq!(record["by"], by, "{folder}");
    }
}

#[test]
fn a_bound_key_opens_for_whom_the_sign_on_names() {
    let app = believing(|settings| settings["keys"]["bind"] = json!("visitor"));
    let ask = Request::get(app.redirect_target("root/a", "doc.md", &[]));
    let reply = app.send(&ask.header("Remote-User", "ann")).expect(302);
    let key = reply.key().expect("a key");
    let opened = |who: &str| {
        let request = Request::get("/api/file").bearer(&key);
        app.send(&request.header("Remote-User", who)).status
    };
    assert_eq!([opened("ann"), opened("bob"), opened("")], [200, 403, 403]);
    app.open(&key).expect(403);
}
