//! The requests of `tests/hostile/gate.txt`, through a proxy: none brings out a canary or a 5xx, sent by nobody or by ann.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::scene::Gate;
use super::steps::gate_cookie;
use crate::support::hostile_file::{self, Attack};
use crate::support::{Reply, hash_text, random_key};

const LIST: &str = include_str!("../../hostile/gate.txt");

/// Sends all of them, several at a time, and fails with the names of those that got through.
pub(super) fn nothing_gets_out(gate: &Gate, secrets: &mut Vec<String>) {
    let attacks = hostile_file::read("gate.txt", LIST, &put(gate, secrets));
    assert!(attacks.len() >= 100, "{} lines", attacks.len());
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(attack) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for as_ann in [false, true] {
                        if let Err(why) = attempt(gate, attack, as_ann) {
                            let line: String = attack.bytes.escape_ascii().to_string();
                            let line: String = line.chars().take(160).collect();
                            let who = if as_ann { "ann" } else { "nobody" };
                            let failure = format!("{} by {who}: {line}\n    {why}", attack.name);
                            failures.lock().expect("the list").push(failure);
                        }
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
    // After all of it the proxy serves.
    gate.get_as_ann("/album/allowed/ok.txt", &[]).expect(200);
}

fn put(gate: &Gate, secrets: &mut Vec<String>) -> Vec<(&'static str, String)> {
    let app = &gate.scene.app;
    let key = app.cli_mint("album/allowed/ok.txt");
    let cookie = gate_cookie(gate, &key);
    secrets.extend([key.clone(), cookie.clone()]);
    let (_, carried) = cookie.split_once('=').expect("a value");
    vec![
        ("empty", String::new()),
        ("host", gate.host()),
        (
            "tree",
            app.tree.at("")[1..].trim_end_matches('/').to_owned(),
        ),
        ("editkey", app.address.to_string()),
        ("id", hash_text(&key)),
        ("key_swapped", swapped(&key)),
        ("key", key),
        ("other", random_key()),
        ("ann", gate.ann.clone()),
        ("gate_swapped", swapped(carried)),
        ("gate_cut", carried[..carried.len() - 1].to_owned()),
        ("gate", carried.to_owned()),
    ]
}

fn swapped(text: &str) -> String {
    let swap = |character: char| {
        if character.is_ascii_lowercase() {
            character.to_ascii_uppercase()
        } else {
            character.to_ascii_lowercase()
        }
    };
    text.chars().map(swap).collect()
}

/// One request, as it stands or with ann's cookie besides.
fn attempt(gate: &Gate, attack: &Attack, as_ann: bool) -> Result<(), String> {
    let mut parts = attack.parts().into_iter();
    let line = parts.next().unwrap_or_default();
    let headers: Vec<&[u8]> = parts.collect();
    let says = |name: &str| {
        let begins = |header: &&&[u8]| {
            let start = header.get(..name.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(name.as_bytes())
        };
        headers.iter().any(|header| begins(&header))
    };
    let mut bytes = [line, b" HTTP/1.1\r\nConnection: close\r\n"].concat();
    if !says("Host:") {
        bytes.extend_from_slice(format!("Host: {}\r\n", gate.host()).as_bytes());
    }
    if as_ann {
        bytes.extend_from_slice(format!("Cookie: {}\r\n", gate.ann).as_bytes());
    }
    for header in &headers {
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    let named = |status: u16| attack.allowed.contains(&status);
    let answer = gate.say(&bytes).map_err(|error| error.to_string())?;
    let heard = String::from_utf8_lossy(&answer.bytes);
    for canary in gate.canaries() {
        if heard.contains(canary) {
            return Err(format!("a canary came out: {heard}"));
        }
    }
    if heard.contains("HTTP/1.1 5") && !(501..600).any(named) {
        return Err(format!("a 5xx: {heard}"));
    }
    if heard.to_ascii_lowercase().contains("x-injected:") {
        return Err(format!("a header that is nobody's: {heard}"));
    }
    if !as_ann && (heard.contains(&gate.open) || heard.contains(&gate.upstream.mark)) {
        return Err(format!("nobody got in: {heard}"));
    }
    let reply = Reply::parse(&answer.bytes, line.starts_with(b"HEAD "), answer.closed);
    match reply {
        None if answer.closed => Ok(()),
        None => Err("neither an answer nor an end".to_owned()),
        Some(reply) if !as_ann && !attack.allowed.is_empty() && !named(reply.status) => {
            Err(format!("{reply:?}"))
        }
        Some(_) => Ok(()),
    }
}
