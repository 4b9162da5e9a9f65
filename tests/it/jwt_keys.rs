//! The files of the keys that tokens are verified by: told when they are wrong, taken up when they change, and nobody's
//! to read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::server::cli;
use crate::support::token::{Signer, app, ask_by_cookie, tree, write_private};
use crate::support::{TestApp, eventually};

/// How long a change may go unseen: the file is looked at once a second.
const SOON: Duration = Duration::from_secs(8);

/// What `config check` says of this one section with this file.
fn check(section: &Value, text: &str, mode: u32) -> String {
    let tree = tree(&json!([section]), &[("token.key", text)]);
    let mode = fs::Permissions::from_mode(mode);
    fs::set_permissions(tree.path.join("state/token.key"), mode).expect("its mode");
    let output = cli(&tree, &["config", "check"], "");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    let refused = TestApp::try_on(tree).err().is_some();
    assert_eq!(
        refused,
        !output.status.success(),
        "serve and check disagree: {said}"
    );
    said
}

fn secret_section() -> Value {
    json!({"cookie": "t", "algorithm": "HS256", "secret_file": "token.key"})
}

fn public_section() -> Value {
    json!({"cookie": "t", "algorithm": "ES256", "public_key_file": "token.key"})
}

#[test]
fn a_secret_that_is_wrong_is_told_with_its_setting() {
    let section = secret_section();
    let good = "x".repeat(32);
    assert_eq!(check(&section, &good, 0o640), "");
    let public = Signer::private("ES256").file;
    for (text, mode, told) in [
        (&good[1..], 0o600, "at least 32 bytes"),
        (
            &good,
            0o604,
            "is readable by everybody (mode 0604): chmod o-r",
        ),
        (
            &good,
            0o660,
            "is writable by others (mode 0660): chmod go-w",
        ),
        (&public, 0o600, "this is a public key"),
    ] {
        let said = check(&section, text, mode);
        assert!(
            said.contains("jwt[0].secret_file: ") && said.contains(told),
            "{said}"
        );
        assert!(!said.contains(&good[1..]), "a secret is repeated: {said}");
    }
}

#[test]
fn a_public_key_that_is_wrong_is_told_with_its_setting() {
    let section = public_section();
    let good = Signer::private("ES256").file;
    assert_eq!(check(&section, &good, 0o644), "");
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let another = "it takes a key on the curve P-256";
    for (text, mode, told) in [
        (
            good.as_str(),
            0o666,
            "is writable by others (mode 0666): chmod go-w",
        ),
        (&Signer::private("ES384").file, 0o644, another),
        (&Signer::private("RS256").file, 0o644, another),
        ("{\"keys\": []}", 0o644, another),
        ("nonsense", 0o644, "neither a public key in PEM"),
        (private, 0o644, "keep the public one alone"),
    ] {
        let said = check(&section, text, mode);
        assert!(
            said.contains("jwt[0].public_key_file: ") && said.contains(told),
            "{said}"
        );
    }
}

#[test]
fn key_files_that_are_not_there_are_told_together() {
    let tree = tree(&json!([secret_section(), public_section()]), &[]);
    let said = cli(&tree, &["config", "check"], "").stderr;
    let said = String::from_utf8(said).expect("UTF-8");
    for place in ["jwt[0].secret_file", "jwt[1].public_key_file"] {
        assert!(said.contains(&format!("{place}: cannot look at")), "{said}");
    }
}

#[test]
fn keys_change_without_a_restart_and_without_them_nobody_is_believed() {
    let (old, new) = (Signer::secret("HS256"), Signer::secret("HS256"));
    let app = app(&old);
    let (by_old, by_new) = (old.user("ann"), new.user("ann"));
    let status = |token: &str| ask_by_cookie(&app, token).status;
    assert_eq!((status(&by_old), status(&by_new)), (302, 403));
    write_private(&app.tree, "token.new", &new.file);
    let path = |name: &str| app.tree.path.join("state").join(name);
    fs::rename(path("token.new"), path("token.key")).expect("renamed");
    eventually("the new secret counts", SOON, || status(&by_new) == 302);
    assert_eq!(status(&by_old), 403, "the old one no longer");
    write_private(&app.tree, "token.key", "short");
    eventually("a bad secret is no secret", SOON, || status(&by_new) == 403);
    assert!(
        app.log().contains("no token in the cookie t is believed"),
        "{}",
        app.log()
    );
    write_private(&app.tree, "token.key", &old.file);
    eventually("the old one is back", SOON, || status(&by_old) == 302);
    fs::remove_file(path("token.key")).expect("removed");
    eventually("no file, no tokens", SOON, || status(&by_old) == 403);
}

#[test]
fn a_key_file_is_never_minted_resolved_or_served() {
    let signer = Signer::secret("HS256");
    let section = json!({"cookie": "t", "algorithm": "HS256", "secret_file": "placeholder"});
    let tree = tree(&json!([section]), &[]);
    // Below a root, where somebody put it by mistake: in a folder of its own, with a name elsewhere as well.
    fs::create_dir(tree.path.join("root/a/private")).expect("a folder");
    let file = tree.path.join("root/a/private/token.key");
    fs::write(&file, &signer.file).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its mode");
    let mut settings: Value =
        serde_json::from_slice(&tree.read("state/settings.json")).expect("JSON");
    settings["jwt"][0]["secret_file"] = json!(file);
    settings["hard_links"] = json!("write");
    settings["grants"] = json!([{"source": "jwt", "poweruser": true}]);
    tree.write_settings(&settings);
    let app = TestApp::on(tree);
    let cookie = format!("t={}", signer.user("ann"));
    ask_by_cookie(&app, &signer.user("ann")).expect(302);
    fs::hard_link(&file, app.tree.path.join("root/b/innocent.md")).expect("a hard link");
    for (folder, name) in [
        ("root/a/private", "token.key"),
        ("root/a/private", "new.md"),
        ("root/b", "innocent.md"),
    ] {
        let target = app.redirect_target(folder, name, &[]);
        let request = crate::support::Request::get(target).header("Cookie", &cookie);
        app.send(&request).expect(403);
        let key = app.tree.hand_made(folder, name, &json!({}));
        app.get_file(&key).expect(403);
        assert_eq!(
            app.cli(
                &["keys", "mint", &app.tree.at(&format!("{folder}/{name}"))],
                ""
            )
            .status
            .code(),
            Some(1)
        );
    }
}

#[test]
fn no_token_and_no_secret_reaches_the_log() {
    let signer = Signer::secret("HS256");
    let app = app(&signer);
    let good = signer.user("ann-of-the-token");
    ask_by_cookie(&app, &good).expect(302);
    let forged = Signer::secret("HS256").user("bob-of-the-token");
    ask_by_cookie(&app, &forged).expect(403);
    ask_by_cookie(&app, &format!("{good}; t={good}")).expect(403);
    let log = app.log();
    assert!(log.contains("is not believed"), "no reason is given: {log}");
    let parts = good.split('.').chain(forged.split('.')).map(str::to_owned);
    for secret in parts.chain([signer.file.trim().to_owned(), "bob-of-the-token".to_owned()]) {
        let usual = secret == good.split('.').next().unwrap_or_default();
        let found = log.lines().find(|line| line.contains(&secret));
        assert!(
            found.is_none() || usual,
            "in the log: {}",
            found.unwrap_or_default()
        );
    }
}
