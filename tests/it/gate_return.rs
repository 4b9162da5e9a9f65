//! Signing in for the sake of an address behind the gate, and coming back from there with a cookie that the gate knows;
//! nobody is sent anywhere else.

use crate::gate_cookie::{FILES, app, asked, gate_cookie};
use crate::support::sign_in::{PASSWORD, own, sign_in_at, sign_out};
use crate::support::wire::encode;
use crate::support::{Jar, Request, eventually};

#[test]
fn nobody_is_sent_to_a_host_that_the_cookie_does_not_reach() {
    let app = app();
    let key = app.cli_mint("root/a/doc.md");
    for bad in [
        "http://evil.example/",
        "http://editkey.test.evil.example/",
        "http://edit.editkey.test@evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "/album/",
        "",
    ] {
        let target = format!("/enter?accesskey={key}&rd={}", encode(bad));
        app.send(&own("GET", &target, &Jar::default())).expect(400);
        let target = format!("/login?rd={}", encode(bad));
        app.send(&own("GET", &target, &Jar::default())).expect(400);
    }
    let both = format!("/login?next=%2F&rd={}", encode(FILES));
    app.send(&own("GET", &both, &Jar::default())).expect(400);
}

#[test]
fn whoever_signs_in_comes_back_with_the_cookie_of_their_session() {
    let app = app();
    let refused = asked(&app, FILES, None).expect(401);
    let login = refused.header("location").expect("where to sign in");
    let target = login
        .strip_prefix("http://edit.editkey.test")
        .expect("our address");
    assert_eq!(target, format!("/login?rd={}", encode(FILES)));
    let mut jar = Jar::default();
    let signed_in = sign_in_at(&app, target, &mut jar, "ann", PASSWORD).expect(303);
    let back = signed_in.header("location").expect("a way").to_owned();
    let back = app
        .send(&own("GET", back.strip_prefix('.').expect("ours"), &jar))
        .expect(303);
    jar.absorb(&back);
    assert_eq!(back.header("location"), Some(FILES));
    let cookie = gate_cookie(&jar).expect("the gate's cookie");
    let allowed = asked(&app, FILES, Some(&cookie)).expect(200);
    assert_eq!(allowed.header("remote-user"), Some("ann"));
    asked(&app, "http://edit.editkey.test/b/b.md", Some(&cookie)).expect(403);
    // Sent here again although the browser has the cookie: it is told so instead of being sent round for ever.
    let again = app.send(&own("GET", target, &jar)).expect(200);
    assert!(again.text().contains("Signed in as"));
    // The session's own cookie is not the gate's, nor the other way round.
    app.send(&Request::get("/").header("Cookie", &cookie))
        .expect(303);
    sign_out(&app, &mut jar, false).expect(303);
    asked(&app, FILES, Some(&cookie)).expect(401);
}

#[test]
fn a_session_on_our_own_host_is_known_at_the_gate() {
    let app = app();
    let jar = app.editor("ann");
    let url = "http://edit.editkey.test/b/b.md";
    let cookies = jar.header().expect("a session");
    asked(&app, url, Some(&cookies)).expect(403);
    let allowed = asked(&app, FILES, Some(&cookies)).expect(200);
    assert_eq!(allowed.header("remote-user"), Some("ann"));
}

#[test]
fn a_rule_changed_in_the_settings_holds_without_a_restart() {
    let app = app();
    let url = "http://edit.editkey.test/public/x";
    asked(&app, url, None).expect(401);
    let text = std::fs::read(app.tree.settings()).expect("the settings");
    let mut settings: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    settings["gate"]["rules"] = serde_json::json!([{"url": "/public", "anyone": true}]);
    app.tree.write_settings(&settings);
    let patience = std::time::Duration::from_secs(5);
    eventually("the rule is there", patience, || {
        asked(&app, url, None).status == 200
    });
    std::fs::write(app.tree.settings(), text).expect("as before");
    eventually("the rule is gone", patience, || {
        asked(&app, url, None).status == 401
    });
}
