//! Guessing a passphrase: bounded by key and network, and never at the cost of who knows it.

use crate::support::unlock::{PASSPHRASE, locked, press, unlock, visit};
use crate::support::{Jar, Reply, TestApp};

fn guess(app: &TestApp, key: &str, jar: &mut Jar) -> Reply {
    unlock(app, jar, key, Some("not the passphrase"))
}

#[test]
fn a_stranger_who_guesses_is_told_to_wait_and_who_unlocked_before_is_not() {
    let app = TestApp::with(|settings| {
        settings["trusted_proxies"] = serde_json::json!(["127.0.0.1"]);
    });
    let key = locked(&app);
    let mut owner = Jar::default();
    unlock(&app, &mut owner, &key, Some(PASSPHRASE)).expect(303);
    // A network of its own, by the word of a trusted proxy.
    let from = |jar: &Jar, body: String| {
        crate::support::sign_in::own("POST", "/unlock", jar)
            .header("X-Forwarded-For", "198.51.100.7")
            .body(body)
    };
    let mut stranger = Jar::default();
    let page = visit(&app, &mut stranger, &key);
    let token = crate::support::sign_in::token(&page);
    let body = |text: &str| format!("accesskey={key}&token={token}&passphrase={text}");
    let mut told = None;
    for _ in 0..20 {
        let reply = app.send(&from(&stranger, body("wrong")));
        if reply.status == 429 {
            told = Some(reply);
            break;
        }
        assert_eq!(reply.status, 403);
    }
    let told = told.expect("told to wait within 20 tries");
    assert!(told.header("retry-after").is_some());
    assert!(
        told.text().contains("Too many tries. Wait "),
        "{}",
        told.text()
    );
    assert!(told.text().contains(r#"name="passphrase""#));
    // The right one does not help a stranger who is told to wait.
    let right = app.send(&from(&stranger, body("correct%20horse%20battery")));
    assert_eq!(right.status, 429);
    // The owner's network and browser have buckets of their own.
    unlock(&app, &mut Jar::default(), &key, Some(PASSPHRASE)).expect(303);
    let page = visit(&app, &mut owner, &key).expect(200);
    assert!(page.text().contains("doc.md"));
}

#[test]
fn a_browser_that_unlocked_before_has_a_bucket_of_its_own() {
    let app = TestApp::with(|settings| {
        settings["sessions"] = serde_json::json!({"lifetime": "1s"});
        settings["trusted_proxies"] = serde_json::json!(["127.0.0.1"]);
    });
    let key = locked(&app);
    let mut owner = Jar::default();
    unlock(&app, &mut owner, &key, Some(PASSPHRASE)).expect(303);
    let mut page = visit(&app, &mut owner, &key);
    crate::support::eventually("it ended", std::time::Duration::from_secs(5), || {
        page = visit(&app, &mut owner, &key);
        !page.text().contains("doc.md")
    });
    // Strangers use up what the owner's present network has; the browser is known all the same.
    let mut strangers = Jar::default();
    let theirs = visit(&app, &mut strangers, &key);
    let send = |jar: &Jar, page: &Reply, text: &str| {
        let token = crate::support::sign_in::token(page);
        let body = format!("accesskey={key}&token={token}&passphrase={text}");
        let request = crate::support::sign_in::own("POST", "/unlock", jar);
        app.send(&request.header("X-Forwarded-For", "203.0.113.9").body(body))
            .status
    };
    let statuses: Vec<u16> = (0..15)
        .map(|_| send(&strangers, &theirs, "wrong"))
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(send(&strangers, &theirs, "correct%20horse%20battery"), 429);
    assert_eq!(send(&owner, &page, "correct%20horse%20battery"), 303);
}

#[test]
fn guesses_at_one_key_do_not_count_for_another() {
    let app = TestApp::start();
    let (one, other) = (locked(&app), locked(&app));
    let mut jar = Jar::default();
    while guess(&app, &one, &mut jar).status == 403 {}
    assert_eq!(guess(&app, &one, &mut jar).status, 429);
    let page = visit(&app, &mut jar, &other);
    press(&app, &mut jar, &other, &page, Some(PASSPHRASE)).expect(303);
}
