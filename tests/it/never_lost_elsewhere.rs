//! Never lose a word where the file changes elsewhere at the worst moment: a real browser, killed right behind a merge; a real
//! file that is deleted, or becomes another, while a save of it is under way at a server that stands still, or goes for good.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::merged::{BASE, FILE, replaced, text};
use crate::never_lost::{TYPED, app, link, tree};
use crate::steps::{Steps, beside_as, go_on, stop};
use crate::support::TestApp;

/// What is typed while the save is under way.
const MORE: &str = "and more\n";
const ELSEWHERE: &str = "ONE\ntwo\nthree\nfour\nfive\n";

/// A server with the file, its bookmark, and the steps of a story about it.
fn scene() -> (TestApp, String, Steps) {
    let app = app();
    app.tree.write(FILE, BASE);
    let (bookmark, _) = link(&app);
    let steps = Steps::of(&app.tree);
    (app, bookmark, steps)
}

fn deleted(app: &TestApp) {
    fs::remove_file(app.tree.path.join(FILE)).expect("removed");
}

#[track_caller]
fn assert_absent(app: &TestApp) {
    let made = app.tree.path.join(FILE).exists();
    assert!(!made, "it was made again before anybody said so");
}

/// Killed behind the merge; `next` is what becomes of the file while no browser is there, and `says` what the page says then.
#[track_caller]
fn killed(next: Option<&str>, says: &str) -> (TestApp, Value) {
    let (app, bookmark, steps) = scene();
    let (told, ()) = beside_as("killed-merged", says, &bookmark, &steps, || {
        steps.at("typed", || replaced(&app, ELSEWHERE));
        steps.at("killed", || {
            assert_eq!(text(&app), ELSEWHERE, "nobody asked to save it");
            if let Some(next) = next {
                replaced(&app, next);
            }
        });
    });
    assert_eq!(told["own"], json!([]), "the console");
    let both = format!("{ELSEWHERE}{TYPED}");
    let unsaved = json!({"text": both, "state": "Unsaved changes"});
    assert_eq!(told["merged"], unsaved);
    assert_eq!(told["drafts"], 1, "one text is kept, not one a version");
    assert_eq!(told["left"], true, "nothing is kept of what is saved");
    assert_eq!(told["text"], text(&app), "it shows what the file holds");
    (app, told)
}

#[test]
fn a_browser_killed_behind_a_merge_brings_back_what_was_merged() {
    let (app, told) = killed(None, "It is back");
    let both = format!("{ELSEWHERE}{TYPED}");
    let unsaved = json!({"text": both, "state": "Unsaved changes"});
    assert_eq!(told["back"], unsaved);
    assert_eq!(text(&app), both);
}

#[test]
fn what_was_merged_before_a_kill_is_merged_once_more_where_the_file_goes_on() {
    let next = "ONE\ntwo\nTHREE\nfour\nfive\n";
    let (app, told) = killed(Some(next), "holds both");
    let all = format!("{next}{TYPED}");
    let unsaved = json!({"text": all, "state": "Unsaved changes"});
    assert_eq!(told["back"], unsaved);
    assert_eq!(text(&app), all, "theirs is not in it twice");
}

#[test]
fn what_was_merged_before_a_kill_is_offered_where_the_file_goes_on_in_the_same_place() {
    let next = format!("{ELSEWHERE}theirs\n");
    let (app, told) = killed(Some(&next), "never saved");
    let both = format!("{ELSEWHERE}{TYPED}");
    let unsaved = json!({"text": both, "state": "Unsaved changes"});
    let back = json!({"text": next, "state": "Saved", "put": unsaved});
    assert_eq!(told["back"], back, "theirs is shown, mine is offered");
    assert_eq!(text(&app), both, "as it was decided");
}

/// A save is under way at a server that stands still, `elsewhere` happens to the file, and the server goes on.
#[track_caller]
fn saving(story: &str, elsewhere: impl Fn(&TestApp) + Sync) -> (TestApp, Value) {
    let (app, bookmark, steps) = scene();
    let (told, ()) = beside_as(story, "", &bookmark, &steps, || {
        steps.at("typed", || stop(&app));
        steps.at("saving", || {
            elsewhere(&app);
            go_on(&app);
        });
        match story {
            "saving-deleted" => steps.at("looked", || assert_absent(&app)),
            "saving-contested" => steps.at("looked", || assert_eq!(text(&app), CONTESTED)),
            _ => (),
        }
    });
    under_way(&told);
    assert_eq!(told["text"], text(&app), "it shows what the file holds");
    (app, told)
}

