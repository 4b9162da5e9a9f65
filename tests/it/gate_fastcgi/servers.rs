//! Apache and lighttpd before a directory, and Apache before an application.

use super::authorizer::HOST;
use super::scene::{Kind, Scene, get};
use crate::support::sign_in::ann;
use crate::support::wire::encode;
use crate::support::{Jar, Request};

#[test]
fn apache_serves_what_grants_and_keys_cover() {
    files(&Scene::start(Kind::Apache));
}

#[test]
fn lighttpd_serves_what_grants_and_keys_cover() {
    files(&Scene::start(Kind::Lighttpd));
}

fn files(scene: &Scene) {
    let key = &scene.key;
    let query = format!("/album/allowed.txt?accesskey={key}");
    let by_query = scene.send(&get(&query)).expect(200);
    assert_eq!(by_query.text(), "allowed\n");
    let policy = by_query
        .header("content-security-policy")
        .expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("; sandbox;"),
        "{policy}"
    );
    assert_eq!(by_query.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(by_query.header("referrer-policy"), Some("no-referrer"));
    let bearer = get("/album/allowed.txt").bearer(key);
    assert_eq!(scene.send(&bearer).expect(200).text(), "allowed\n");
    let refused = scene.send(&get("/album/allowed.txt")).expect(401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    let secret = format!("/album/private/secret.txt?accesskey={key}");
    scene.send(&get(&secret)).expect(401);
    // What is not there is refused like what is.
    for target in ["/album/no-such.txt", "/album/", "/album/no/such/"] {
        scene.send(&get(target)).expect(401);
    }

    let jar = ann(&scene.app);
    let of_ann = |target: &str| get(target).jar(&jar);
    let secret = scene.send(&of_ann("/album/private/secret.txt")).expect(200);
    assert_eq!(secret.text(), scene.app.tree.beyond);
    scene.send(&of_ann("/album/no-such.txt")).expect(404);
    let name = format!(
        "/album/{}/{}",
        encode("sub dir"),
        encode("ü 100% \"q\" it's.txt")
    );
    assert_eq!(
        scene.send(&of_ann(&name)).expect(200).text(),
        "a name of all kinds\n"
    );
    let page = scene.send(&of_ann("/album/page.html")).expect(200);
    assert_eq!(page.header("content-security-policy"), Some(policy));

    large(scene, &jar);

    let cookie = by_button(scene);
    assert!(!cookie.contains(key), "the key itself is in a cookie");
    let carried = get("/album/allowed.txt").header("Cookie", &cookie);
    assert_eq!(scene.send(&carried).expect(200).text(), "allowed\n");
    let elsewhere = get("/album/big.bin").header("Cookie", &cookie);
    scene.send(&elsewhere).expect(401);

    // By another name, which the mounts do not name, there is nothing.
    for host in [
        "evil.example",
        "files.example.org.evil.example",
        "127.0.0.1",
    ] {
        let other = Request::get(&query).header("Host", host);
        scene.send(&other).expect(403);
    }
    down(scene, &query);
}

/// Fifty megabytes, and a hundred bytes of them.
fn large(scene: &Scene, jar: &Jar) {
    let of_ann = get("/album/big.bin").jar(jar);
    let big = scene.send(&of_ann).expect(200).body;
    assert_eq!(big.len(), 50_000_000);
    assert!(big.iter().copied().eq((0..=250).cycle().take(50_000_000)));
    let part = of_ann.header("Range", "bytes=40000000-40000099");
    let part = scene.send(&part).expect(206);
    assert_eq!(part.body, big[40_000_000..40_000_100]);
}

/// The gate's cookie, as the button of `/enter` gives it.
fn by_button(scene: &Scene) -> String {
    use crate::support::sign_in::{own, token};
    let mut jar = Jar::default();
    let rd = format!("https://{HOST}/album/allowed.txt");
    let target = format!("/enter?accesskey={}&rd={}", scene.key, encode(&rd));
    let page = scene.app.send(&own("GET", &target, &jar)).expect(200);
    jar.absorb(&page);
    let (key, token) = (&scene.key, token(&page));
    let body = format!("accesskey={key}&token={token}&rd={}", encode(&rd));
    let reply = scene
        .app
        .send(&own("POST", "/enter", &jar).body(body))
        .expect(303);
    jar.absorb(&reply);
    let cookies = jar.header().expect("cookies");
    let mut cookies = cookies.split("; ");
    cookies
        .find(|one| one.starts_with("editkey_gate="))
        .expect("the gate's cookie")
        .to_owned()
}

/// Without editkey nothing is served, and nothing secret is logged then either.
fn down(scene: &Scene, query: &str) {
    let id = scene.app.id().to_string();
    let told = std::process::Command::new("kill")
        .args(["-9", &id])
        .status();
    assert!(told.expect("kill").success());
    for _ in 0..3 {
        let reply = scene.send(&get(query));
        assert!(matches!(reply.status, 500 | 503), "{reply:?}");
        assert!(!reply.text().contains("allowed"));
        assert!(!reply.text().contains(&scene.key));
    }
    let logs = scene.logs();
    assert!(logs.contains("GET /album/allowed.txt"), "{logs}");
    assert!(!logs.contains(&scene.key), "{logs}");
}

#[test]
fn apache_tells_an_application_who_asks_and_takes_no_clients_word() {
    let scene = Scene::start(Kind::Apache);
    let jar = ann(&scene.app);
    let lies = [
        "Remote-User",
        "Remote-Email",
        "Remote-Groups",
        "Remote-Name",
        "Remote_User",
        "remote_user",
        "REMOTE_NAME",
        "Variable-REMOTE_USER",
        "Editkey-Require",
        "EDITKEY_REQUIRE",
    ];
    let forged = |request: Request, connection: &str| {
        let request = lies
            .iter()
            .fold(request, |request, lie| request.header(lie, "root"));
        request.header("Connection", connection)
    };
    for connection in [
        "close",
        "close, Remote-User",
        "remote-user, Remote_Name, remote-groups",
    ] {
        for (target, jar, user) in [
            ("/wiki/a?b=c", &jar, "ann"),
            ("/wiki/open", &Jar::default(), ""),
        ] {
            let request = forged(get(target).jar(jar), connection);
            let seen = scene.send(&request).expect(200).text();
            told(&seen, target, user);
            assert!(!seen.contains("editkey-"), "our cookie reached it: {seen}");
        }
        scene.send(&forged(get("/wiki"), connection)).expect(401);
        scene
            .send(&forged(get("/wiki/x").bearer(&scene.key), connection))
            .expect(401);
        scene
            .send(&forged(
                get("/album/allowed.txt").jar(&Jar::default()),
                connection,
            ))
            .expect(401);
    }
    let cookies = format!(
        "a=1; {}; editkey_gate=kx; __Host-editkey=y; __Host-editkey-form=z; editkeys=2; b=3",
        jar.header().expect("a cookie")
    );
    let seen = scene
        .send(&get("/wiki").header("Cookie", &cookies))
        .expect(200)
        .text();
    let cookie = seen.lines().find(|line| line.starts_with("Cookie:"));
    assert_eq!(cookie, Some("Cookie: a=1; b=3"), "{seen}");
    scene.send(&get("/")).expect(403);
    scene
        .send(&Request::new("TRACE", "/album/").header("Host", HOST))
        .expect(405);
}

/// That the application was told that this is `user`, and nothing else about anybody.
#[track_caller]
fn told(seen: &str, target: &str, user: &str) {
    assert!(seen.starts_with(&format!("GET {target} ")), "{seen}");
    let mut named: Vec<(String, &str)> = Vec::new();
    for (name, value) in seen.lines().filter_map(|line| line.split_once(':')) {
        let name = name.to_ascii_lowercase().replace('_', "-");
        if name.starts_with("remote-") {
            named.push((name, value.trim()));
        }
    }
    named.sort();
    let expected = [("email", ""), ("groups", ""), ("name", ""), ("user", user)];
    let expected = expected.map(|(name, value)| (format!("remote-{name}"), value));
    assert_eq!(named, expected, "{seen}");
}

#[test]
fn apaches_own_configuration_may_name_who_may_pass() {
    let scene = Scene::with(Kind::Apache, |text| {
        let location = "    <Location \"/wiki\">\n";
        assert!(text.contains(location));
        // The line is the comment's own.
        assert!(text.contains("#   SetEnvIf Request_URI ^ EDITKEY_REQUIRE=staff"));
        text.replace(
            location,
            &format!("{location}SetEnvIf Request_URI ^ EDITKEY_REQUIRE=998\n"),
        )
    });
    requirement(&scene, "/wiki/open", &ann(&scene.app));
}

#[test]
fn lighttpds_own_configuration_may_name_who_may_pass() {
    let scene = Scene::with(Kind::Lighttpd, |text| {
        let line = "# setenv.set-environment = ( \"EDITKEY_REQUIRE\" => \"staff\" )";
        assert!(text.contains(line));
        text.replace(
            line,
            "setenv.set-environment = ( \"EDITKEY_REQUIRE\" => \"998\" )",
        )
    });
    requirement(&scene, "/album/allowed.txt", &ann(&scene.app));
}

/// Who signed in passes, and nobody else: no key, and no word of a client's.
fn requirement(scene: &Scene, target: &str, jar: &Jar) {
    scene.send(&get(target).jar(jar)).expect(200);
    scene.send(&get(target).bearer(&scene.key)).expect(401);
    for lie in [
        "EDITKEY_REQUIRE",
        "Editkey-Require",
        "HTTP_EDITKEY_REQUIRE",
        "Env-EDITKEY_REQUIRE",
    ] {
        scene.send(&get(target).header(lie, "999")).expect(401);
        let both = get(&format!("{target}?EDITKEY_REQUIRE=999")).header(lie, "999");
        scene.send(&both).expect(401);
    }
}
