//! A file that changes elsewhere while it is open in a real browser: it is taken up, merged, decided, and nothing is lost.
//! What happens elsewhere is done to the real file, by rename where programs do so.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::{TestApp, eventually};

pub(crate) const FILE: &str = "root/a/doc.md";

pub(crate) fn app_with(change: impl FnOnce(&mut Value)) -> TestApp {
    let address = free_address();
    TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
        change(settings);
    })
}

pub(crate) fn app() -> TestApp {
    app_with(|_| {})
}

pub(crate) fn bookmark(app: &TestApp, rights: &str) -> String {
    let key = app
        .tree
        .hand_made("root/a", "doc.md", &json!({"rights": rights}));
    format!("http://{}/?accesskey={key}", app.address)
}

/// Another file in its place, as git, vim and others do it.
pub(crate) fn replaced(app: &TestApp, text: impl AsRef<[u8]>) {
    app.tree.write("root/a/.next", text);
    let folder = app.tree.path.join("root/a");
    fs::rename(folder.join(".next"), folder.join("doc.md")).expect("a rename");
}

pub(crate) type Step<'a> = (&'a str, &'a (dyn Fn() + Sync));

/// What the story tells, while each step is done once the story has come to it.
#[track_caller]
pub(crate) fn told(app: &TestApp, story: &str, urls: &str, more: &[&str], steps: &[Step]) -> Value {
    let ready = app.tree.path.join("log/ready");
    let name = ready.to_str().expect("UTF-8");
    thread::scope(|scope| {
        scope.spawn(|| {
            for (step, act) in steps {
                eventually(step, Duration::from_secs(60), || {
                    fs::read_to_string(&ready).is_ok_and(|text| text == *step)
                });
                act();
            }
        });
        browser(story, urls, &[&["--ready", name], more].concat())
    })
}

fn numbered(count: usize, change: impl Fn(usize) -> Option<String>) -> String {
    let line = |at| change(at).unwrap_or_else(|| format!("line {at} as it was"));
    (1..=count).map(|at| line(at) + "\n").collect()
}

pub(crate) fn text(app: &TestApp) -> String {
    String::from_utf8(app.tree.read(FILE)).expect("UTF-8")
}

#[test]
fn where_nothing_is_unsaved_the_text_follows_the_file_and_caret_and_sight_stay() {
    let app = app();
    app.tree.write(FILE, numbered(200, |_| None));
    let told = told(
        &app,
        "taken-up",
        &bookmark(&app, "edit"),
        &[],
        &[
            ("changed", &|| {
                let new = numbered(200, |at| match at {
                    3 => Some("one\ntwo\nthree\nfour".to_owned()),
                    20 => Some("line 20 is another".to_owned()),
                    62 => Some("line 62 changed below".to_owned()),
                    _ => None,
                });
                replaced(&app, new);
            }),
            ("burst", &|| {
                for time in 0..30 {
                    replaced(
                        &app,
                        numbered(62, |at| (at == 61).then(|| format!("{time}"))),
                    );
                }
                let last = |at| (at == 62).then(|| "the last of the burst".to_owned());
                replaced(&app, numbered(62, last));
            }),
        ],
    );
    assert_eq!(told["before"]["selected"], " as ");
    assert_eq!(told["before"], told["after"], "{told}");
    let quiet = json!({"notice": false, "state": "Saved", "focused": true});
    assert_eq!(told["quiet"], quiet);
    assert_eq!(told["undone"], json!({"state": "Saved", "changed": 1}));
    assert_eq!(
        (&told["end"], &told["failed"]),
        (&json!("Saved"), &json!([]))
    );
}

pub(crate) const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";
pub(crate) const TYPED: [&str; 2] = ["--type", "mine\n"];

#[test]
fn where_something_is_unsaved_both_are_merged_and_undo_takes_back_ones_own_alone() {
    let app = app();
    app.tree.write(FILE, BASE);
    let theirs = "ONE\ntwo\nthree\nfour\nfive\n";
    let told = told(
        &app,
        "merged",
        &bookmark(&app, "edit"),
        &TYPED,
        &[("changed", &|| replaced(&app, theirs))],
    );
    let both = format!("{theirs}mine\n");
    assert_eq!(
        told["notice"],
        "1 change from elsewhere was merged into yours."
    );
    assert_eq!(told["text"], both);
    assert_eq!(told["marked"], json!(["ONE"]));
    assert_eq!(told["state"], "Unsaved changes");
    assert_eq!(told["undone"], theirs, "undo took theirs back: {told}");
    assert_eq!(
        (&told["redone"], &told["end"]),
        (&json!(both), &json!(both))
    );
    assert_eq!(told["notice2"], false);
    assert_eq!(told["fetchedAfterSave"], 0, "our own save is no news");
    assert_eq!(told["failed"], json!([]), "a save named what was merged in");
    assert_eq!(text(&app), both);
}

