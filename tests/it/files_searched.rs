//! `/api/files`: pages of a directory, the order of names, and names searched below.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::files_listed::{ask, names, of};
use crate::support::wire::encode;
use crate::support::{Jar, TestApp};

/// All pages of so many entries, one behind the other; the first is followed by `meanwhile`.
fn pages(
    app: &TestApp,
    folder: &str,
    limit: usize,
    jar: &Jar,
    meanwhile: impl FnOnce(),
) -> Vec<Vec<String>> {
    let (mut all, mut after, mut meanwhile) = (Vec::new(), String::new(), Some(meanwhile));
    loop {
        let page = ask(
            app,
            &format!("{}&limit={limit}{after}", of(app, folder)),
            jar,
        );
        let page = page.expect(200).json();
        all.push(names(&page));
        if let Some(meanwhile) = meanwhile.take() {
            meanwhile();
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", encode(next)),
            None => return all,
        }
    }
}

#[test]
fn pages_come_in_the_order_that_people_expect_and_none_is_told_twice() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let folder = |name: &str| format!("root/a/sub/{name}");
    for name in ["z", "Ä"] {
        fs::create_dir(app.tree.path.join(folder(name))).expect("a folder");
    }
    let files = [
        "10.md",
        "2.md",
        "a.md",
        "B.md",
        "ä.md",
        "שלום.md",
        "日本.md",
        "a b&c#d%\".md",
    ];
    for name in files {
        app.tree.write(&folder(name), "x");
    }
    let right = [
        "Ä",
        "z",
        "2.md",
        "10.md",
        "a b&c#d%\".md",
        "a.md",
        "ä.md",
        "B.md",
        "שלום.md",
        "日本.md",
    ];
    for limit in [1, 3, 10, 1000] {
        let pages = pages(&app, "root/a/sub", limit, &ann, || ());
        assert!(pages.iter().all(|page| page.len() <= limit));
        assert_eq!(pages.concat(), right, "{limit}");
    }
    // What comes and goes meanwhile elsewhere moves nothing.
    let told = pages(&app, "root/a/sub", 4, &ann, || {
        app.tree.write(&folder("0.md"), "x");
        fs::remove_file(app.tree.path.join(folder("2.md"))).expect("removed");
    });
    assert_eq!(told.concat(), right);
}

#[test]
fn a_directory_of_fifty_thousand_files_comes_page_by_page() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let folder = app.tree.path.join("root/a/sub");
    for number in 0..50_000 {
        fs::File::create(folder.join(format!("file {number}.txt"))).expect("a file");
    }
    let query = of(&app, "root/a/sub");
    let first = ask(&app, &query, &ann).expect(200).json();
    let expected = |from: usize| -> Vec<String> {
        (from..from + 200)
            .map(|number| format!("file {number}.txt"))
            .collect()
    };
    assert_eq!(names(&first), expected(0));
    assert_eq!(first["bounded"], Value::Null);
    let next = encode(first["next"].as_str().expect("more"));
    let second = ask(&app, &format!("{query}&after={next}"), &ann)
        .expect(200)
        .json();
    assert_eq!(names(&second), expected(200));
    let far = encode("file/file 49950.txt");
    let last = ask(&app, &format!("{query}&after={far}"), &ann)
        .expect(200)
        .json();
    assert_eq!((names(&last).len(), &last["next"]), (49, &Value::Null));
    let found = ask(&app, &format!("{query}&q=FILE%2049999"), &ann)
        .expect(200)
        .json();
    assert_eq!(
        (names(&found), &found["bounded"]),
        (vec!["file 49999.txt".to_owned()], &Value::Null)
    );
    let many = ask(&app, &format!("{query}&q=file&limit=7"), &ann)
        .expect(200)
        .json();
    assert_eq!(
        (names(&many).len(), &many["bounded"]),
        (7, &json!("matches"))
    );
}

#[test]
fn a_search_finds_names_below_in_any_spelling_and_stays_within_the_grants() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    fs::create_dir_all(app.tree.path.join("root/a/deep/Caf\u{e9}/er")).expect("folders");
    for name in [
        "root/a/deep/cafe\u{301} 1.md",
        "root/a/deep/Caf\u{e9}/er/CAF\u{c9} 2.md",
        "root/a-secret/caf\u{e9}.md",
    ] {
        app.tree.write(name, "x");
    }
    let found = |query: &str| {
        let page = ask(&app, query, &ann).expect(200).json();
        let entries = page["entries"].as_array().expect("entries").clone();
        let said = |entry: &Value| {
            let place = format!(
                "{}/{}",
                entry["dirname"].as_str().expect("a path"),
                entry["name"].as_str().expect("a name")
            );
            place.trim_start_matches(&app.tree.at("root/a")).to_owned()
        };
        entries.iter().map(said).collect::<Vec<_>>()
    };
    let right = [
        "/deep/Caf\u{e9}/Caf\u{e9}",
        "/deep/cafe\u{301} 1.md",
        "/deep/Caf\u{e9}/er/CAF\u{c9} 2.md",
    ];
    for text in ["CAF\u{c9}", "cafe\u{301}"] {
        assert_eq!(found(&format!("?q={}", encode(text))), right, "{text}");
    }
    let below = format!("{}&q=caf%C3%A9", of(&app, "root/a/deep/Caf\u{e9}"));
    assert_eq!(found(&below), right[2..]);
    assert_eq!(found("?q=nothing"), Vec::<String>::new());
    // A text is no pattern, and no link is gone along.
    for text in [".*", "canary", "b.md", "out", "s.md", "..", "/"] {
        assert!(found(&format!("?q={}", encode(text))).is_empty(), "{text}");
    }
}

#[test]
fn who_lists_on_and_on_is_told_to_wait() {
    let app = TestApp::start();
    let ann = app.editor("ann");
    let replies: Vec<_> = (0..60).map(|_| ask(&app, "?q=doc", &ann)).collect();
    let statuses: BTreeSet<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, BTreeSet::from([200, 429]));
    let mut told = replies.iter().filter(|reply| reply.status == 429);
    assert!(told.all(|reply| reply.header("retry-after").is_some()));
    ask(&app, "?q=doc", &app.editor("bob")).expect(200);
    ask(&app, "", &ann).expect(200);
}