#[track_caller]
fn under_way(told: &Value) {
    let wanted = json!({"state": "Saving…", "text": mine(), "kept": true});
    assert_eq!(told["saving"], wanted);
    assert_eq!(told["left"], true, "nothing is kept of what is saved");
}

fn mine() -> String {
    format!("{BASE}{TYPED}{MORE}")
}

/// What the page asks and says where the save changed nothing: the text is in sight, and in what was downloaded.
#[track_caller]
fn nothing_is_lost(told: &Value, what: &str, says: &str) {
    let question = json!({"title": format!("doc.md was {what} elsewhere"), "state": "Not saved", "text": mine()});
    assert_eq!(told["question"], question);
    assert_eq!(told["downloaded"], mine());
    let later = json!({"notice": says, "state": "Not saved", "text": mine()});
    assert_eq!(told["later"], later);
}

const GONE: &str =
    "This file was deleted elsewhere, or may not be opened any more. The text is still here.";

#[test]
fn a_save_of_a_file_that_is_deleted_meanwhile_asks_before_it_is_made_again() {
    let (app, told) = saving("saving-deleted", deleted);
    nothing_is_lost(&told, "deleted", GONE);
    assert_eq!(text(&app), mine());
}

#[test]
fn a_save_without_an_answer_does_not_make_again_what_is_deleted_meanwhile() {
    let tree = Arc::new(tree());
    let app = TestApp::on(Arc::clone(&tree));
    app.tree.write(FILE, BASE);
    let (bookmark, _) = link(&app);
    let steps = Steps::of(&tree);
    let story = "saving-deleted-unanswered";
    let (told, app) = beside_as(story, "", &bookmark, &steps, || {
        steps.at("typed", || stop(&app));
        let mut app = Some(app);
        steps.at("saving", || {
            deleted(app.as_ref().expect("the server"));
            drop(app.take());
        });
        steps.wait("told");
        let app = TestApp::on(tree);
        steps.at("looked", || assert_absent(&app));
        app
    });
    under_way(&told);
    assert_eq!(told["asked"], 0, "nobody asked to save it this time");
    nothing_is_lost(&told, "deleted", GONE);
    assert_eq!(text(&app), mine());
}

#[test]
fn a_save_of_a_file_that_is_replaced_meanwhile_saves_both() {
    let (app, told) = saving("saving-replaced", |app| replaced(app, ELSEWHERE));
    assert_eq!(told["asked"], 0);
    assert_eq!(text(&app), format!("{ELSEWHERE}{TYPED}{MORE}"));
}

/// Theirs, at the end too.
const CONTESTED: &str = "ONE\ntwo\nthree\nfour\nfive\ntheirs\n";

#[test]
fn a_save_of_a_file_that_is_replaced_meanwhile_in_the_same_place_overwrites_nothing() {
    let (app, told) = saving("saving-contested", |app| replaced(app, CONTESTED));
    let says =
        "This file was changed elsewhere, in places that you changed too. Your text is still here.";
    nothing_is_lost(&told, "changed", says);
    assert_eq!(text(&app), format!("{ELSEWHERE}{TYPED}{MORE}"));
}

#[test]
fn what_arrived_without_an_answer_is_not_in_the_file_twice_when_it_goes_on_from_there() {
    let (app, bookmark, steps) = scene();
    let arrived = format!("{BASE}{TYPED}");
    let next = format!("{arrived}theirs\n");
    let (told, ()) = beside_as("saving-arrived", "", &bookmark, &steps, || {
        steps.wait("saving");
        steps.at("arrived", || {
            assert_eq!(text(&app), arrived, "the server has it");
            replaced(&app, &next);
        });
    });
    assert_eq!(told["later"]["text"], mine());
    assert_eq!(told["left"], true);
    assert_eq!(text(&app), mine(), "as it was decided");
    assert_eq!(told["text"], text(&app));
}
