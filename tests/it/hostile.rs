//! The lists in `tests/hostile/`, one named case a line, over a raw socket: none is answered 5xx, none gets a canary,
//! none changes a file.

use std::path::Path;

use crate::hostile_scene::Scene;
use crate::support::hostile_file::{self, Attack};
use crate::support::{Jar, Reply, Request, keyfile};

/// The line's own rule, or else the list's.
fn held(attack: &Attack, reply: Option<&Reply>, usual: &[u16]) -> Result<(), String> {
    let allowed = if attack.allowed.is_empty() {
        usual
    } else {
        &attack.allowed[..]
    };
    match reply {
        None if attack.may_close => Ok(()),
        None => Err("closed without an answer".to_owned()),
        Some(reply) if allowed.is_empty() || allowed.contains(&reply.status) => Ok(()),
        Some(reply) => Err(format!("{} where {allowed:?} is right", reply.status)),
    }
}

#[test]
fn the_lists_are_long_and_readable() {
    const NAMES: &[&str] = &[
        "empty",
        "base",
        "a",
        "b",
        "ea",
        "outside",
        "host",
        "auth",
        "cookie",
        "etag",
        "redirect",
        "poweruser",
        "ticket",
        "other",
        "id",
        "key64",
        "key_short",
        "key_swapped",
        "key_reversed",
        "key",
    ];
    let put: Vec<_> = NAMES.iter().map(|name| (*name, "x".to_owned())).collect();
    let count = |file, text| {
        let attacks = hostile_file::read(file, text, &put);
        let lines: std::collections::BTreeSet<_> =
            attacks.iter().map(|attack| &attack.bytes).collect();
        assert!(lines.len() + 25 > attacks.len(), "{file} repeats itself");
        attacks.len()
    };
    let total = count("paths.txt", include_str!("../hostile/paths.txt"))
        + count("keys.txt", include_str!("../hostile/keys.txt"))
        + count("hosts.txt", include_str!("../hostile/hosts.txt"))
        + count("headers.txt", include_str!("../hostile/headers.txt"))
        + count("redirects.txt", include_str!("../hostile/redirects.txt"));
    assert!(total >= 170, "{total}");
}

#[test]
fn paths() {
    let scene = Scene::set();
    let text = include_str!("../hostile/paths.txt");
    scene.run("paths.txt", text, 90, |attack| {
        let narrow_only = attack.bytes.strip_prefix(b"narrow: ");
        let parts = attack.parts();
        let (dirname, basename) = match (narrow_only, parts.as_slice()) {
            (None, [dirname, basename]) => (*dirname, *basename),
            (Some(_), [dirname, basename]) => (&dirname[b"narrow: ".len()..], *basename),
            _ => return Err("a line is: dirname | basename".to_owned()),
        };
        for (jar, narrow) in [(&scene.narrow, true), (&scene.poweruser, false)] {
            listed(&scene, dirname, jar, narrow)?;
            for path in ["/redirect", "/php/redirect.php"] {
                if narrow_only.is_some() && !narrow {
                    continue;
                }
                let target = [
                    path.as_bytes(),
                    b"?dirname=",
                    dirname,
                    b"&basename=",
                    basename,
                ]
                .concat();
                let reply = scene.attack(&get(&scene, &target, jar), false, narrow)?;
                held(attack, reply.as_ref(), &[400, 403])?;
                if let Some(key) = reply.and_then(|reply| reply.key()) {
                    let opened = Request::get("/api/file")
                        .bearer(&key)
                        .bytes(scene.app.address);
                    scene.attack(&opened, false, narrow)?;
                }
                whole(&scene, &target, jar, narrow)?;
            }
        }
        Ok(())
    });
}

/// The names in the same directory are refused too, or are those of one that was granted.
fn listed(scene: &Scene, dirname: &[u8], jar: &Jar, narrow: bool) -> Result<(), String> {
    let target = [b"/api/files?dirname=", dirname].concat();
    let reply = scene.attack(&get(scene, &target, jar), false, narrow)?;
    let Some(reply) = reply.filter(|reply| !matches!(reply.status, 400 | 403 | 414)) else {
        return Ok(());
    };
    let text = reply.text();
    let beyond = ["canary.txt", "accesskeys", "settings.json", "\"root"];
    let beyond = beyond.iter().any(|name| text.contains(name));
    let others = narrow && (text.contains("\"s.md\"") || text.contains("\"b.md\""));
    if reply.status == 200 && !beyond && !others {
        Ok(())
    } else {
        Err(format!("listed beyond the grant: {} {text}", reply.status))
    }
}

