//! PHP's own sessions as a source: written by the real PHP under php-fpm, in files and in Redis, behind the same nginx.

mod files;
mod held;
mod oracle;
mod redis;
mod scene;

use serde_json::json;

use crate::support::{Jar, Request, TestApp, keyfile};

use scene::{Pool, Scene, tree};

/// Sets the session to what it is told, and objects beside it.
const SET: &str = r"<?php
enum Suit: string { case Hearts = 'H'; }
class Cart { private $items = [1, 2.5, null]; protected $self; function __construct() { $this->self = $this; } }
session_start();
$told = json_decode(file_get_contents('php://input'), true);
$_SESSION = ['cart' => new Cart, 'list' => new ArrayObject([1]), 'suit' => Suit::Hearts, 'at' => new DateTime];
foreach ($told['session'] as $name => $value) { $_SESSION[$name] = $value; }
$_SESSION['same'] = &$_SESSION['list'];
if (isset($told['regenerate'])) { session_regenerate_id(true); }
if (isset($told['destroy'])) { session_destroy(); }
if (isset($told['hang'])) {
    touch($told['hang'] . '/hangs');
    while (!file_exists($told['hang'] . '/go on')) { clearstatcache(); usleep(5000); }
}
echo 'done';
";

/// The host puts `session` into the browser's session.
fn put(scene: &Scene, jar: &mut Jar, session: &serde_json::Value) {
    let request = Request::new("POST", "/").json(&json!({ "session": session }));
    assert_eq!(scene.site(request, jar).expect(200).text(), "done");
}

/// What must hold wherever sessions are kept.
fn grants_and_takes_back(scene: &Scene) {
    let tree = &scene.app.tree;
    let mut jar = Jar::default();
    scene.redirect("root/a", "doc.md", &jar).expect(403);
    // A session alone is nobody.
    put(scene, &mut jar, &json!({"x": 1}));
    scene.redirect("root/a", "doc.md", &jar).expect(403);

    // Gaps in the keys, as array_unique leaves them.
    let access = json!({"0": tree.at("root/b"), "7": tree.at("root/a/deep"), "9": "relative", "11": "/srv/.."});
    put(
        scene,
        &mut jar,
        &json!({"open-guide-editor-access": access}),
    );
    let key = scene
        .redirect("root/a/deep", "x.md", &jar)
        .expect(302)
        .key()
        .expect("a key");
    let again = scene
        .redirect("root/a/deep", "x.md", &jar)
        .expect(302)
        .key();
    assert_eq!(
        again.as_ref(),
        Some(&key),
        "the same browser gets the same key"
    );
    scene.redirect("root/b", "b.md", &jar).expect(302);
    scene.redirect("root/a", "doc.md", &jar).expect(403);
    scene.redirect("root/a-secret", "s.md", &jar).expect(403);
    let record = keyfile::record(&tree.keys(), &key);
    let by = record["by"].as_str().expect("a name");
    assert!(
        by.starts_with("php#") && !by.contains(&jar.secrets()[0]),
        "{by}"
    );

    renamed_named_and_signed_out(scene, &mut jar);
    scene
        .get(&format!("/edit/?accesskey={key}"), &Jar::default())
        .expect(200);
}

fn renamed_named_and_signed_out(scene: &Scene, jar: &mut Jar) {
    let tree = &scene.app.tree;
    // Another name of the id, the same session: another browser as far as one can tell.
    let request = Request::new("POST", "/")
        .json(&json!({"session": {"open-guide-editor-poweruser": true}, "regenerate": true}));
    let old = jar.clone();
    scene.site(request, jar).expect(200);
    scene.redirect("root/a", "doc.md", jar).expect(302);
    scene.redirect("root/a", "doc.md", &old).expect(403);
    scene.redirect("outside", "canary.txt", jar).expect(403);

    // A name, and what the policy says of it.
    put(scene, jar, &json!({"user": "ann"}));
    let reply = scene.redirect("root/a", "doc.md", jar).expect(302);
    let record = keyfile::record(&tree.keys(), &reply.key().expect("a key"));
    assert_eq!(
        (&record["by"], &record["rights"]),
        (&json!("php:ann"), &json!("view"))
    );
    put(scene, jar, &json!({"user": "bob"}));
    scene.redirect("root/a", "doc.md", jar).expect(403);

    // Signed out at the host, signed out here.
    put(scene, jar, &json!({"open-guide-editor-poweruser": true}));
    scene.redirect("root/a", "doc.md", jar).expect(302);
    let request = Request::new("POST", "/").json(&json!({"session": {}, "destroy": true}));
    scene.site(request, jar).expect(200);
    scene.redirect("root/a", "doc.md", jar).expect(403);
    let log = scene.app.log();
    for secret in jar.secrets().iter().chain(&old.secrets()) {
        assert!(
            !log.contains(secret.as_str()),
            "a session's id is in the log"
        );
    }
}

/// A scene in which ann may view by the policy.
fn scene(tree: crate::support::Tree, pool: &Pool<'_>, save_path: &str, in_files: bool) -> Scene {
    let root = tree.at("root/a");
    Scene::new(tree, SET, pool, |settings| {
        settings["php_sessions"]["save_path"] = json!(save_path);
        if !in_files {
            settings["php_sessions"]["owner"] = json!(null);
        }
        settings["grants"] = json!([{
            "source": "php", "user": "ann", "directories": [root], "rights": "view"
        }]);
    })
}

