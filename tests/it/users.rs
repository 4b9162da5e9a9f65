//! Local users: a password opens a session, and what the users file says holds at the next request.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sign_in::{
    PASSWORD, add, add_ann, ann, own, sign_in, sign_in_at, sign_out, with_ann,
};
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, Tree, eventually};

fn app() -> TestApp {
    let tree = Arc::new(Tree::with(with_ann));
    add_ann(&tree);
    TestApp::on(tree)
}

/// Whether the session in `jar` may open ann's file.
fn opens(app: &TestApp, jar: &Jar) -> bool {
    let reply = app.redirect("root/a", "doc.md", &[], jar);
    assert!(matches!(reply.status, 302 | 303), "{reply:?}");
    reply.status == 302
}

fn run(app: &TestApp, arguments: &[&str], stdin: &str) {
    let output = app.cli(arguments, stdin);
    assert!(output.status.success(), "{output:?}");
}

fn users_file(app: &TestApp) -> std::path::PathBuf {
    app.tree.path.join("state/keys/users.json")
}

fn session_of(jar: &Jar) -> String {
    let cookies = jar.header().expect("cookies");
    let cookie = cookies
        .split("; ")
        .find(|cookie| !cookie.contains("-form=") && !cookie.contains("-device="));
    cookie.expect("a session").to_owned()
}

#[test]
fn a_password_signs_in_and_goes_on_to_the_file() {
    let app = app();
    let mut jar = Jar::default();
    let asked = app.redirect("root/a", "doc.md", &[], &jar).expect(303);
    let location = asked.header("location").expect("a way").to_owned();
    let target = location.strip_prefix('.').expect("a relative address");
    assert!(target.starts_with("/login?next=%2Fredirect%3F"), "{target}");
    let signed_in = sign_in_at(&app, target, &mut jar, "ann", PASSWORD).expect(303);
    let next = signed_in.header("location").expect("a way").to_owned();
    let key = app.send(&own("GET", &next, &jar)).expect(302).key();
    assert_eq!(
        app.get_file(&key.expect("a key")).expect(200).body,
        b"# A document\n"
    );
    let record = app.cli(&["keys", "list", "--by", "users:ann", "--json"], "");
    assert!(String::from_utf8_lossy(&record.stdout).contains("\"users:ann\""));
    app.redirect("root/b", "b.md", &[], &jar).expect(403);
    let start = app.send(&own("GET", "/", &jar)).expect(200).text();
    assert!(
        start.contains("Signed in as <b class=\"break\">ann</b>"),
        "{start}"
    );
    let old = app.send(&Request::get("/php/redirect.php?dirname=/x&basename=y"));
    let location = old.expect(303).header("location").map(str::to_owned);
    assert!(location.is_some_and(|to| to.starts_with("../login?next=%2Fphp%2F")));
}

#[test]
fn signing_in_makes_a_fresh_session_without_what_another_had() {
    let app = app();
    let mut jar = app.session(&json!({"user": "carl", "directories": [app.tree.at("root/b")]}));
    app.redirect("root/b", "b.md", &[], &jar).expect(302);
    let before = jar.clone();
    sign_in(&app, &mut jar, "ann", PASSWORD).expect(303);
    assert_ne!(session_of(&before), session_of(&jar));
    assert!(opens(&app, &jar));
    app.redirect("root/b", "b.md", &[], &jar).expect(403);
    app.redirect("root/b", "b.md", &[], &before).expect(303);
    let first = jar.clone();
    sign_out(&app, &mut jar, false).expect(303);
    sign_in(&app, &mut jar, "ann", PASSWORD).expect(303);
    assert_ne!(session_of(&first), session_of(&jar));
    assert!(!opens(&app, &first), "what was signed out stays so");
}

#[test]
fn a_wrong_password_and_an_unknown_name_are_one_answer() {
    let app = app();
    let mut jar = Jar::default();
    jar.absorb(&app.send(&own("GET", "/login", &jar)));
    let mut answers: Vec<(String, Reply)> = Vec::new();
    for (name, password) in [
        ("ann", "wrong horse battery"),
        ("eve", "wrong horse battery"),
        ("eve", PASSWORD),
        ("ANN", PASSWORD),
        ("ann ", PASSWORD),
        ("a:b", PASSWORD),
        ("ann", ""),
        ("", PASSWORD),
    ] {
        let reply = sign_in(&app, &mut jar, name, password).expect(403);
        answers.push((name.to_owned(), reply));
    }
    let plain = |(name, reply): &(String, Reply)| {
        let (status, headers, body) = reply.but_for_date();
        let text = String::from_utf8(body).expect("UTF-8");
        assert!(text.contains("role=\"alert\""), "{text}");
        let text = text.replace(&format!("value=\"{name}\""), "value=\"\"");
        let headers: Vec<_> = headers
            .into_iter()
            .filter(|(name, _)| name != "content-length")
            .collect();
        (status, headers, text)
    };
    let first = plain(&answers[0]);
    for answer in &answers {
        assert_eq!(plain(answer), first, "{}", answer.0);
    }
}

