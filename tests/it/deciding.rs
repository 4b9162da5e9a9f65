//! Where two texts disagree, what decides stays in sight: a real browser, from a small phone to a desk, in light and dark, in the
//! language with the longer words, and with letters of twice the size.

use serde_json::json;

use crate::accessible::{app, bookmark, finds_nothing};

/// In `sizes` sizes of a window that is so wide at first.
#[track_caller]
fn answers_are_in_sight(width: &str, sizes: usize, look: &[&str]) {
    let app = app();
    let url = bookmark(&app, "doc.md", &json!({}));
    let look = [&["--width", width], look].concat();
    let told = finds_nothing("deciding-in-sight", &url, &[], &look);
    assert_eq!(told["sizes"], sizes);
}

#[test]
fn what_decides_between_two_texts_is_in_sight_in_windows_of_each_size() {
    for (width, sizes) in [("360", 3), ("768", 1), ("1440", 1)] {
        answers_are_in_sight(width, sizes, &[]);
        answers_are_in_sight(width, sizes, &["--dark", "--locale", "de"]);
    }
}

#[test]
fn what_decides_between_two_texts_is_in_sight_in_letters_of_twice_the_size() {
    answers_are_in_sight("360", 3, &["--large"]);
    answers_are_in_sight("360", 3, &["--large", "--locale", "de"]);
    answers_are_in_sight("768", 1, &["--large"]);
}