#[test]
fn an_open_guide_editor_host_works_by_changing_one_url() {
    let tree = tree();
    let pool = Pool {
        handler: "files",
        save_path: &tree.at("sessions"),
        serializer: "php",
    };
    let scene = Scene::new(tree, "examples/host-php/session-host.php", &pool, |_| {});
    let mut jar = Jar::default();
    scene.redirect("root/a", "doc.md", &jar).expect(403);
    let form = Request::new("POST", "/")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("user=ann");
    scene.site(form, &mut jar).expect(303);
    let page = scene.site(Request::get("/"), &mut jar).expect(200).text();
    let link = page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|link| link.ends_with("doc.md"));
    let link = link
        .unwrap_or_else(|| panic!("no link: {page}"))
        .replace("&amp;", "&");
    assert!(
        link.starts_with("/edit/php/redirect.php?dirname=%2F"),
        "{link}"
    );
    let sent = scene.get(&link, &jar).expect(302);
    let key = sent.key().expect("a key");
    let location = format!("../?accesskey={key}");
    assert_eq!(sent.header("location"), Some(location.as_str()));
    assert_eq!(
        keyfile::record(&scene.app.tree.keys(), &key)["by"],
        "php:ann"
    );

    // The browser with the session sees its project's name, another one the file's alone.
    let bookmark = format!("/edit/?accesskey={key}");
    let own = scene.get(&bookmark, &jar).expect(200).text();
    assert!(own.contains("<title>doc.md – The site</title>"), "{own}");
    let other = scene.get(&bookmark, &Jar::default()).expect(200).text();
    assert!(other.contains("<title>doc.md</title>"), "{other}");

    // The button for a link on another site works behind nginx as well.
    let target = link.replace("doc.md", "notes.md");
    let request = Request::get(target)
        .header("Sec-Fetch-Site", "cross-site")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document");
    assert!(
        scene
            .site(request, &mut jar)
            .expect(200)
            .text()
            .contains("notes.md")
    );

    let out = Request::new("POST", "/")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("user=");
    scene.site(out, &mut jar).expect(303);
    scene.redirect("root/a/deep", "x.md", &jar).expect(403);
    scene.get(&bookmark, &Jar::default()).expect(200);
}

#[test]
fn switched_off_a_session_is_nothing() {
    let tree = tree();
    let pool = Pool {
        handler: "files",
        save_path: &tree.at("sessions"),
        serializer: "php",
    };
    let scene = Scene::new(tree, SET, &pool, |settings| {
        settings["php_sessions"] = json!({});
    });
    let mut jar = Jar::default();
    put(
        &scene,
        &mut jar,
        &json!({"open-guide-editor-poweruser": true}),
    );
    scene.redirect("root/a", "doc.md", &jar).expect(403);
}

#[test]
fn a_projects_name_is_text_and_short() {
    let tree = tree();
    let pool = Pool {
        handler: "files",
        save_path: &tree.at("sessions"),
        serializer: "php_serialize",
    };
    let scene = Scene::new(tree, SET, &pool, |_| {});
    let key = scene.app.cli_mint("root/a/doc.md");
    let bookmark = format!("/edit/?accesskey={key}");
    for (name, title) in [
        (
            "</title><script>",
            "doc.md – &#60;/title&#62;&#60;script&#62;",
        ),
        ("a\nb", "doc.md"),
        ("", "doc.md"),
        (&"x".repeat(201), "doc.md"),
    ] {
        let mut jar = Jar::default();
        put(&scene, &mut jar, &json!({"open-guide-project-name": name}));
        let page = scene.get(&bookmark, &jar).expect(200).text();
        assert!(page.contains(&format!("<title>{title}</title>")), "{page}");
    }
}

#[test]
fn phps_folder_is_out_of_reach() {
    let tree = tree();
    let folder = tree.at("root/sessions");
    std::fs::rename(tree.at("sessions"), &folder).expect("moved");
    let pool = Pool {
        handler: "files",
        save_path: &folder,
        serializer: "php",
    };
    let scene = Scene::new(tree, SET, &pool, |settings| {
        settings["php_sessions"]["save_path"] = json!(folder);
    });
    let mut jar = Jar::default();
    put(
        &scene,
        &mut jar,
        &json!({"open-guide-editor-poweruser": true}),
    );
    scene.redirect("root/a", "doc.md", &jar).expect(302);
    let session = format!("sess_{}", jar.secrets()[0]);
    scene.redirect("root/sessions", &session, &jar).expect(403);
    let key = scene
        .app
        .tree
        .hand_made("root/sessions", &session, &json!({}));
    scene
        .get(&format!("/edit/api/file?accesskey={key}"), &jar)
        .expect(403);

    // A root inside of PHP's folder would be out of reach as a whole: that is said at the start.
    let tree = std::sync::Arc::clone(&scene.app.tree);
    let text = std::fs::read(tree.settings()).expect("the settings");
    let mut settings: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    std::fs::create_dir(tree.path.join("root/sessions/in")).expect("a folder");
    settings["roots"] = json!([tree.at("root/sessions/in")]);
    tree.write_settings(&settings);
    let Err(said) = TestApp::try_on(tree) else {
        panic!("it serves");
    };
    assert!(said.contains("where PHP keeps its sessions"), "{said}");
}
