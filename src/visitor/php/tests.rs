//! Sessions as PHP writes them, and as it never would.

use super::super::User;
use super::*;
use crate::names::{Dirname, Label};

const POWER: &str = "open-guide-editor-poweruser|b:1;";
const ACCESS: &str = "open-guide-editor-access|";

fn read(text: &str) -> Result<PhpSession, Undecodable> {
    PhpSession::read(text.as_bytes(), Some("user"))
}

fn directories(session: &PhpSession) -> Vec<&str> {
    session.directories.iter().map(Dirname::as_str).collect()
}

#[test]
fn both_serializers_say_the_same() {
    let php = "open-guide-editor-poweruser|b:1;open-guide-editor-access|a:2:{i:0;s:6:\"/srv/a\";i:7;s:7:\"/srv/b/\";}open-guide-project-name|s:6:\"Bücher\";user|i:42;";
    let whole = "a:4:{s:27:\"open-guide-editor-poweruser\";b:1;s:24:\"open-guide-editor-access\";a:2:{i:0;s:6:\"/srv/a\";i:7;s:7:\"/srv/b/\";}s:23:\"open-guide-project-name\";s:7:\"Bücher\";s:4:\"user\";i:42;}";
    // PHP counts bytes.
    let php = php.replace("s:6:\"B", "s:7:\"B");
    let session = read(&php).expect("good");
    assert_eq!(read(whole), Ok(session.clone()));
    assert!(session.poweruser);
    assert_eq!(directories(&session), ["/srv/a", "/srv/b"]);
    assert_eq!(session.project.as_ref().map(Label::as_str), Some("Bücher"));
    assert_eq!(session.user.as_ref().map(User::as_str), Some("42"));
    assert_eq!(read(""), Ok(PhpSession::default()));
    assert_eq!(read("a:0:{}"), Ok(PhpSession::default()));
}

