//! Encodings and line ends in a real browser: which bytes a save leaves on the disk.

use serde_json::json;

use crate::tools::{app, told};

#[test]
fn an_old_encoding_is_read_as_it_is_said_to_be_and_its_other_bytes_stay() {
    let app = app();
    let latin = told(
        &app,
        "latin",
        ("latin.txt", b"caf\xe9 \x80\r\n\x81\xff\r\n"),
        &["--type", "na\u{ef}ve", "--choice", "windows-1252"],
    );
    assert_eq!(latin["asked"]["editable"], false);
    assert_eq!(latin["read"]["encoding"], "windows-1252");
    assert_eq!(
        app.tree.read("root/a/latin.txt"),
        b"caf\xe9 \x80\r\n\x81\xff\r\nna\xefve"
    );
    let russian = told(
        &app,
        "latin",
        ("koi.txt", b"\xf0\xd2\xc9\xd7\xc5\xd4\n"),
        &["--type", "\u{434}\u{430}\n", "--choice", "koi8-r"],
    );
    assert_eq!(
        russian["read"]["text"],
        "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}\n"
    );
    assert_eq!(
        app.tree.read("root/a/koi.txt"),
        b"\xf0\xd2\xc9\xd7\xc5\xd4\n\xc4\xc1\n"
    );
}

#[test]
fn a_character_that_the_encoding_has_not_is_never_saved_as_another() {
    let app = app();
    let told = told(
        &app,
        "unfit",
        ("latin.txt", b"caf\xe9\n"),
        &["--type", "5 \u{2192} 6\n"],
    );
    assert!(
        told["notice"]
            .as_str()
            .is_some_and(|text| text.contains("\u{201c}\u{2192}\u{201d} (line 2)")),
        "{told}"
    );
    assert_eq!(told["encoding"], "UTF-8");
    assert_eq!(
        app.tree.read("root/a/latin.txt"),
        "caf\u{e9}\n5 \u{2192} 6\n".as_bytes()
    );
}

#[test]
fn what_is_only_read_is_edited_once_it_is_converted() {
    let app = app();
    let told = told(
        &app,
        "convert",
        ("sjis.txt", b"\x93\xfa\x96\x7b\n"),
        &["--type", "x\n", "--choice", "shift_jis"],
    );
    assert_eq!(
        told["read"],
        json!({"text": "\u{65e5}\u{672c}\n", "editable": false})
    );
    assert_eq!(told["unsaved"], "Unsaved changes");
    assert_eq!(
        app.tree.read("root/a/sjis.txt"),
        "\u{65e5}\u{672c}\nx\n".as_bytes()
    );
}

#[test]
fn line_ends_and_encoding_are_converted_by_hand() {
    let app = app();
    told(&app, "formats", ("a.txt", b"a\nb\n"), &[]);
    assert_eq!(app.tree.read("root/a/a.txt"), b"a\r\nb\r\n");
    let mixed = told(
        &app,
        "formats",
        ("b.txt", b"a\nb\r\nc\rd\n"),
        &["--choice", "utf-16le"],
    );
    assert_eq!(
        (&mixed["before"], &mixed["after"], &mixed["encoding"]),
        (
            &json!("Mixed line ends"),
            &json!("CRLF"),
            &json!("UTF-16 LE")
        )
    );
    let bytes: Vec<u8> = "\u{feff}a\r\nb\r\nc\r\nd\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(app.tree.read("root/a/b.txt"), bytes);
}

#[test]
fn every_byte_of_every_single_byte_encoding_comes_back_in_a_browser() {
    let app = app();
    let told = told(&app, "every-byte", ("doc.txt", b"x\n"), &[]);
    assert_eq!(told["lost"], json!([]));
    let known = told["known"].as_object().expect("a table");
    assert_eq!(known.len(), 27);
    assert_eq!(known["windows-1252"], 255);
    assert!(
        known.values().all(|count| count.as_u64() > Some(180)),
        "{told}"
    );
}
