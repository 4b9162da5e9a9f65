//! Two nodes on one Redis are one installation: sessions, grants and throttles count on both.

use serde_json::json;

use super::tree;
use crate::support::redis::Redis;
use crate::support::sign_in::{
    PASSWORD, add, add_ann, ann, form, own, sign_in, sign_out, token, with_ann,
};
use crate::support::{Jar, Request, TestApp};

fn two(redis: &Redis) -> [TestApp; 2] {
    let tree = tree(redis, with_ann);
    add_ann(&tree);
    add(&tree, "bob", PASSWORD);
    [TestApp::on(tree.clone()), TestApp::on(tree)]
}

#[test]
fn whoever_signs_in_at_one_node_is_known_at_the_other_and_signed_out_at_both() {
    let redis = Redis::start();
    let [one, two] = two(&redis);
    let stranger = two.redirect("root/a", "doc.md", &[], &Jar::default());
    assert_eq!(stranger.status, 303, "to the form");
    let mut jar = ann(&one);
    let key = two.mint("root/a", "doc.md", &jar);
    assert_eq!(one.mint("root/a", "doc.md", &jar), key, "the same ask");
    one.get_file(&key).expect(200);
    let before = jar.clone();
    sign_out(&two, &mut jar, false).expect(303);
    for app in [&two, &one] {
        app.redirect("root/a", "doc.md", &[], &before).expect(303);
    }
    // What was signed out everywhere is so at both.
    let (here, mut there) = (ann(&one), ann(&two));
    one.redirect("root/a", "doc.md", &[], &here).expect(302);
    sign_out(&one, &mut there, true).expect(303);
    for app in [&two, &one] {
        app.redirect("root/a", "doc.md", &[], &here).expect(303);
    }
    let mut jar = Jar::default();
    sign_in(&two, &mut jar, "bob", PASSWORD).expect(303);
    one.redirect("root/b", "b.md", &[], &jar).expect(302);
    one.redirect("root/a", "doc.md", &[], &jar).expect(403);
}

#[test]
fn what_a_host_grants_at_one_node_opens_at_the_other_once_and_is_withdrawn_at_both() {
    let redis = Redis::start();
    let [one, two] = two(&redis);
    let grant = json!({"user": "zoe", "directories": [one.tree.at("root/a")]});
    let granted = one.host_grant(&grant).expect(201).json();
    let url = granted["url"].as_str().expect("a url");
    let (jar, entered) = two.enter(url);
    assert!(matches!(entered.status, 302 | 303), "{entered:?}");
    let (_, again) = one.enter(url);
    assert!(!matches!(again.status, 302 | 303), "a ticket is for once");
    let key = one.mint("root/a", "deep/x.md", &jar);
    two.get_file(&key).expect(200);
    let withdraw = Request::new("DELETE", "/api/grants?user=zoe").bearer(&one.tree.cms_token);
    let withdrawn = one.send(&withdraw);
    assert!(matches!(withdrawn.status, 200 | 204), "{withdrawn:?}");
    for app in [&two, &one] {
        let reply = app.redirect("root/a", "doc.md", &[], &jar);
        assert_ne!(reply.status, 302, "{reply:?}");
    }
}

#[test]
fn wrong_passwords_are_counted_over_both_nodes() {
    let redis = Redis::start();
    let both = two(&redis);
    let mut jars = both.each_ref().map(|app| {
        let mut jar = Jar::default();
        let page = app.send(&own("GET", "/login", &jar)).expect(200);
        jar.absorb(&page);
        (token(&page), jar)
    });
    let mut told = Vec::new();
    for at in 0..14 {
        let (app, (token, jar)) = (&both[at % 2], &mut jars[at % 2]);
        let body = form("ann", "a wrong password", token);
        let reply = app.send(&own("POST", "/login", jar).body(body));
        jar.absorb(&reply);
        told.push(reply.status);
    }
    // Ten at once from one network, whichever node is asked.
    assert_eq!(told[..10], [403; 10], "{told:?}");
    assert_eq!(told[10..], [429; 4], "{told:?}");
}

#[test]
fn a_key_revoked_at_one_node_is_closed_at_the_other_within_a_second() {
    use crate::support::eventually;
    use std::time::Duration;
    let redis = Redis::start();
    let [one, two] = two(&redis);
    let jar = ann(&one);
    for _ in 0..10 {
        let key = one.mint("root/a", "doc.md", &jar);
        for app in [&one, &two] {
            app.get_file(&key).expect(200);
        }
        let gone = two.cli(&["keys", "revoke", "-"], &format!("{key}\n"));
        assert!(gone.status.success(), "{gone:?}");
        for app in [&one, &two] {
            eventually("it does not open", Duration::from_secs(1), || {
                app.get_file(&key).status == 403
            });
        }
    }
}
