//! Somebody known by a token alone, without a session, sent by another site: one press of a button, and no less.

use serde_json::json;

use crate::support::token::{Signer, app, now};
use crate::support::wire::encode;
use crate::support::{Request, keyfile};

/// The value of the form's field of this name.
fn field(page: &str, name: &str) -> String {
    let after = page.split_once(&format!("name=\"{name}\" value=\""));
    let (_, rest) = after.unwrap_or_else(|| panic!("no field {name}: {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[test]
fn from_another_site_a_token_is_asked_for_one_press_of_a_button() {
    let signer = Signer::secret("HS256");
    let app = app(&signer);
    let cookie = format!("t={}", signer.user("ann"));
    let target = app.redirect_target("root/a", "doc.md", &[]);
    let request = Request::get(target.clone()).header("Cookie", &cookie);
    for (name, value) in [
        ("Sec-Fetch-Dest", "image"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Purpose", "prefetch"),
    ] {
        app.send(&request.clone().header(name, value)).expect(403);
    }
    let page = app.send(&request.clone().header("Sec-Fetch-Site", "cross-site"));
    let page = page.expect(200).text();
    assert!(page.contains("Another site sent you here"), "{page}");
    assert!(
        keyfile::live(&app.tree.keys()).is_empty(),
        "another site minted a key"
    );

    let query = target.split_once('?').expect("a query").1;
    let form = format!("{query}&token={}", encode(&field(&page, "token")));
    let press = |cookie: &str, site: &str| {
        let request = Request::new("POST", "/redirect").header("Cookie", cookie);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        app.send(&request.header("Sec-Fetch-Site", site).body(form.clone()))
    };
    let ended = signer.token(&json!({"username": "ann", "exp": now() - 90}));
    press(&format!("t={ended}"), "same-origin").expect(403);
    press("", "same-origin").expect(403);
    press(&cookie, "cross-site").expect(403);
    press(&cookie, "same-site").expect(403);
    let key = press(&cookie, "same-origin").expect(303).key();
    assert_eq!(app.send(&request).expect(302).key(), key);
}
