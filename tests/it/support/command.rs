//! What a command of the program said and printed, and that it ended as it should.

use std::process::Output;

use serde_json::Value;

/// What a command that has to succeed printed.
#[track_caller]
pub(crate) fn printed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What a command that has to fail with `code` said.
#[track_caller]
pub(crate) fn refused(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// What a command that has to succeed printed as JSON.
#[track_caller]
pub(crate) fn json_of(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).expect("JSON")
}

/// The key of the bookmark that was printed.
#[track_caller]
pub(crate) fn key_of(output: &Output) -> String {
    let said = printed(output);
    let key = said.split_once("accesskey=").map(|(_, key)| key.trim());
    key.unwrap_or_else(|| panic!("no bookmark: {output:?}"))
        .to_owned()
}
