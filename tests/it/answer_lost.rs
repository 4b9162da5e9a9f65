//! Never lose a word, nor ask somebody about a text of their own: a real browser whose line is cut in the moment between a save
//! that has arrived and its answer.

use std::net::TcpListener;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::merged::{BASE, FILE, replaced, text};
use crate::never_lost::TYPED;
use crate::steps::{Steps, beside_as};
use crate::support::line::Line;
use crate::support::{TestApp, Tree};

/// What the stories type while no answer comes, and when the page has said so.
const MORE: &str = "and more\n";
const LATER: &str = "and later\n";

/// A server with the file, the line to it, its bookmark, and the steps of a story.
fn scene() -> (TestApp, Line, String, Steps) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let tree = Tree::with(|settings| settings["public_url"] = json!(format!("http://{address}/")));
    let app = TestApp::on(Arc::new(tree));
    app.tree.write(FILE, BASE);
    let line = Line::start(listener, app.address);
    let key = app.tree.hand_made("root/a", "doc.md", &json!({}));
    let bookmark = format!("http://{}/?accesskey={key}", line.address);
    let steps = Steps::of(&app.tree);
    (app, line, bookmark, steps)
}

fn arrived() -> String {
    format!("{BASE}{TYPED}")
}

fn all() -> String {
    format!("{BASE}{TYPED}{MORE}{LATER}")
}

/// The save is sent, arrives, and its answer is held until the author has typed on; then `loses` the line it.
#[track_caller]
fn told(
    story: &str,
    choice: &str,
    loses: impl Fn(&Line) + Sync,
    then: impl Fn(&TestApp, &Line, &Steps) + Sync,
) -> (TestApp, Value) {
    let (app, line, bookmark, steps) = scene();
    let (told, ()) = beside_as(story, choice, &bookmark, &steps, || {
        steps.at("typed", || line.hold());
        steps.at("saving", || {
            line.arrived();
            assert_eq!(text(&app), arrived(), "the server has it");
            loses(&line);
        });
        then(&app, &line, &steps);
    });
    let cut = json!({"state": "Saving…", "text": format!("{BASE}{TYPED}{MORE}")});
    assert_eq!(told["cut"], cut);
    (app, told)
}

#[test]
fn nobody_is_asked_about_a_save_of_their_own_that_arrived_when_the_line_was_cut() {
    let (app, told) = told("answer-cut", "", Line::cut, |_, line, steps| {
        steps.at("told", || line.mend());
    });
    assert_eq!(text(&app), all());
    assert_eq!(told["text"], all());
    assert_eq!((&told["asked"], &told["left"]), (&json!(0), &json!(true)));
}

#[test]
fn nobody_is_asked_about_a_save_that_the_browser_itself_sent_once_more() {
    let (app, told) = told("answer-dropped", "", Line::drop_connections, |_, _, _| ());
    let written = format!("{BASE}{TYPED}{MORE}");
    assert_eq!(text(&app), written);
    assert_eq!(told["text"], written);
    assert_eq!((&told["asked"], &told["left"]), (&json!(0), &json!(true)));
    let failed = told["failed"].as_array().expect("a list");
    assert!(failed.contains(&json!("412 /api/file")), "{told}");
}

#[test]
fn what_somebody_else_made_of_a_save_that_arrived_is_asked_about() {
    let theirs = format!("{}theirs\n", arrived());
    let (app, told) = told("answer-cut-changed", "", Line::cut, |app, line, steps| {
        steps.at("told", || {
            replaced(app, &theirs);
            line.mend();
        });
        steps.at("looked", || {
            assert_eq!(text(app), theirs, "nobody decided");
        });
    });
    let mine = format!("{BASE}{TYPED}{MORE}");
    let later = json!({"state": "Not saved", "text": mine});
    assert_eq!(told["later"], later);
    assert_eq!(text(&app), mine, "as it was decided");
    assert_eq!((&told["text"], &told["left"]), (&json!(mine), &json!(true)));
}

#[test]
fn a_page_that_was_closed_before_the_answer_goes_on_from_what_arrived() {
    let says = "It is back";
    let (app, told) = told("answer-cut-closed", says, Line::cut, |_, line, steps| {
        steps.at("told", || line.mend());
    });
    let back = json!({"state": "Unsaved changes", "text": all()});
    assert_eq!(told["back"], back);
    assert_eq!(text(&app), all());
    assert_eq!((&told["asked"], &told["left"]), (&json!(0), &json!(true)));
}

#[test]
fn a_page_that_was_closed_before_the_answer_offers_its_text_where_somebody_else_went_on() {
    let theirs = format!("{}theirs\n", arrived());
    let says = "never saved";
    let (app, told) = told("answer-cut-closed", says, Line::cut, |app, line, steps| {
        steps.at("told", || {
            replaced(app, &theirs);
            line.mend();
        });
    });
    let back = json!({"state": "Saved", "text": theirs});
    assert_eq!(told["back"], back, "theirs is shown, mine is offered");
    assert_eq!(text(&app), theirs);
}
