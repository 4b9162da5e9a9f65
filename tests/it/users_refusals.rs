//! What whoever is not signed in, and whoever is, learns by a refusal: nothing of the file.

use std::sync::Arc;

use crate::support::sign_in::{add_ann, ann, with_ann};
use crate::support::wire::encode;
use crate::support::{Jar, Request, TestApp, Tree};

fn app() -> TestApp {
    let tree = Arc::new(Tree::with(with_ann));
    add_ann(&tree);
    TestApp::on(tree)
}

#[test]
fn a_refusal_leads_to_the_sign_in_whether_the_file_is_there_or_not() {
    let app = app();
    let nobody = Jar::default();
    let places = [
        ("root/a", "doc.md"),
        ("root/a", "not-there.md"),
        ("root/b", "b.md"),
        ("outside", "canary.txt"),
        ("root/nowhere", "x.md"),
        ("state/keys", "users.json"),
    ];
    for (folder, basename) in places {
        let target = app.redirect_target(folder, basename, &[]);
        let reply = app.send(&Request::get(&target)).expect(303);
        let way = format!("./login?next={}", encode(&target));
        assert_eq!(reply.header("location"), Some(way.as_str()));
        let script = Request::get(&target).header("Sec-Fetch-Mode", "cors");
        app.send(&script).expect(403);
    }
    app.send(&Request::get("/")).expect(303);
    app.send(&Request::get("/?accesskey=nonsense")).expect(403);
    app.send(&Request::get("/enter?ticket=nonsense"))
        .expect(403);
    app.send(&Request::get("/api/file")).expect(403);
    app.redirect("root", "", &[], &nobody).expect(400);
    let long = "x".repeat(3000);
    let reply = app.redirect(
        "root/a",
        "doc.md",
        &[("label", &long[..150]), ("x", &long)],
        &nobody,
    );
    assert_eq!(reply.expect(303).header("location"), Some("./login"));
    // Whoever is signed in is told no more than anybody else.
    let jar = ann(&app);
    let refused = |place: (&str, &str)| app.redirect(place.0, place.1, &[], &jar).expect(403);
    let first = refused(places[2]).but_for_date();
    for place in &places[3..] {
        assert_eq!(refused(*place).but_for_date(), first, "{place:?}");
    }
}

#[test]
fn a_removed_users_keys_go_where_the_settings_say_so() {
    for (choice, status) in [("keep", 200), ("revoke", 403)] {
        let tree = Arc::new(Tree::with(|settings| {
            with_ann(settings);
            settings["keys"]["on_grant_lost"] = choice.into();
        }));
        add_ann(&tree);
        let app = TestApp::on(tree);
        let jar = ann(&app);
        let key = app.mint("root/a", "doc.md", &jar);
        let of_host = app.mint("root/a", "doc.md", &app.editor("ann"));
        app.get_file(&key).expect(200);
        let output = app.cli(&["users", "remove", "ann"], "");
        assert!(output.status.success(), "{output:?}");
        app.redirect("root/a", "doc.md", &[], &jar).expect(303);
        app.get_file(&key).expect(status);
        app.get_file(&of_host).expect(200);
    }
}
