//! The rules of the house that a compiler does not hold: which module may know which, who touches the disk and the
//! clock, how long a file is, and that each dependency says what it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::sources::{crate_root, rust_files, sources};

/// What each module may use of the crate. A request runs down http, access, and then from stage to stage; a stage knows
/// the stages' types that it is given, never who called it, and never the settings as a whole.
const MAY_USE: &[(&str, &[&str])] = &[
    ("names", &["error"]),
    ("file_system", &[]),
    ("cache", &[]),
    ("error", &["names"]),
    ("visitor", &["names", "error"]),
    ("resolve", &["names", "error", "file_system", "cache"]),
    ("grants", &["names", "error", "visitor", "resolve"]),
    ("mint", &["names", "error", "visitor", "grants", "resolve"]),
    ("store", &["names", "error", "mint", "file_system", "cache"]),
    ("files", &["names", "error", "resolve", "cache"]),
    ("gate", &["names", "error", "visitor", "grants", "resolve"]),
    (
        "settings",
        &[
            "names", "error", "visitor", "grants", "mint", "store", "resolve", "files", "gate",
        ],
    ),
    (
        "access",
        &[
            "names", "error", "visitor", "grants", "mint", "store", "resolve", "files", "gate",
            "settings",
        ],
    ),
];
/// The two edges, which wire everything.
const EDGES: &[&str] = &["http", "cli"];
/// Who touches the disk.
const DISK: &[&str] = &[
    "file_system",
    "resolve",
    "files",
    "store",
    "settings",
    "cli",
];
/// Who reads the clock.
const CLOCK: &[&str] = &["http", "cli"];
/// Files elsewhere that read it, and why.
const CLOCK_BESIDES: &[(&str, &str)] = &[
    (
        "src/store/log/lock.rs",
        "waiting for another process's lock is given up after 5 s",
    ),
    (
        "src/store/log/mod.rs",
        "waiting for a changed file to be read is given up after 2 s",
    ),
    (
        "src/store/log/refresh.rs",
        "waiting for another process's write is given up after 2 s",
    ),
    (
        "src/store/redis/attend.rs",
        "what the server told counts from when it was asked",
    ),
    (
        "src/store/redis/link.rs",
        "waiting for an answer is given up after the settings' time",
    ),
    (
        "src/store/redis/near.rs",
        "what is remembered counts until a moment",
    ),
    (
        "src/store/redis/seek.rs",
        "who knows the primary is believed from when it was asked",
    ),
    (
        "src/store/redis/session.rs",
        "what the server told counts from when it was asked",
    ),
];
/// Files elsewhere that touch the disk, and why.
const DISK_BESIDES: &[(&str, &str)] = &[
    (
        "src/http/doors.rs",
        "a Unix socket that was listened at is removed, if it is still our own",
    ),
    (
        "src/http/sockets.rs",
        "a Unix socket left over by a killed server is removed",
    ),
];
/// Longest file, in lines before its unit tests, and those that are longer, and why.
const LINES: usize = 300;
const LONGER: &[(&str, &str)] = &[(
    "tests/it/settings.rs",
    "one table of settings and of what they come to",
)];

/// The modules that `code` names as `crate::module`, also in `use crate::{a, b::c}`.
fn uses(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let word = |text: &str| {
            let end = text.find(|character: char| !character.is_alphanumeric() && character != '_');
            text[..end.unwrap_or(text.len())].to_owned()
        };
        match rest.strip_prefix('{') {
            None => drop(found.insert(word(rest))),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (at, character) in group.char_indices() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && character.is_alphabetic() => {
                            found.insert(word(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

#[test]
fn arrows_run_one_way() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources("src") {
        let module = source.module.as_str();
        if EDGES.contains(&module) || matches!(module, "main" | "lib") {
            continue;
        }
        let Some(allowed) = table.get(module) else {
            wrong.push(format!("{}: {module} is not in the table", source.path));
            continue;
        };
        for used in uses(&source.code) {
            let is_module = table.contains_key(used.as_str()) || EDGES.contains(&used.as_str());
            if is_module && used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: {module} may not know {used}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_itself_has_no_circle() {
    // Whoever is allowed to use a module must not be reachable from it.
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for (module, _) in MAY_USE
        .iter()
        .filter(|(module, _)| !matches!(*module, "names" | "error"))
    {
        let (mut seen, mut next) = (BTreeSet::new(), vec![*module]);
        while let Some(at) = next.pop() {
            for used in table.get(at).copied().unwrap_or_default() {
                assert_ne!(used, module, "{module} reaches itself by way of {at}");
                if seen.insert(*used) {
                    next.push(used);
                }
            }
        }
    }
}

/// The files in which one of `words` stands although their module is not among `modules`.
fn strangers(words: &[&str], modules: &[&str], besides: &[(&str, &str)]) -> Vec<String> {
    sources("src")
        .iter()
        .filter(|source| !modules.contains(&source.module.as_str()))
        .filter(|source| !besides.iter().any(|(path, _)| *path == source.path))
        .flat_map(|source| {
            let found = words.iter().filter(|word| source.code.contains(*word));
            found
                .map(|word| format!("{}: {word}", source.path))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn only_http_knows_actix() {
    let found = strangers(&["actix"], &["http"], &[]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_disk_is_touched_where_it_is_said() {
    let found = strangers(
        &["std::fs", "rustix::fs", "tokio::fs", "fs2::", "OpenOptions"],
        DISK,
        DISK_BESIDES,
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_clock_is_read_at_the_edges() {
    let words = [
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "SystemTime::UNIX_EPOCH.elapsed",
    ];
    let found = strangers(&words, CLOCK, CLOCK_BESIDES);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_library_exits_and_prints_nowhere() {
    let found = strangers(
        &["process::exit", "println!", "env::var"],
        &["cli", "main", "settings"],
        &[],
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_file_fits_in_the_head() {
    let all = ["src", "tests", "benches", "fuzz"]
        .into_iter()
        .flat_map(sources);
    let long: Vec<String> = all
        .filter(|source| source.lines > LINES)
        .filter(|source| !LONGER.iter().any(|(path, _)| *path == source.path))
        .map(|source| format!("{}: {} lines", source.path, source.lines))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for folder in ["src", "tests"] {
        for file in rust_files(&crate_root().join(folder)) {
            let text = fs::read_to_string(&file).expect("a source file");
            assert!(text.starts_with("//! "), "{}", file.display());
        }
    }
}

#[test]
fn no_module_is_a_drawer() {
    for source in sources("src") {
        for drawer in ["util", "helper", "common", "manager", "service", "misc"] {
            assert!(!source.path.contains(drawer), "{}", source.path);
        }
    }
}

#[test]
fn each_dependency_says_what_it_is_for() {
    let text = fs::read_to_string(crate_root().join("Cargo.toml")).expect("the manifest");
    let (_, rest) = text.split_once("\n[dependencies]\n").expect("dependencies");
    let table = rest.split("\n[").next().unwrap_or_default();
    let mut count = 0;
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let reason = line.split_once(" # ").map_or("", |(_, reason)| reason);
        assert!(reason.len() > 5, "no reason beside: {line}");
        count += 1;
    }
    assert!(count > 10, "the table was not found: {count}");
}