#[test]
fn what_is_not_asked_for_is_passed_over() {
    for other in [
        "x|N;",
        "x|d:1.0E+25;",
        "x|d:-INF;",
        "x|d:0.5;",
        "x|i:-9223372036854775808;",
        "1|s:0:\"\";",
        "x|O:8:\"stdClass\":1:{s:1:\"a\";O:8:\"stdClass\":0:{}}",
        "x|E:7:\"Suit:Up\";",
        "x|C:11:\"ArrayObject\":21:{x:i:0;a:0:{};m:a:0:{}}",
        "x|a:2:{i:0;i:1;i:1;R:3;}",
        "x|s:8:\"}\";b:1;|\";",
        "x|O:1:\"A\":1:{s:4:\"\0A\0b\";r:1;}",
        "a:b|i:1;",
    ] {
        for text in [format!("{other}{POWER}"), format!("{POWER}{other}")] {
            let session = read(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert!(session.poweruser, "{text}");
        }
    }
}

#[test]
fn whatever_is_not_a_plain_true_gives_nothing() {
    for value in [
        "b:0;",
        "i:1;",
        "s:1:\"1\";",
        "N;",
        "d:1;",
        "a:1:{i:0;b:1;}",
        "R:1;",
        "O:8:\"stdClass\":0:{}",
        "E:4:\"A:On\";",
    ] {
        let text = format!("x|i:1;open-guide-editor-poweruser|{value}");
        assert_eq!(read(&text), Ok(PhpSession::default()), "{text}");
    }
    for value in [
        "s:4:\"/srv\";",
        "b:1;",
        "a:0:{}",
        "a:1:{i:0;b:1;}",
        "a:2:{i:0;s:4:\"/srv\";i:1;R:2;}",
        "a:1:{i:0;a:1:{i:0;s:4:\"/srv\";}}",
        "O:1:\"A\":1:{s:1:\"0\";s:4:\"/srv\";}",
        "a:2:{i:0;s:4:\"/srv\";i:1;O:1:\"A\":0:{}}",
        "a:5:{i:0;s:3:\"srv\";i:1;s:5:\"/srv\0\";i:2;s:7:\"/srv/..\";i:3;s:3:\"//a\";i:4;s:2:\"/\u{fffd}\";}",
    ] {
        let text = format!("{ACCESS}{value}").replace('\u{fffd}', "?");
        let session = read(&text).expect("well formed");
        let expected: &[&str] = if text.contains("\"/?\"") {
            &["/?"]
        } else {
            &[]
        };
        assert_eq!(directories(&session), expected, "{text}");
    }
    let mut bytes = format!("{ACCESS}a:1:{{i:0;s:2:\"/").into_bytes();
    bytes.extend(b"\xff\";}");
    assert_eq!(PhpSession::read(&bytes, None), Ok(PhpSession::default()));
    let twice = format!("{ACCESS}a:2:{{i:7;s:2:\"/a\";i:7;s:2:\"/b\";}}");
    assert_eq!(read(&twice), Ok(PhpSession::default()));
    let many: Vec<String> = (0..1001).map(|at| format!("i:{at};s:1:\"/\";")).collect();
    let many = many.concat();
    let text = format!("{ACCESS}a:1001:{{{many}}}");
    assert!(read(&text).expect("well formed").directories.is_empty());
}

#[test]
fn what_php_would_not_write_gives_nothing_at_all() {
    for bad in [
        "x",
        "x|",
        "|",
        "x|b:1",
        "x|b:2;",
        "x|b:01;",
        "x|i:;",
        "x|i:-;",
        "x|i:-0;",
        "x|i:+1;",
        "x|i:01;",
        "x|i:1x;",
        "x|d:;",
        "x|d:x;",
        "x|s:2:\"a\";",
        "x|s:0:\"a\";",
        "x|s:-1:\"\";",
        "x|s:99999999:\"\";",
        "x|S:1:\"a\";",
        "x|a:1:{}",
        "x|a:0:{i:0;i:0;}",
        "x|a:1:{b:1;i:0;}",
        "x|a:-1:{}",
        "x|a:4294967296:{",
        "x|O:1:\"A\":0:{",
        "x|o:1:{}",
        "x|C:1:\"A\":2:{a}",
        "x|E:1:\"A\"",
        "x|R:;",
        "x|i:1;rest",
        "x|Z;",
        "x|N",
        "!x|",
        "}",
    ] {
        for text in [format!("{bad}{POWER}"), format!("{POWER}{bad}")] {
            // A name may hold nearly anything, so that what goes on with a name is well formed.
            if let Ok(session) = read(&text) {
                assert!(!session.poweruser, "{text}");
            }
        }
        assert!(read(&format!("{POWER}{bad}")).is_err(), "{bad}");
    }
    assert_eq!(read(&format!("{POWER}{POWER}")), Err(Undecodable::Twice));
    let twice = "a:2:{s:1:\"x\";i:1;s:1:\"x\";i:2;}";
    assert_eq!(read(twice), Err(Undecodable::Twice));
    assert_eq!(
        read("a:1:{s:1:\"x\";i:1;}rest"),
        Err(Undecodable::Malformed)
    );
    assert_eq!(
        read("a:1:{i:0;i:1;}|i:1;"),
        read("x|i:1;"),
        "a name like any other"
    );
}

#[test]
fn every_beginning_of_a_session_gives_nothing() {
    let whole =
        "a:2:{s:1:\"x\";O:1:\"A\":1:{s:1:\"p\";R:2;}s:27:\"open-guide-editor-poweruser\";b:1;}";
    for end in 1..whole.len() {
        assert!(read(&whole[..end]).is_err(), "{}", &whole[..end]);
    }
    let php = format!("{ACCESS}a:1:{{i:0;s:4:\"/srv\";}}{POWER}");
    for end in 0..php.len() {
        let poweruser = read(&php[..end]).is_ok_and(|session| session.poweruser);
        assert!(!poweruser, "{}", &php[..end]);
    }
}

#[test]
fn bombs_are_bounded() {
    let nested = |depth: usize| {
        format!(
            "x|{}i:1;{}{POWER}",
            "a:1:{i:0;".repeat(depth),
            "}".repeat(depth)
        )
    };
    assert!(read(&nested(128)).expect("deep enough").poweruser);
    assert_eq!(read(&nested(129)), Err(Undecodable::Deep));
    assert_eq!(read(&nested(100_000)), Err(Undecodable::Deep));
    let objects = format!("x|{}", "O:1:\"A\":1:{i:0;".repeat(60_000));
    assert_eq!(read(&objects), Err(Undecodable::Deep));
    assert_eq!(read("x|a:999999:{"), Err(Undecodable::Many));
    let wide = format!(
        "x|a:2:{{{}}}",
        "i:0;a:40000:{...}"
            .replace("...", &"i:1;N;".repeat(40_000))
            .repeat(2)
    );
    assert_eq!(read(&wide), Err(Undecodable::Many));
}

#[test]
fn a_text_that_reads_in_two_ways_gives_nothing() {
    let inner = "|a:1:{i:0;s:3:\"abc\";}";
    let head = "a:2:{s:27:\"open-guide-editor-poweruser\";b:1;s:1:\"k\";s:";
    // The text of k ends where the array of the other reading does.
    let length = inner.len() - "\";}".len();
    let text = format!("{head}{length}:\"{inner}");
    assert_eq!(read(&text), Err(Undecodable::Ambiguous));
}

#[test]
fn other_serializers_are_named() {
    let named = |bytes: &[u8]| match PhpSession::read(bytes, None) {
        Err(Undecodable::Serializer(name)) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(named(b"\0\0\0\x02\x14\x01\x11\x01xb"), "igbinary");
    assert_eq!(named(b"\x81\xa1x\x01"), "msgpack");
    assert_eq!(named(b"\x1bopen-guide-editor-poweruserb:1;"), "php_binary");
    assert_eq!(named(b"\x02idi:7;"), "php_binary");
}

#[test]
fn a_session_without_anything_of_ours_is_nobody() {
    let source = PhpSource::new("PHPSESSID".to_owned(), Some("user".to_owned()));
    let by = |text: &str| {
        let session = source.read(text.as_bytes())?;
        Some(source.visitor(&session, "HASH".into())?.by().to_string())
    };
    assert_eq!(by(""), None);
    assert_eq!(by("cart|a:0:{}open-guide-project-name|s:1:\"x\";"), None);
    assert_eq!(by(POWER).as_deref(), Some("php#HASH"));
    assert_eq!(by("user|s:3:\"ann\";").as_deref(), Some("php:ann"));
    assert_eq!(by("user|s:4:\" ann\";"), None);
    assert_eq!(
        by("user|s:0:\"\";open-guide-editor-poweruser|b:1;").as_deref(),
        Some("php#HASH")
    );
    assert_eq!(by("user|b:1;"), None);
}