#[test]
fn what_the_users_file_says_holds_at_the_next_request() {
    let app = app();
    let (one, other) = (ann(&app), ann(&app));
    assert!(opens(&app, &one) && opens(&app, &other));
    run(
        &app,
        &["users", "password", "ann"],
        "another horse battery\n",
    );
    assert!(
        !opens(&app, &one) && !opens(&app, &other),
        "a new password ends all sessions"
    );
    let mut jar = Jar::default();
    sign_in(&app, &mut jar, "ann", PASSWORD).expect(403);
    sign_in(&app, &mut jar, "ann", "another horse battery").expect(303);
    assert!(opens(&app, &jar));
    run(&app, &["users", "remove", "ann"], "");
    assert!(!opens(&app, &jar), "a removed user is nobody");
    add_ann(&app.tree);
    assert!(
        !opens(&app, &jar),
        "who comes back under the name is somebody else"
    );
    let jar = ann(&app);
    let text = fs::read(users_file(&app)).expect("the file");
    fs::remove_file(users_file(&app)).expect("removed");
    assert!(!opens(&app, &jar), "no file, no users");
    fs::write(users_file(&app), &text).expect("written");
    fs::set_permissions(users_file(&app), PermissionsExt::from_mode(0o600)).expect("ours");
    assert!(opens(&app, &jar));
    fs::write(users_file(&app), "{").expect("written");
    app.redirect("root/a", "doc.md", &[], &jar).expect(503);
    app.redirect("root/a", "doc.md", &[], &app.editor("carl"))
        .expect(302);
}

#[test]
fn signing_out_ends_this_session_and_everywhere_all_of_them() {
    let app = app();
    let (mut here, mut there, beyond) = (ann(&app), ann(&app), ann(&app));
    let before = here.clone();
    sign_out(&app, &mut here, false).expect(303);
    assert!(!opens(&app, &here) && !opens(&app, &before));
    assert!(opens(&app, &there) && opens(&app, &beyond));
    sign_out(&app, &mut there, true).expect(303);
    assert!(!opens(&app, &there) && !opens(&app, &beyond));
    assert!(opens(&app, &ann(&app)));
}

#[test]
fn a_session_of_a_password_ends_in_its_time() {
    let tree = Arc::new(Tree::with(|settings| {
        with_ann(settings);
        settings["sessions"] = json!({"lifetime": "3s"});
    }));
    add_ann(&tree);
    let app = TestApp::on(tree);
    let jar = ann(&app);
    assert!(opens(&app, &jar));
    eventually("the session has ended", Duration::from_secs(10), || {
        !opens(&app, &jar)
    });
}

#[test]
fn without_a_users_file_there_is_no_sign_in() {
    let app = TestApp::start();
    let unknown = app.send(&Request::get("/nowhere")).expect(404);
    for request in [
        Request::get("/login"),
        Request::get("/login?next=//evil.example"),
        Request::new("POST", "/login").body("user=ann&password=x&token=x"),
        Request::new("POST", "/logout").body("token=x"),
    ] {
        let reply = app.send(&request).expect(404);
        assert_eq!(reply.but_for_date(), unknown.but_for_date());
    }
    app.redirect("root/a", "doc.md", &[], &Jar::default())
        .expect(403);
    app.send(&Request::get("/")).expect(403);
}

#[test]
fn whoever_signs_in_and_may_do_nothing_learns_so() {
    let app = app();
    add(&app.tree, "zoe", PASSWORD);
    let mut jar = Jar::default();
    sign_in(&app, &mut jar, "zoe", PASSWORD).expect(303);
    let start = app.send(&own("GET", "/", &jar)).expect(200).text();
    assert!(start.contains("zoe"), "{start}");
    app.redirect("root/a", "doc.md", &[], &jar).expect(403);
}

#[test]
fn a_cheap_hash_is_made_anew_at_the_next_sign_in() {
    let app = app();
    let mut users: Value =
        serde_json::from_slice(&fs::read(users_file(&app)).expect("the file")).expect("JSON");
    users["users"]["ann"]["password"] = json!(
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdCBvZiAxNiBieXRlcw$ujyMN+LyUwJ4CEpX5Cy8ctlUuPwDnYPgAN5t8fLHnDM"
    );
    fs::write(users_file(&app), users.to_string()).expect("written");
    let mut jar = Jar::default();
    sign_in(&app, &mut jar, "ann", "another password").expect(403);
    let text = || fs::read_to_string(users_file(&app)).expect("the file");
    assert!(text().contains("m=8,"), "a wrong password changes nothing");
    for _ in 0..2 {
        let mut jar = Jar::default();
        sign_in(&app, &mut jar, "ann", "an old password").expect(303);
        assert!(opens(&app, &jar));
        assert!(text().contains("$m=19456,t=2,p=1$"), "{}", text());
    }
}

#[test]
fn no_password_is_in_the_log_or_on_the_disk() {
    let app = app();
    let mut jar = Jar::default();
    sign_in(&app, &mut jar, "ann", "said in confidence").expect(403);
    sign_in(&app, &mut jar, "said in the wrong field", "x").expect(403);
    sign_in(&app, &mut jar, "ann", PASSWORD).expect(303);
    assert!(opens(&app, &jar));
    let mut secrets = jar.secrets();
    secrets.extend(["said in confidence", "said in the wrong field", PASSWORD].map(str::to_owned));
    let state = fs::read_dir(app.tree.path.join("state/keys")).expect("the folder");
    let files = state.map(|entry| fs::read(entry.expect("an entry").path()).expect("a file"));
    let mut said: Vec<u8> = files.flatten().collect();
    said.extend(app.log().bytes());
    let said = String::from_utf8_lossy(&said).into_owned();
    for secret in secrets {
        let encoded = encode(&secret);
        assert!(
            !said.contains(&secret) && !said.contains(&encoded),
            "{secret}"
        );
    }
}
