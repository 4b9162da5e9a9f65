//! What is asked all the time is answered before the router. The router knows it too, under another spelling of the same
//! address: both answers are one. Verdicts stand with the gate.

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
pub(crate) fn alike(app: &TestApp, request: &Request, status: u16) {
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
