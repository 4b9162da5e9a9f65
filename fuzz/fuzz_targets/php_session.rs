//! Any bytes as a PHP session: no panic, no depth that reaches the stack, and nothing taken but what may be taken.

#![no_main]

use editkey::visitor::PhpSession;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(session) = PhpSession::read(bytes, Some("user")) else {
        return;
    };
    // What is taken stands there as it is.
    let stands = |text: &str| {
        let text = text.as_bytes();
        bytes.windows(text.len()).any(|part| part == text)
    };
    assert!(!session.poweruser || stands("open-guide-editor-poweruser"));
    for directory in &session.directories {
        assert!(directory.as_str().starts_with('/') && stands(directory.as_str()));
    }
    let user = session.user.iter().all(|user| stands(user.as_str()));
    let project = session.project.iter().all(|name| stands(name.as_str()));
    assert!(user && project);
});
