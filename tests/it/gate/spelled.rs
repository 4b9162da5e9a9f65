//! Whatever a path is spelled like: if the gate lets it pass, then what nginx makes of it is a file that the grant covers.

use std::path::{Component, Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Scene, asked};

/// The path that nginx serves for `raw`, as `ngx_http_parse_complex_uri` finds it: decoded once, slashes merged, dots
/// resolved. Nothing where nginx answers 400.
fn served(raw: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'?' | b'#' => break,
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let byte = u8::try_from(digit()? * 16 + digit()?).ok()?;
                // 0 is refused.
                decoded.push(Some(byte).filter(|byte| *byte != 0)?);
            }
            0..=0x20 | 0x7f => return None,
            other => decoded.push(other),
        }
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    let below = decoded.strip_prefix(b"/")?;
    let mut ends_in_slash = true;
    for part in below.split(|byte| *byte == b'/') {
        ends_in_slash = true;
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            name => {
                ends_in_slash = false;
                parts.push(name);
            }
        }
    }
    let mut path = b"/".to_vec();
    path.extend(parts.join(&b'/'));
    if ends_in_slash && !parts.is_empty() {
        path.push(b'/');
    }
    Some(path)
}

/// The file that nginx opens for it: `location /album/ { alias A/; }` and its like, the longest prefix first.
fn opened(raw: &[u8], aliases: &[(&str, PathBuf)]) -> Option<PathBuf> {
    let path = String::from_utf8(served(raw)?).ok()?;
    aliases.iter().find_map(|(prefix, directory)| {
        let rest = path.strip_prefix(prefix)?;
        let rest = if rest.is_empty() {
            rest
        } else {
            rest.strip_prefix('/')?
        };
        Some(if rest.is_empty() {
            directory.clone()
        } else {
            directory.join(rest)
        })
    })
}

/// Whether the file that is opened lies below `granted`; of what is not there, its directory.
fn covered(file: &Path, granted: &Path) -> bool {
    let plain = file
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let real = file.canonicalize().or_else(|_| {
        let above = file.parent().unwrap_or(file);
        above.canonicalize()
    });
    plain && real.is_ok_and(|real| real.starts_with(granted))
}

/// Pieces of paths, put together as they come.
fn spelling() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "album", "thumbs", "small", "inside", "secret", "public", "doc.md", "deep", "x.md", "b.md", "s.md", "sub", "inner", "out",
            "outdir", "canary.txt", "tob", "loop", "hard.md", "fifo", "missing.md", "a b", "a%20b",
        ]).prop_map(str::to_owned),
        4 => Just("/".to_owned()),
        3 => prop::sample::select(vec![
            "..", ".", "//", "/../", "/./", "%2f", "%2F", "%2e", "%2e%2e", "%252e", "%5c", "\\", "%00", "%", "%25", "?", "#", ";", "%c0%ae",
            "%20", "+", "%0a", "..%2f", ".%2e", "...", "%3f", "%23", "%2", "%e2%80%ae",
        ]).prop_map(str::to_owned),
        1 => "[!-~]{1,3}",
    ];
    let noise = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let known = prop::sample::select(vec![
        "/album/doc.md",
        "/album/deep/x.md",
        "/thumbs/small/doc.md",
        "/album/inside/b.md",
        "/secret/s.md",
        "/album/out",
        "/album/outdir/canary.txt",
        "/album/",
        "/album/deep/",
        "/album",
    ]);
    // A known file with some of it spelled in another way, or anything.
    let bent = (
        known,
        any::<prop::sample::Index>(),
        0_usize..10,
        noise.clone(),
    )
        .prop_map(|(path, at, how, noise)| {
            let at = at.index(path.len());
            let (before, after) = path.split_at(at);
            let byte = path.as_bytes()[at];
            match how {
                0 | 1 => format!("{before}%{byte:02x}{}", &path[at + 1..]),
                2 => format!("{before}%25{byte:02x}{}", &path[at + 1..]),
                3 => format!("{before}/{after}"),
                4 => format!("{before}/./{after}"),
                5 => format!("{before}/x/../{after}"),
                6 => format!("{path}?{noise}"),
                7 => format!("{before}%2e%2e/{after}"),
                8 => path.to_owned(),
                _ => format!("{before}{noise}{after}"),
            }
        });
    prop_oneof![3 => bent, 2 => noise.prop_map(|noise| format!("/{noise}")), 1 => Just("/album/doc.md".to_owned())]
}

#[test]
fn what_passes_is_what_nginx_serves_and_is_granted() {
    let scene = Scene::new();
    let tree = &scene.app.tree;
    tree.write("root/a/a b", "x");
    let ann = scene.cookie("ann", "x", 4);
    let at = |name: &str| tree.path.join(name);
    // Rules open nothing of the disk.
    let aliases = [
        ("/album/inside", at("root/b")),
        ("/thumbs/small", at("root/a")),
        ("/album", at("root/a")),
        ("/secret", at("root/a-secret")),
    ];
    let granted = at("root/a");
    let ruled = ["/wiki", "/diary", "/mail", "/in", "/all", "/cms", "/team"];
    let mut runner = TestRunner::new(Config {
        cases: 600,
        failure_persistence: None,
        ..Config::default()
    });
    let passed = std::cell::Cell::new(0);
    let outcome = runner.run(&spelling(), |raw| {
        for proxy in ["nginx", "traefik"] {
            let reply = scene
                .app
                .send(&asked(proxy, "GET", &raw).header("Cookie", &ann));
            prop_assert!(
                matches!(reply.status, 200 | 401 | 403),
                "{} {} {:?}",
                proxy,
                raw,
                reply
            );
            let path = served(raw.as_bytes());
            let rule = path
                .as_ref()
                .is_some_and(|path| ruled.iter().any(|rule| path.starts_with(rule.as_bytes())));
            if reply.status == 200 && !rule {
                passed.set(passed.get() + 1);
                let file = opened(raw.as_bytes(), &aliases);
                prop_assert!(
                    file.as_ref().is_some_and(|file| covered(file, &granted)),
                    "{} serves {:?}",
                    raw,
                    file
                );
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(passed.get() > 100, "{} passed", passed.get());
}

#[test]
fn the_model_reads_as_nginx_does() {
    for (raw, path) in [
        ("/a/../b", Some("/b")),
        ("/a//b/./c", Some("/a/b/c")),
        ("/a%2f..%2fb", Some("/b")),
        ("/%252e", Some("/%2e")),
        ("/a/..", Some("/")),
        ("/a/.", Some("/a/")),
        ("/a/b/", Some("/a/b/")),
        ("/a?b/../c", Some("/a")),
        ("/a%3fb", Some("/a?b")),
        ("/a%23", Some("/a#")),
        ("/..", None),
        ("/a%00", None),
        ("/a%zz", None),
        ("a", None),
    ] {
        let read = served(raw.as_bytes()).map(|path| String::from_utf8(path).expect("UTF-8"));
        assert_eq!(read.as_deref(), path, "{raw}");
    }
}
