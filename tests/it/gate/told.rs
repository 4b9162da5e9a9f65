//! The audit log is told of each key that passes, and of each that does not.

use serde_json::json;

use super::{PROXIES, Scene, asked};
use crate::support::audit::{lines, told};
use crate::support::keyfile::id;
use crate::support::random_key;

#[test]
fn the_gate_tells_each_key_that_passes_and_each_that_does_not() {
    let scene = Scene::new();
    let app = &scene.app;
    let bare = |key: &str| id(key).trim_start_matches("sha256:").to_owned();
    let (key, unknown) = (app.cli_mint("root/a/doc.md"), random_key());
    for proxy in PROXIES {
        app.send(&asked(proxy, "GET", "/album/doc.md").bearer(&key))
            .expect(200);
        app.send(&asked(proxy, "GET", "/album/deep/x.md").bearer(&key));
        app.send(&asked(proxy, "GET", "/album/doc.md").bearer(&unknown));
    }
    for (key, act, why) in [
        (&key, "open", "gate"),
        (&key, "refuse", "not here"),
        (&unknown, "refuse", "unknown"),
    ] {
        told(
            app,
            &json!({"act": act, "key": bare(key), "why": why, "from": "127.0.0.0/24"}),
        );
    }
    let opens = lines(&app.tree)
        .iter()
        .filter(|line| line["act"] == "open")
        .count();
    assert_eq!(opens, 1, "repeats are counted");
}
