//! Signed tokens say who asks: by cookie and by header, by every kind of key, as Organizr writes them, and not at all
//! where the settings do not say so.

use serde_json::{Value, json};

use crate::support::beside::repository;
use crate::support::token::{Signer, app, ask, ask_by_cookie, now, tree, write_private};
use crate::support::{Request, TestApp, Tree};

#[test]
fn a_token_in_a_cookie_becomes_a_bookmark() {
    let signer = Signer::secret("HS256");
    let app = app(&signer);
    let key = |user: &str| ask_by_cookie(&app, &signer.user(user)).expect(302).key();
    let ann = key("ann").expect("a key");
    assert_eq!(app.get_file(&ann).expect(200).body, b"# A document\n");
    assert_eq!(
        key("ann").as_deref(),
        Some(ann.as_str()),
        "one bookmark for one visitor"
    );
    assert_ne!(key("bob").as_deref(), Some(ann.as_str()));
    let keys = String::from_utf8(app.tree.read("state/keys/accesskeys.json")).expect("JSON");
    assert!(keys.contains(r#""by":"jwt:ann""#), "{keys}");
    // Beyond what the policy gives there is nothing.
    let cookie = format!("t={}", signer.user("ann"));
    let beyond = app.redirect_target("root/b", "b.md", &[]);
    app.send(&Request::get(beyond).header("Cookie", &cookie))
        .expect(403);
    app.send(&Request::get("/").header("Cookie", &cookie))
        .expect(200);
    app.send(&Request::get("/")).expect(403);
}

#[test]
fn each_kind_of_key_works_by_pem_and_by_jwks() {
    let hs = Signer::secret("HS512");
    let rs = Signer::private("RS256");
    let ps = Signer::private("PS384");
    let es = Signer::private("ES256");
    let es384 = Signer::private("ES384");
    let ed = Signer::private("EdDSA");
    let mut old = Signer::private("ES256").jwk();
    old["kid"] = json!("old");
    let mut new = es.jwk();
    new["kid"] = json!("new");
    let set = json!({"keys": [old, new, ed.jwk()]}).to_string();
    let signers = [&hs, &rs, &ps, &es, &es384, &ed];
    let section = |cookie: &str, algorithm: &str, setting: &str, file: &str| json!({"cookie": cookie, "algorithm": algorithm, setting: file});
    let mut sections = vec![section("HS512", "HS512", "secret_file", "HS512")];
    for signer in &signers[1..] {
        let name = signer.algorithm;
        sections.push(section(name, name, "public_key_file", name));
    }
    sections.push(section("set-es", "ES256", "public_key_file", "set"));
    sections.push(section("set-ed", "EdDSA", "public_key_file", "set"));
    let mut files: Vec<(&str, &str)> = vec![("set", &set)];
    files.extend(signers.iter().map(|it| (it.algorithm, it.file.as_str())));
    let app = TestApp::on(tree(&json!(sections), &files));
    let status =
        |cookie: &str, token: &str| ask(&app, "Cookie", &format!("{cookie}={token}")).status;
    for signer in signers {
        assert_eq!(
            status(signer.algorithm, &signer.user("ann")),
            302,
            "{}",
            signer.algorithm
        );
    }
    let named = |kid: &str| {
        let header = json!({"alg": "ES256", "kid": kid}).to_string();
        es.token_of(
            &header,
            &json!({"username": "ann", "exp": now() + 60}).to_string(),
        )
    };
    assert_eq!(status("set-es", &named("new")), 302);
    assert_eq!(status("set-es", &named("old")), 403);
    assert_eq!(
        status("set-es", &es.user("ann")),
        403,
        "two keys, and none is named"
    );
    assert_eq!(
        status("set-ed", &ed.user("ann")),
        302,
        "the only one of its kind"
    );
}

#[test]
fn a_header_holds_a_token_and_an_access_key_keeps_its_place() {
    let (one, two) = (Signer::secret("HS256"), Signer::secret("HS256"));
    let sections = json!([
        {"header": "Authorization", "algorithm": "HS256", "secret_file": "one"},
        {"header": "X-Identity-Token", "algorithm": "HS256", "secret_file": "two"},
    ]);
    let app = TestApp::on(tree(&sections, &[("one", &one.file), ("two", &two.file)]));
    let bearer = format!("Bearer {}", one.user("ann"));
    let key = ask(&app, "Authorization", &bearer)
        .expect(302)
        .key()
        .expect("a key");
    ask(&app, "authorization", &bearer.replace("Bearer", "bearer")).expect(302);
    ask(&app, "X-Identity-Token", &two.user("ann")).expect(302);
    for (name, value) in [
        ("Authorization", one.user("ann")),
        ("Authorization", format!("Basic {}", one.user("ann"))),
        ("Authorization", format!("Bearer {}", two.user("ann"))),
        ("X-Identity-Token", format!("Bearer {}", two.user("ann"))),
        ("X-Identity-Token", one.user("ann")),
        ("X-Identity_Token", two.user("ann")),
        ("Cookie", format!("authorization={}", one.user("ann"))),
    ] {
        ask(&app, name, &value).expect(403);
    }
    // An access key in the same header is a key, and nobody's token.
    app.get_file(&key).expect(200);
    let about = app
        .send(&Request::get("/api/key").bearer(&key))
        .expect(200)
        .json();
    assert!(about.get("dirname").is_none(), "{about}");
    let asked = Request::get("/api/key")
        .bearer(&key)
        .header("X-Identity-Token", &two.user("ann"));
    let about = app.send(&asked).expect(200).json();
    assert_eq!(about["dirname"], json!(app.tree.at("root/a")), "{about}");
}

#[test]
fn what_stands_there_twice_is_nobody() {
    let signer = Signer::secret("HS256");
    let sections = json!([
        {"cookie": "t", "algorithm": "HS256", "secret_file": "one"},
        {"header": "x-token", "algorithm": "HS256", "secret_file": "one"},
    ]);
    let app = TestApp::on(tree(&sections, &[("one", &signer.file)]));
    let token = signer.user("ann");
    let target = app.redirect_target("root/a", "doc.md", &[]);
    for headers in [
        vec![("Cookie", format!("t={token}; t={token}"))],
        vec![("Cookie", format!("t={token}; t=x"))],
        vec![
            ("Cookie", format!("t={token}")),
            ("Cookie", format!("t={token}")),
        ],
        vec![("X-Token", token.clone()), ("X-Token", token.clone())],
        vec![("X-Token", token.clone()), ("X_Token", token.clone())],
        vec![("X-Token", format!("{token}, {token}"))],
    ] {
        let request = headers
            .iter()
            .fold(Request::get(target.clone()), |request, (name, value)| {
                request.header(name, value)
            });
        app.send(&request).expect(403);
    }
    ask_by_cookie(&app, &token).expect(302);
    ask(&app, "X-Token", &token).expect(302);
}

#[test]
fn a_token_counts_in_its_time_and_to_whom_it_is_written() {
    let signer = Signer::secret("HS256");
    let section = json!({"cookie": "t", "algorithm": "HS256", "secret_file": "one",
        "issuer": "https://id.example", "audience": "edit", "claims": {"user": "uid"}});
    let app = TestApp::on(tree(&json!([section]), &[("one", &signer.file)]));
    let status = |change: &dyn Fn(&mut Value)| {
        let mut claims = json!({"uid": "ann", "iss": "https://id.example", "aud": ["x", "edit"],
            "iat": now(), "nbf": now(), "exp": now() + 600});
        change(&mut claims);
        ask_by_cookie(&app, &signer.token(&claims)).status
    };
    assert_eq!(status(&|_| ()), 302);
    assert_eq!(
        status(&|claims| claims["exp"] = json!(now() - 30)),
        302,
        "within the leeway"
    );
    assert_eq!(status(&|claims| claims["exp"] = json!(now() - 61)), 403);
    assert_eq!(
        status(&|claims| claims["nbf"] = json!(now() + 30)),
        302,
        "within the leeway"
    );
    assert_eq!(status(&|claims| claims["nbf"] = json!(now() + 600)), 403);
    assert_eq!(
        status(&|claims| claims["iss"] = json!("https://evil.example")),
        403
    );
    assert_eq!(status(&|claims| claims["aud"] = json!("other")), 403);
    assert_eq!(status(&|claims| claims["uid"] = json!("a/../b\u{7}")), 403);
}

/// The settings in docs/grants.md for Organizr, as they stand there.
pub(crate) fn documented_sample() -> Value {
    let text = std::fs::read_to_string(repository("docs/grants.md")).expect("the document");
    let block = text
        .split("```")
        .find(|block| block.contains("organizr_token_"));
    serde_json::from_str(block.expect("the sample")).expect("JSON")
}

#[test]
fn organizrs_own_cookie_works_by_the_documented_settings() {
    let signer = Signer::by("HS256", "5ed1a2b3-0000-4c4d-8e8f-a0b1c2d3e4f5");
    let sample = documented_sample();
    let tree = Tree::with(|settings| {
        let root = settings["roots"][0].clone();
        settings["jwt"] = sample["jwt"].clone();
        settings["jwt"][0]["secret_file"] = json!("organizr.secret");
        settings["grants"] = sample["grants"].clone();
        for row in settings["grants"].as_array_mut().expect("rows") {
            if row.get("directories").is_some() {
                row["directories"] = json!([root]);
            }
        }
    });
    write_private(&tree, "organizr.secret", &signer.file);
    let app = TestApp::on(tree.into());
    let cookie = sample["jwt"][0]["cookie"]
        .as_str()
        .expect("a name")
        .to_owned();
    let ask = |name: &str, group: &str, level: u16, folder: &str, file: &str| {
        // As Organizr's documents show it (username) and as its code writes it (name).
        let token = signer.token(&json!({
            "iss": "Organizr", "aud": "Organizr", "jti": "4f1g23a12aa", "iat": now(), "nbf": now(), "exp": now() + 604_800,
            name: "myusername", "group": group, "groupID": level, "email": "mail@spam.com",
            "image": "https://www.gravatar.com/avatar/901d703edb7a7f21a92ae87f29484d01?s=100&d=mm", "userID": 1,
        }));
        let request = Request::get(app.redirect_target(folder, file, &[]));
        app.send(&request.header("Cookie", &format!("{cookie}={token}")))
            .status
    };
    for name in ["username", "name"] {
        assert_eq!(ask(name, "Admin", 0, "root/b", "b.md"), 302, "{name}");
        assert_eq!(ask(name, "User", 4, "root/a", "doc.md"), 302, "{name}");
        assert_eq!(ask(name, "User", 4, "root/b", "b.md"), 403, "{name}");
        assert_eq!(ask(name, "Guest", 999, "root/a", "doc.md"), 403, "{name}");
    }
}

#[test]
fn switched_off_no_token_counts() {
    let signer = Signer::secret("HS256");
    let app = TestApp::on(tree(&json!([]), &[]));
    let nobody = ask(&app, "X-Nothing", "at all").expect(403);
    for (name, value) in [
        ("Cookie", format!("t={}", signer.user("ann"))),
        ("Authorization", format!("Bearer {}", signer.user("ann"))),
    ] {
        assert_eq!(
            ask(&app, name, &value).but_for_date(),
            nobody.but_for_date()
        );
    }
}
