//! What an authorizer is told: by whom it is asked, about what, and what no client can say to it.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::authorizer::{address, app, ask, by_socket, by_tcp, read, request, told, variables};
use crate::support::sign_in::ann;
use crate::support::wire::encode;
use crate::support::{TestApp, audit, eventually, keyfile};

const FILE: &str = "/album/allowed.txt";
const SECRET: &str = "/album/private/secret.txt";

#[test]
fn an_authorizer_is_told_of_grants_keys_and_rules() {
    let app = app(|_| ());
    let key = app.cli_mint("root/a/album/allowed.txt");
    let cookie = ann(&app).header().expect("a cookie");
    let query = format!("{FILE}?accesskey={key}");
    let bearer = format!("Bearer {key}");
    for (uri, more, status, user) in [
        (FILE, vec![], 401, None),
        (&query, vec![], 200, Some("")),
        (FILE, vec![("HTTP_AUTHORIZATION", &*bearer)], 200, Some("")),
        (SECRET, vec![("HTTP_AUTHORIZATION", &*bearer)], 401, None),
        (SECRET, vec![("HTTP_COOKIE", &*cookie)], 200, Some("ann")),
        ("/other", vec![("HTTP_COOKIE", &*cookie)], 403, None),
        ("/wiki", vec![("HTTP_COOKIE", &*cookie)], 200, Some("ann")),
        ("/wiki", vec![], 401, None),
        ("/wiki/open", vec![], 200, Some("")),
        (
            FILE,
            vec![
                ("HTTP_AUTHORIZATION", &*bearer),
                ("REQUEST_METHOD", "DELETE"),
            ],
            200,
            Some(""),
        ),
    ] {
        let answer = ask(&app, uri, &more);
        assert_eq!(answer.status, status, "{uri} {more:?}");
        let named = answer.headers.get("variable-remote_user");
        assert_eq!(named.map(String::as_str), user, "{uri}");
        if status == 200 {
            let mut names: Vec<&str> = answer.headers.keys().map(String::as_str).collect();
            names.sort_unstable();
            let all = ["email", "groups", "name", "user"];
            assert_eq!(names, all.map(|one| format!("variable-remote_{one}")));
        } else if status == 401 {
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
    let mut line = by_socket(&app);
    line.write_all(&request(3, &variables(&query, &[])))
        .expect("sent");
    assert_eq!(told(&mut line, 3).status, 200);
    assert!(!app.log().contains(&key));
}

#[test]
fn no_client_names_what_the_configuration_asks_for() {
    let app = app(|_| ());
    let cookie = ann(&app).header().expect("a cookie");
    let by = |more: &[(&str, &str)]| {
        let mut all = vec![("HTTP_COOKIE", cookie.as_str())];
        all.extend_from_slice(more);
        ask(&app, "/other", &all).status
    };
    assert_eq!(by(&[("EDITKEY_REQUIRE", "998")]), 200);
    assert_eq!(by(&[("EDITKEY_REQUIRE", "0")]), 403);
    // What a client sends, and what is said twice or is nothing.
    for more in [
        &[("HTTP_EDITKEY_REQUIRE", "999")][..],
        &[("editkey_require", "999")],
        &[("REDIRECT_EDITKEY_REQUIRE", "999")],
        &[("EDITKEY_REQUIRE", "999"), ("EDITKEY_REQUIRE", "999")],
        &[("EDITKEY_REQUIRE", "")],
    ] {
        assert_eq!(by(more), 403, "{more:?}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let app = app(|_| ());
    let key = app.cli_mint("root/a/album/allowed.txt");
    let bearer = format!("Bearer {key}");
    let two = format!("Bearer {key}, Bearer {key}");
    let query = format!("{FILE}?accesskey={key}");
    let twice = format!("{query}&accesskey={key}");
    let host = "files.example.org, files.example.org";
    let cookie = ann(&app).header().expect("a cookie");
    let joined = format!("{cookie}, other=1");
    let again = format!("{cookie}; {cookie}");
    for (uri, more) in [
        (FILE, vec![("HTTP_AUTHORIZATION", &*two)]),
        (
            FILE,
            vec![
                ("HTTP_AUTHORIZATION", &*bearer),
                ("HTTP_AUTHORIZATION", &*bearer),
            ],
        ),
        (&query, vec![("HTTP_HOST", host)]),
        (
            &query,
            vec![("HTTP_HOST", "files.example.org"), ("HTTP_HOST", "x")],
        ),
        (&query, vec![("HTTP_HOST", "")]),
        (
            &query,
            vec![("REQUEST_URI", &*query), ("REQUEST_URI", &*query)],
        ),
        (&query, vec![("REQUEST_METHOD", "")]),
        (&twice, vec![]),
        (FILE, vec![("HTTP_COOKIE", &*joined)]),
        (FILE, vec![("HTTP_COOKIE", &*again)]),
        (
            FILE,
            vec![("HTTP_COOKIE", &*cookie), ("HTTP_COOKIE", "a=b")],
        ),
        ("", vec![("HTTP_COOKIE", &*cookie)]),
    ] {
        let status = ask(&app, uri, &more).status;
        assert!(matches!(status, 401 | 403), "{status}: {uri} {more:?}");
    }
}

#[test]
fn a_browser_is_sent_to_sign_in_and_a_script_is_not() {
    let app = app(|_| ());
    let page = ("HTTP_ACCEPT", "text/html");
    let answer = ask(&app, "/album/allowed.txt?a=b", &[page]);
    assert_eq!(answer.status, 303);
    let back = encode("https://files.example.org/album/allowed.txt?a=b");
    assert_eq!(
        answer.headers["location"],
        format!("http://edit.example.org/login?rd={back}")
    );
    // The scheme is the server's word, never the client's.
    let scheme = ("REQUEST_SCHEME", "http");
    for (more, back) in [
        (vec![scheme, page], "http%3A"),
        (vec![scheme, page, ("HTTPS", "on")], "https%3A"),
        (vec![scheme, page, ("HTTPS", "off")], "http%3A"),
        (
            vec![scheme, page, ("HTTP_X_FORWARDED_PROTO", "https")],
            "http%3A",
        ),
    ] {
        let location = &ask(&app, FILE, &more).headers["location"];
        assert!(location.contains(&format!("?rd={back}")), "{location}");
    }
    let script = ("HTTP_X_REQUESTED_WITH", "XMLHttpRequest");
    assert_eq!(ask(&app, FILE, &[page, script]).status, 401);
}

#[test]
fn only_a_trusted_proxy_is_answered() {
    let app = app(|settings| settings["trusted_proxies"] = json!(["127.0.0.9"]));
    let mut line = by_tcp(&app);
    let _ = line.write_all(&request(1, &variables("/wiki/open", &[])));
    assert_eq!(read(&mut line), None);
    // A Unix socket is as good as its folder's mode.
    let mut line = by_socket(&app);
    line.write_all(&request(1, &variables("/wiki/open", &[])))
        .expect("sent");
    assert_eq!(told(&mut line, 1).status, 200);
}

#[test]
fn an_address_in_use_is_said_with_its_setting() {
    let first = app(|_| ());
    let taken = address(&first).to_string();
    let second = crate::support::Tree::with(|settings| {
        settings["gate"] = json!({"fastcgi_listen": [taken]});
    });
    let said = TestApp::try_on(std::sync::Arc::new(second));
    let said = said.err().expect("no second server there");
    assert!(said.contains("in use by another program"), "{said}");
    assert!(said.contains("gate.fastcgi_listen"), "{said}");
}

#[test]
fn at_the_end_the_socket_is_gone_and_what_has_begun_is_answered() {
    let mut app = app(|_| ());
    let socket = app.tree.path.join("state/fcgi.sock");
    assert!(socket.exists());
    let mut idle = by_socket(&app);
    let mut begun = by_tcp(&app);
    let bytes = request(1, &variables("/wiki/open", &[]));
    let (first, rest) = bytes.split_at(60);
    begun.write_all(first).expect("sent");
    // It has been taken: another connection was, later.
    assert_eq!(ask(&app, "/wiki/open", &[]).status, 200);
    let id = app.id().to_string();
    assert!(
        Command::new("kill")
            .arg(&id)
            .status()
            .expect("kill")
            .success()
    );
    assert_eq!(read(&mut idle), None);
    eventually("the socket is gone", Duration::from_secs(10), || {
        !socket.exists()
    });
    begun.write_all(rest).expect("sent");
    assert_eq!(told(&mut begun, 1).status, 200);
    app.kill();
}

#[test]
fn an_authorizer_tells_the_audit_log_of_keys_and_of_the_clients_address() {
    let app = app(|settings| {
        settings["audit"] = json!({"address": "full"});
    });
    let key = app.cli_mint("root/a/album/allowed.txt");
    let bearer = format!("Bearer {key}");
    let of_client = [
        ("HTTP_AUTHORIZATION", &*bearer),
        ("REMOTE_ADDR", "198.51.100.7"),
    ];
    assert_eq!(ask(&app, FILE, &of_client).status, 200);
    assert_eq!(ask(&app, SECRET, &of_client).status, 401);
    let key = keyfile::id(&key);
    let key = key.trim_start_matches("sha256:");
    let from = "198.51.100.7";
    audit::told(
        &app,
        &json!({"act": "open", "key": key, "why": "gate", "from": from}),
    );
    audit::told(
        &app,
        &json!({"act": "refuse", "key": key, "why": "not here", "from": from}),
    );
}