/// The same asked of a directory is refused too, or gives a key for one that lies in what was granted.
fn whole(scene: &Scene, target: &[u8], jar: &Jar, narrow: bool) -> Result<(), String> {
    let target = [target, b"&scope=directory"].concat();
    let reply = scene.attack(&get(scene, &target, jar), false, narrow)?;
    let Some(reply) = reply.filter(|reply| !matches!(reply.status, 400 | 403 | 414)) else {
        return Ok(());
    };
    let key = reply
        .key()
        .ok_or(format!("{} without a key", reply.status))?;
    let record = keyfile::record(&scene.app.tree.keys(), &key);
    let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
    let place = Path::new(&text("dirname")).join(text("basename"));
    let roots = ["root/a", "root/a-secret", "root/b"];
    let mut granted = roots.iter().take(if narrow { 1 } else { roots.len() });
    let within = granted.any(|root| place.starts_with(scene.app.tree.path.join(root)));
    let plain = place.canonicalize().is_ok_and(|real| real == place);
    if text("scope") == "directory" && plain && within {
        Ok(())
    } else {
        Err(format!("a key of a directory beyond the grant: {record}"))
    }
}

#[test]
fn keys() {
    let scene = Scene::set();
    let usual = [400, 401, 403];
    let text = include_str!("../hostile/keys.txt");
    scene.run("keys.txt", text, 40, |attack| {
        let query = match attack.bytes.strip_prefix(b"?") {
            Some(query) => query.to_vec(),
            None => [b"accesskey=", &attack.bytes[..]].concat(),
        };
        for path in [&b"/?"[..], b"/api/file?"] {
            let target = [path, &query].concat();
            let reply = scene.attack(&get(&scene, &target, &Jar::default()), false, true)?;
            held(attack, reply.as_ref(), &usual)?;
        }
        let sayable = attack.bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
        if sayable && !attack.bytes.starts_with(b"?") {
            let value = String::from_utf8_lossy(&attack.bytes);
            // A blank at either end is none of the value, so this one would be right.
            let request = Request::get("/api/file").bearer(&value);
            let reply = scene.attack(&request.bytes(scene.app.address), false, true)?;
            held(attack, reply.as_ref(), &usual)?;
        }
        Ok(())
    });
}

#[test]
fn hosts() {
    let scene = Scene::set();
    let text = include_str!("../hostile/hosts.txt");
    scene.run("hosts.txt", text, 30, |attack| {
        let reply = scene.attack(&raw(attack, b"")?, false, true)?;
        if let Some(reply) = &reply {
            let said = format!("{:?}{}", reply.headers, reply.text());
            if said.contains("evil.example") {
                return Err(format!("it repeats the host: {said}"));
            }
        }
        held(attack, reply.as_ref(), &[400])
    });
}

#[test]
fn headers() {
    let scene = Scene::set();
    let host = format!("Host: {}\r\nConnection: close\r\n", scene.app.address);
    let text = include_str!("../hostile/headers.txt");
    scene.run("headers.txt", text, 60, |attack| {
        let bodiless = attack.bytes.starts_with(b"HEAD ");
        let reply = scene.attack(&raw(attack, host.as_bytes())?, bodiless, true)?;
        if let Some(key) = reply.as_ref().and_then(Reply::key) {
            return Err(format!("a key was minted: {}", key.len()));
        }
        held(attack, reply.as_ref(), &[])
    });
}

#[test]
fn redirects() {
    let scene = Scene::set();
    let text = include_str!("../hostile/redirects.txt");
    scene.run("redirects.txt", text, 30, |attack| {
        let request = get(&scene, &attack.bytes, &scene.narrow);
        let reply = scene.attack(&request, false, true)?;
        held(attack, reply.as_ref(), &[])?;
        match reply.as_ref().and_then(|reply| reply.header("location")) {
            Some(location) if leaves(location) => Err(format!("sent to {location}")),
            _ => Ok(()),
        }
    });
}

/// Whether a browser could take `location` for another place than ours: anything but a plain path, absolute or relative.
fn leaves(location: &str) -> bool {
    let plain =
        location.starts_with("./") || location.starts_with("../") || location.starts_with('/');
    let path = location.split(['?', '#']).next().unwrap_or_default();
    !plain
        || path.contains("//")
        || location.contains('\\')
        || location.contains("evil.example")
        || location.chars().any(char::is_control)
}

fn get(scene: &Scene, target: &[u8], jar: &Jar) -> Vec<u8> {
    let cookies = jar.header().map(|cookies| format!("Cookie: {cookies}\r\n"));
    let host = format!("Host: {}\r\nConnection: close\r\n", scene.app.address);
    let head = format!(" HTTP/1.1\r\n{host}{}\r\n", cookies.unwrap_or_default());
    [b"GET ", target, head.as_bytes()].concat()
}

/// `METHOD TARGET [VERSION] | header lines [| body]` as bytes, after the lines in `first`.
fn raw(attack: &Attack, first: &[u8]) -> Result<Vec<u8>, String> {
    let parts = attack.parts();
    let (line, headers, body) = match parts.as_slice() {
        [line, headers] => (*line, *headers, &b""[..]),
        [line, headers, body] => (*line, *headers, *body),
        _ => return Err("a line is: METHOD TARGET | headers [| body]".to_owned()),
    };
    let versioned = line
        .windows(6)
        .any(|six| six.eq_ignore_ascii_case(b" http/"));
    let version: &[u8] = if versioned { b"\r\n" } else { b" HTTP/1.1\r\n" };
    let end: &[u8] = if headers.is_empty() {
        b"\r\n"
    } else {
        b"\r\n\r\n"
    };
    Ok([line, version, first, headers, end, body].concat())
}
