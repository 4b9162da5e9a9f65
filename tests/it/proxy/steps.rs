//! What passes through a proxy, and what does not.

use super::Scene;
use crate::support::Reply;
use crate::support::sign_in::{PASSWORD, form, token};

pub(super) fn the_editor_loads(scene: &Scene, key: &str) {
    let page = scene
        .ask("GET", &format!("?accesskey={key}"), &[], None)
        .expect(200)
        .text();
    assert!(page.contains("doc.md"), "{page}");
    let script = page
        .split_once("src=\"./")
        .and_then(|(_, rest)| rest.split('"').next());
    let reply = scene
        .ask(
            "GET",
            script.expect("a script"),
            &["Accept-Encoding: br"],
            None,
        )
        .expect(200);
    assert_eq!(reply.header("content-encoding"), Some("br"));
    assert!(
        reply
            .header("cache-control")
            .is_some_and(|value| value.contains("immutable"))
    );
    // Outside the base path the proxy has other things to serve.
    scene.ask("GET", "nowhere", &[], None).expect(404);
}

pub(super) fn three_megabytes_pass(scene: &Scene, key: &str) {
    let tree = &scene.app.tree;
    let bearer = format!("Authorization: Bearer {key}");
    let before = scene
        .ask(
            "GET",
            "api/file",
            &[&bearer, "Accept-Encoding: gzip, br"],
            None,
        )
        .expect(200);
    assert!(
        before.header("content-encoding").is_none(),
        "compressed beside a key: {before:?}"
    );
    assert_eq!(before.header("cache-control"), Some("no-store"));
    let etag = format!(
        "If-Match: {}",
        before.header("etag").expect("an entity tag")
    );
    let bytes: Vec<u8> = (0..3_u32 << 18)
        .flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    tree.write("large", &bytes);
    let large = tree.path.join("large");
    scene
        .ask("PUT", "api/file", &[&bearer, &etag], Some(&large))
        .expect(204);
    scene
        .ask("PUT", "api/file", &[&bearer, &etag], Some(&large))
        .expect(412);
    assert_eq!(tree.read("root/a/doc.md"), bytes);
    assert!(
        scene
            .ask("GET", "api/file", &[&bearer], None)
            .expect(200)
            .body
            == bytes
    );
}

/// The address of the client is what the proxy saw, and nobody who comes by way of it is local.
pub(super) fn no_word_of_the_client_is_believed(scene: &Scene, secrets: &mut Vec<String>) {
    let details = |reply: Reply| reply.expect(200).text().contains("keys ");
    assert!(details(scene.ask_from(
        "127.0.0.9",
        "GET",
        "readyz",
        &[],
        None
    )));
    assert!(!details(scene.ask("GET", "readyz", &[], None)));
    for lie in [
        "X-Forwarded-For: 127.0.0.9",
        "Forwarded: for=127.0.0.9",
        "X-Real-IP: 127.0.0.9",
    ] {
        assert!(!details(scene.ask("GET", "readyz", &[lie], None)), "{lie}");
    }
    let output = scene.app.cli(&["login", "--no-browser"], "");
    let link = String::from_utf8(output.stdout).expect("UTF-8");
    let ticket = link
        .trim()
        .split_once("ticket=")
        .expect("a ticket")
        .1
        .to_owned();
    let local = format!("Host: {}", scene.app.address);
    scene.ask("GET", &format!("enter?ticket={ticket}"), &[&local], None);
    scene
        .ask("GET", &format!("enter?ticket={ticket}"), &[], None)
        .expect(403);
    secrets.push(ticket);
}

/// Signing in by a password through the proxy, over TLS, with cookies that browsers send over TLS alone.
pub(super) fn somebody_signs_in(scene: &Scene, secrets: &mut Vec<String>) {
    let way = scene.ask("GET", "", &[], None).expect(303);
    let location = way.header("location").expect("a way").to_owned();
    let page = scene.ask("GET", &location[2..], &[], None).expect(200);
    let cookie = page.header("set-cookie").expect("a cookie").to_owned();
    assert!(cookie.starts_with("__Host-editkey-form="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    let pair = cookie.split(';').next().expect("its pair");
    let tree = &scene.app.tree;
    tree.write("sign-in", form("ann", PASSWORD, &token(&page)));
    let sign_in = tree.path.join("sign-in");
    let cookie = format!("Cookie: {pair}");
    let own = format!("Origin: {}", scene.origin());
    for foreign in ["Origin: https://evil.example", "Origin: null"] {
        scene
            .ask("POST", "login", &[&cookie, foreign], Some(&sign_in))
            .expect(403);
    }
    let reply = scene
        .ask("POST", "login", &[&cookie, &own], Some(&sign_in))
        .expect(303);
    let cookies: Vec<&str> = reply
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(cookies.len(), 2, "{reply:?}");
    let mut pairs = Vec::new();
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-editkey"), "{cookie}");
        assert!(cookie.contains("; Secure"), "{cookie}");
        pairs.push(cookie.split(';').next().expect("its pair"));
    }
    let session = format!("Cookie: {}", pairs.join("; "));
    let start = scene.ask("GET", "", &[&session], None).expect(200);
    assert!(start.text().contains("Signed in as"), "{}", start.text());
    secrets.push(PASSWORD.to_owned());
    for pair in pairs {
        secrets.push(pair.split_once('=').expect("a value").1.to_owned());
    }
}