#[test]
fn what_was_merged_can_be_taken_out_again() {
    let app = app();
    app.tree.write(FILE, BASE);
    let told = told(
        &app,
        "taken-out",
        &bookmark(&app, "edit"),
        &TYPED,
        &[("changed", &|| replaced(&app, "ONE\ntwo\nfour\nfive\n"))],
    );
    assert_eq!(told["out"], format!("{BASE}mine\nmore\n"));
    assert_eq!(told["back"], "ONE\ntwo\nfour\nfive\nmine\nmore\n");
    assert_eq!(told["state"], "Unsaved changes");
}

#[test]
fn what_both_changed_is_decided_place_by_place_also_when_it_changes_once_more() {
    for again in [false, true] {
        let app = app();
        app.tree.write(FILE, numbered(20, |_| None));
        let theirs = |end: Option<&str>| {
            numbered(20, |at| match at {
                2 => Some("theirs two".to_owned()),
                8 => Some("theirs eight".to_owned()),
                14 => Some("theirs fourteen".to_owned()),
                20 => end.map(ToOwned::to_owned),
                _ => None,
            })
        };
        let changed = || replaced(&app, theirs(None));
        let once_more = || replaced(&app, theirs(Some("once more")));
        let steps: [Step; 2] = [("changed", &changed), ("again", &once_more)];
        let steps = if again { &steps[..] } else { &steps[..1] };
        let choice = if again { "again" } else { "" };
        let told = told(
            &app,
            "decided",
            &bookmark(&app, "edit"),
            &["--choice", choice],
            steps,
        );
        let mine = |at| match at {
            2 => Some("mine two".to_owned()),
            8 => Some("mine eight".to_owned()),
            _ => None,
        };
        assert_eq!(told["banner"]["text"], numbered(20, mine), "untouched");
        assert_eq!(told["banner"]["dialog"], 0, "nobody was asked");
        assert_eq!(told["early"], true, "saved before all was decided");
        let wanted = theirs(again.then_some("once more")).replace("theirs eight", "mine eight");
        assert_eq!(told["text"], wanted);
        assert_eq!(text(&app), wanted);
        assert_eq!(told["notice"], again, "that one more was merged and saved");
        let times = if again { 2 } else { 1 };
        assert_eq!(told["failed"], json!(vec!["412 /api/file"; times]));
    }
}

#[test]
fn a_save_that_finds_another_version_merges_it_and_goes_on() {
    let app = app();
    app.tree.write(FILE, BASE);
    let theirs = "one\n2\nthree\nfour\nfive\n";
    let told = told(
        &app,
        "found-out",
        &bookmark(&app, "edit"),
        &TYPED,
        &[("changed", &|| replaced(&app, theirs))],
    );
    assert_eq!(told["dialog"], 0);
    assert_eq!(told["text"], format!("{theirs}mine\n"));
    assert_eq!(text(&app), format!("{theirs}mine\n"));
}

#[test]
fn two_browsers_and_the_disk_write_at_once_and_all_of_it_is_in_the_file() {
    let app = app();
    app.tree.write(FILE, numbered(20, |_| None));
    let urls = [bookmark(&app, "edit"), bookmark(&app, "edit")].join("\n");
    let names: Vec<String> = (0..6).map(|round| format!("round {round}")).collect();
    // A program that edits in place: what it read is what it replaces, or it reads again.
    let acts: Vec<Box<dyn Fn() + Sync>> = (0..6)
        .map(|round| -> Box<dyn Fn() + Sync> {
            let app = &app;
            Box::new(move || {
                let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
                eventually("the disk's turn", Duration::from_secs(20), || {
                    let reply = app.get_file(&key).expect(200);
                    let tag = reply.header("etag").expect("a tag").to_owned();
                    let new = reply.text().replace(
                        "line 10 as it was\n",
                        &format!("line 10 as it was\ndisk {round}\n"),
                    );
                    app.save(&key, &tag, new.as_bytes()).status == 204
                });
            })
        })
        .collect();
    let steps: Vec<Step> = names
        .iter()
        .zip(&acts)
        .map(|(name, act)| (name.as_str(), &**act))
        .collect();
    let told = told(&app, "converging", &urls, &[], &steps);
    let one = "1 other has this open";
    assert_eq!(told["presence"], json!([one, one]));
    let file = text(&app);
    for who in ["first", "second", "disk"] {
        for round in 0..6 {
            let wanted = format!("{who} {round}\n");
            assert_eq!(file.matches(&wanted).count(), 1, "{wanted}: {file}");
        }
    }
    assert_eq!(
        told["texts"],
        json!([file, file]),
        "they show what the file holds"
    );
}
