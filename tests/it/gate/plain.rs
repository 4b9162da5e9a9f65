//! What is asked all the time is answered before the router. The router knows it too, under another spelling of the same
//! address: both answers are one.

use serde_json::json;

use super::{PROXIES, Scene, asked};
use crate::support::{Reply, Request, TestApp, random_key};

/// All but the time of the answer.
fn told(reply: Reply) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers = reply.headers;
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
    headers.sort();
    (reply.status, headers, reply.body)
}

/// Sends the request as it is spelled, and by way of the router; both are answered with `status`.
#[track_caller]
fn alike(app: &TestApp, request: &Request, status: u16) {
    let plain = app.send(request).expect(status);
    let target = request.target();
    let spelled = match target.strip_prefix("/auth/") {
        Some(rest) => format!("/%61uth/{rest}"),
        None => target
            .replace("/api/file", "/api/%66ile")
            .replace("/redirect", "/%72edirect"),
    };
    assert_ne!(spelled, target);
    let routed = app.send(&request.to(spelled));
    assert_eq!(told(plain), told(routed), "{target}");
}

#[test]
fn a_verdict_is_the_same_before_the_router_and_behind_it() {
    let scene = Scene::new();
    let key = scene.app.cli_mint("root/a/doc.md");
    let ann = scene.cookie("ann", "staff", 4);
    for proxy in PROXIES.into_iter().filter(|proxy| *proxy != "envoy") {
        let ask = |url: &str| asked(proxy, "GET", url);
        alike(&scene.app, &ask("/album/doc.md").bearer(&key), 200);
        alike(&scene.app, &ask("/album/none.md").bearer(&key), 401);
        alike(&scene.app, &ask("/album/doc.md").bearer(&random_key()), 401);
        alike(
            &scene.app,
            &ask("/album/doc.md").header("Cookie", &ann),
            200,
        );
        alike(&scene.app, &ask("/secret/b.md").header("Cookie", &ann), 403);
        alike(&scene.app, &ask("/album/../doc.md").bearer(&key), 403);
        alike(&scene.app, &Request::get(format!("/auth/{proxy}")), 403);
        let posted = Request::new("POST", format!("/auth/{proxy}"));
        alike(&scene.app, &posted.bearer(&key), 403);
    }
    // Whoever may not ask is told that there is nothing, as at any address.
    let other = Scene::with(|settings| settings["trusted_proxies"] = json!(["192.0.2.1"]));
    for accept in ["*/*", "text/html"] {
        let ask = asked("nginx", "GET", "/album/doc.md").header("Accept", accept);
        alike(&other.app, &ask, 404);
    }
}

#[test]
fn a_file_is_the_same_before_the_router_and_behind_it() {
    let app = TestApp::start();
    let key = app.mint("root/a", "doc.md", &app.editor("ann"));
    let tag = app.get_file(&key).expect(200);
    let tag = tag.header("etag").expect("an entity tag").to_owned();
    for method in ["GET", "HEAD"] {
        let ask = || Request::new(method, "/api/file");
        alike(&app, &ask().bearer(&key), 200);
        alike(&app, &ask().bearer(&random_key()), 403);
        alike(&app, &ask(), 403);
        let again = ask().bearer(&key).header("If-None-Match", &tag);
        alike(&app, &again, 304);
        let by_query = Request::new(method, format!("/api/file?accesskey={key}"));
        alike(&app, &by_query, 200);
        let other = by_query.bearer(&random_key());
        alike(&app, &other, 400);
    }
    let part = Request::get("/api/file").bearer(&key);
    alike(&app, &part.header("Range", "bytes=2-3"), 206);
    alike(&app, &Request::new("DELETE", "/api/file").bearer(&key), 405);
}

#[test]
fn a_bookmark_is_the_same_before_the_router_and_behind_it() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let dirname = app.tree.at("root/a");
    for address in ["/redirect", "/php/redirect.php"] {
        let ask = |name: &str| {
            let target = format!("{address}?dirname={dirname}&basename={name}");
            Request::get(target).header("Accept", "text/html")
        };
        alike(&app, &ask("doc.md").jar(&ann), 302);
        for language in ["en", "de"] {
            let spoken = |name: &str| ask(name).header("Accept-Language", language);
            alike(&app, &spoken("doc.md"), 403);
            alike(&app, &spoken("..").jar(&ann), 400);
            let fetched = spoken("doc.md").jar(&ann);
            alike(&app, &fetched.header("Sec-Fetch-Mode", "cors"), 403);
            // Another site sent them: a button first.
            let sent = spoken("new.md").jar(&ann);
            alike(&app, &sent.header("Sec-Fetch-Site", "cross-site"), 200);
        }
        alike(&app, &Request::get(address).jar(&ann), 400);
        alike(&app, &Request::new("HEAD", address).jar(&ann), 405);
    }
}
