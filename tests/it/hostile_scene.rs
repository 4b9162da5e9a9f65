//! What the attacks in `tests/hostile/` aim at, and what must hold after each and after all of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::hostile_file::{self, Attack};
use crate::support::wire::{encode, exchange};
use crate::support::{Jar, Reply, TestApp, hash_text, random_key};

/// One server, two visitors and a good key, for the attacks to aim at.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) poweruser: Jar,
    pub(crate) narrow: Jar,
    put: Vec<(&'static str, String)>,
}

impl Scene {
    pub(crate) fn set() -> Self {
        let app = TestApp::start();
        let poweruser = app.poweruser();
        let narrow = app.editor("ann");
        let key = app.mint("root/a", "doc.md", &narrow);
        let etag = app
            .get_file(&key)
            .expect(200)
            .header("etag")
            .map(str::to_owned);
        let swapped = key.chars().map(swap_case).collect();
        let reversed = key.chars().rev().collect();
        let granted =
            app.host_grant(&json!({"user": "eve", "directories": [app.tree.at("root/a")]}));
        let url = granted.expect(201).json()["url"]
            .as_str()
            .map(str::to_owned);
        let ticket = url.as_deref().and_then(|url| url.split_once("ticket="));
        let put = vec![
            ("empty", String::new()),
            ("base", app.tree.at("")),
            ("a", app.tree.at("root/a")),
            ("b", app.tree.at("root/b")),
            ("ea", encode(&app.tree.at("root/a"))),
            ("outside", app.tree.at("outside")),
            ("host", app.address.to_string()),
            ("auth", format!("Authorization: Bearer {key}")),
            (
                "cookie",
                format!("Cookie: {}", narrow.header().expect("a cookie")),
            ),
            ("etag", etag.expect("an entity tag")),
            (
                "redirect",
                app.redirect_target("root/a", "untouched.md", &[]),
            ),
            ("poweruser", r#"{"poweruser":true}"#.to_owned()),
            ("ticket", ticket.expect("a ticket").1.to_owned()),
            ("other", random_key()),
            ("id", hash_text(&key)),
            ("key64", STANDARD.encode(format!("{key}:{key}"))),
            ("key_short", key[..23].to_owned()),
            ("key_swapped", swapped),
            ("key_reversed", reversed),
            ("key", key),
        ];
        let put = put
            .into_iter()
            .map(|(name, value)| (name, value.trim_end_matches('/').to_owned()));
        Self {
            put: put.collect(),
            app,
            poweruser,
            narrow,
        }
    }

    fn named(&self, name: &str) -> &str {
        let found = self.put.iter().find(|(have, _)| *have == name);
        found.map_or("", |(_, value)| value)
    }

    /// Says `bytes`, checks what holds for every answer, and returns the first one. Without an answer: `None`.
    pub(crate) fn attack(
        &self,
        bytes: &[u8],
        bodiless: bool,
        narrow: bool,
    ) -> Result<Option<Reply>, String> {
        let answer = exchange(self.app.address, bytes, bodiless).ok_or("the server is gone")?;
        let heard = String::from_utf8_lossy(&answer.bytes);
        if heard.contains(&self.app.tree.canary) {
            return Err(format!("the canary came out: {heard}"));
        }
        if narrow && heard.contains(&self.app.tree.beyond) {
            return Err(format!("a file beyond the grant came out: {heard}"));
        }
        if let Some(at) = heard.find("HTTP/1.1 5") {
            return Err(format!("a 5xx: {}", &heard[at..]));
        }
        let lower = heard.to_ascii_lowercase();
        if lower.contains("x-injected:") || lower.contains("access-control-allow") {
            return Err(format!("a header that is not ours: {heard}"));
        }
        let reply = Reply::parse(&answer.bytes, bodiless, answer.closed);
        if reply.is_none() && !answer.closed {
            return Err("neither an answer nor an end".to_owned());
        }
        Ok(reply)
    }

    /// Runs `case` for every attack, several at a time, and fails with the names of all that got through.
    pub(crate) fn run(
        &self,
        file: &str,
        text: &str,
        at_least: usize,
        case: impl Fn(&Attack) -> Result<(), String> + Sync,
    ) {
        let attacks = hostile_file::read(file, text, &self.put);
        assert!(
            attacks.len() >= at_least,
            "{file} has {} lines",
            attacks.len()
        );
        let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    while let Some(attack) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Err(why) = case(attack) {
                            let shown = attack.bytes.escape_ascii().to_string();
                            let line: String = shown.chars().take(160).collect();
                            let failure = format!("{}: {line}\n    {why}", attack.name);
                            failures.lock().expect("the list").push(failure);
                        }
                    }
                });
            }
        });
        let mut failures = failures.into_inner().expect("the list");
        failures.sort();
        assert!(
            failures.is_empty(),
            "{} got through:\n{}",
            failures.len(),
            failures.join("\n")
        );
        self.unharmed();
    }

    /// After all of it: the server serves, and every file is as it was.
    fn unharmed(&self) {
        let tree = &self.app.tree;
        assert_eq!(
            self.app.get_file(self.named("key")).expect(200).body,
            b"# A document\n"
        );
        assert_eq!(tree.read("outside/canary.txt"), tree.canary.as_bytes());
        assert_eq!(tree.read("outside/hard.md"), tree.canary.as_bytes());
        assert_eq!(tree.read("root/b/b.md"), tree.beyond.as_bytes());
        assert_eq!(self.app.ready(), 200);
    }
}

fn swap_case(character: char) -> char {
    if character.is_ascii_lowercase() {
        character.to_ascii_uppercase()
    } else {
        character.to_ascii_lowercase()
    }
}
