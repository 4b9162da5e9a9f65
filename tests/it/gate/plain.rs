//! A verdict before the router and behind it.

use serde_json::json;

use super::{PROXIES, Scene, asked};
use crate::plain::alike;
use crate::support::{Request, random_key};

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
