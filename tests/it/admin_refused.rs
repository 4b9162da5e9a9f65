//! The pages that manage keys, refused: forms of others, people who are no administrators; and what no page may hold.

use crate::admin_forms::{app, id, ids, page, post, signed_in};
use crate::support::sign_in::{own, token};
use crate::support::wire::encode;
use crate::support::{Jar, Request, TestApp, keyfile};

/// The token of somebody's pages, who has a key.
fn token_of(app: &TestApp, jar: &Jar) -> String {
    app.mint("root/a", "doc.md", jar);
    token(&page(app, "/keys", jar))
}

#[test]
fn a_form_needs_our_origin_and_the_token_of_its_session() {
    let app = app(2);
    let root = signed_in(&app, "root");
    let list = page(&app, "/admin", &root);
    let (ours, ids) = (token(&list), ids(&list));
    let id = ids.first().expect("a key");
    let path = encode(&app.tree.at("root/a/doc.md"));
    let others = token_of(&app, &signed_in(&app, "ann"));
    let again = token(&page(&app, "/admin", &signed_in(&app, "root")));
    assert_ne!(
        ours, again,
        "another session of the same administrator has another token"
    );
    let before = keyfile::read(&app.tree.keys());
    for target in [
        "/admin/new",
        "/admin/revoke",
        "/admin/narrow",
        "/admin/derive",
        "/admin/link",
        "/admin/prune",
        "/keys/revoke",
        "/keys/narrow",
        "/keys/derive",
        "/keys/link",
    ] {
        let body = |token: &str| {
            format!(
                "token={token}&id={id}&confirm=yes&path={path}&rights=view&unused_for=1s&same=x"
            )
        };
        let sent = |request: Request, token: &str| {
            let request = request.jar(&root).body(body(token));
            app.send(&request)
        };
        let from = |name: &str, value: &str| Request::new("POST", target).header(name, value);
        for site in ["cross-site", "same-site", "none"] {
            sent(from("Sec-Fetch-Site", site), &ours).expect(403);
        }
        for origin in ["https://evil.example", "null"] {
            sent(from("Origin", origin), &ours).expect(403);
        }
        sent(Request::new("POST", target), &ours).expect(403);
        for wrong in ["", "x", &others, &again] {
            sent(from("Sec-Fetch-Site", "same-origin"), wrong).expect(403);
        }
        let without = from("Sec-Fetch-Site", "same-origin").jar(&root);
        app.send(&without.body(format!("id={id}&confirm=yes")))
            .expect(403);
    }
    assert_eq!(
        keyfile::read(&app.tree.keys()),
        before,
        "something was changed"
    );
}

#[test]
fn whoever_is_no_administrator_sees_none_of_it() {
    let app = app(2);
    let root = signed_in(&app, "root");
    let id = ids(&page(&app, "/admin", &root)).remove(0);
    let ann = signed_in(&app, "ann");
    let nobody = app.open("AAAAAAAAAAAAAAAAAAAAAAAA").but_for_date();
    let one = format!("/admin/keys/{id}");
    for target in [
        "/admin",
        "/admin?q=x",
        "/admin/new",
        "/admin/prune",
        "/admin/visitor?visitor=users:root",
        &one,
    ] {
        let refused = app.send(&own("GET", target, &ann)).expect(403);
        assert_eq!(refused.but_for_date(), nobody, "{target}");
        let stranger = app.send(&own("GET", target, &Jar::default())).expect(303);
        assert!(
            stranger
                .header("location")
                .is_some_and(|to| to.contains("login?next=")),
            "{target}"
        );
    }
    let token = token_of(&app, &ann);
    for target in [
        "/admin/new",
        "/admin/revoke",
        "/admin/narrow",
        "/admin/derive",
        "/admin/link",
        "/admin/prune",
    ] {
        let body = format!("token={token}&id={id}&confirm=yes");
        let refused = post(&app, target, &ann, &body).expect(403);
        assert_eq!(refused.but_for_date(), nobody, "{target}");
    }
    // Another's key looks like one that is not there.
    let missing = "A".repeat(43);
    let theirs = app
        .send(&own("GET", &format!("/keys/{id}"), &ann))
        .expect(404);
    let none = app
        .send(&own("GET", &format!("/keys/{missing}"), &ann))
        .expect(404);
    assert_eq!(theirs.but_for_date(), none.but_for_date());
    for act in ["narrow", "derive", "link"] {
        let answer = |id: &str| {
            let body = format!("token={token}&id={id}&rights=view");
            post(&app, &format!("/keys/{act}"), &ann, &body).but_for_date()
        };
        assert_eq!(answer(&id), answer(&missing), "{act}");
    }
    let revoke = format!("token={token}&id={id}&confirm=yes");
    post(&app, "/keys/revoke", &ann, &revoke).expect(303);
    assert_eq!(
        keyfile::live(&app.tree.keys()).len(),
        3,
        "another's key was revoked"
    );
    // Also an administrator's own keys are their own: the list of /keys is not the list of all.
    assert!(ids(&page(&app, "/keys", &root)).is_empty());
}

#[test]
fn no_key_and_no_script_stands_in_a_page() {
    let app = app(3);
    let jar = signed_in(&app, "root");
    let key = app.mint("root/a", "doc.md", &jar);
    let id = id(&key);
    for target in [
        "/",
        "/keys",
        "/admin",
        "/admin/new",
        "/admin/prune",
        "/admin/visitor?visitor=users:ann",
        &format!("/keys/{id}"),
        &format!("/admin/keys/{id}"),
        "/admin?q=%3Cscript%3E&by=%22%3E%3Cb%3E",
    ] {
        let reply = page(&app, target, &jar);
        let text = reply.text();
        assert!(!text.contains(&key), "{target}");
        assert!(
            !text.contains("<script>") && !text.contains("style=") && !text.contains("<b>\""),
            "{target}"
        );
        // The start page has the one of its tree beside.
        let scripts = if target == "/" { 2 } else { 1 };
        assert_eq!(text.matches("<script").count(), scripts, "{target}");
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{target}"
        );
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{policy}"
        );
        assert!(
            policy.ends_with("trusted-types 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{target}");
        // Pages whose forms change something have them say where they come from.
        let referrer = if target == "/" {
            "no-referrer"
        } else {
            "same-origin"
        };
        assert_eq!(reply.header("referrer-policy"), Some(referrer), "{target}");
    }
}
