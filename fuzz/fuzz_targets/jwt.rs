//! Header and claims of a token, and the key files: nothing makes them stumble, and nothing unsigned is believed.
//!
//! The input is a header and claims with a line's end between them. They are tried as they are, and once more under a good
//! signature, since without one the claims would never be looked at.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use editkey::visitor::jwt::{Carrier, ClaimNames, Keys, TOKEN_BYTES, TokenRules};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_800_000_000;

static KEY: LazyLock<hmac::Key> = LazyLock::new(|| hmac::Key::new(hmac::HMAC_SHA256, SECRET));
static RULES: LazyLock<TokenRules> = LazyLock::new(|| TokenRules {
    carrier: Carrier::Cookie("t".to_owned()),
    algorithm: "HS256".parse().expect("an algorithm"),
    issuer: None,
    audience: None,
    claims: ClaimNames::default(),
});
static KEYS: LazyLock<Keys> =
    LazyLock::new(|| Keys::read(RULES.algorithm, SECRET).expect("a secret"));

fuzz_target!(|input: &[u8]| {
    let now = Timestamp::from_second(NOW).expect("a time");
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(
            RULES.believe(text, &KEYS, now).is_err(),
            "believed unsigned"
        );
    }
    for algorithm in ["HS256", "RS256", "ES256", "EdDSA"] {
        let algorithm = algorithm.parse().expect("an algorithm");
        let _ = Keys::read(algorithm, input);
    }
    let at = input.iter().position(|byte| *byte == b'\n');
    let (header, claims) = input.split_at(at.unwrap_or(0));
    let header = if header.is_empty() {
        &br#"{"alg":"HS256"}"#[..]
    } else {
        header
    };
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = hmac::sign(&KEY, message.as_bytes());
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    if let Ok(visitor) = RULES.believe(&token, &KEYS, now) {
        assert!(visitor.name().is_some() && token.len() <= TOKEN_BYTES);
        assert!(!visitor.by().chars().any(char::is_control));
    }
});
