//! No token that anybody changed is believed, whatever was changed; and who believes it is not us alone.

use proptest::prelude::*;

use super::*;

/// What another library says of a token, by the same rules.
fn another_opinion(token: &str) -> bool {
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    // It reads the clock itself.
    validation.validate_exp = false;
    let key = jsonwebtoken::DecodingKey::from_secret(SECRET);
    jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok()
}

fn believed(signer: &Signer, token: &str) -> bool {
    let keys = signer.keys();
    rules(signer.algorithm).believe(token, &keys, now()).is_ok()
}

#[test]
fn no_token_with_a_flipped_byte_is_believed() {
    for signer in [
        Signer::secret("HS256", SECRET),
        Signer::ec("ES256"),
        Signer::ed(),
    ] {
        let keys = signer.keys();
        let rules = rules(signer.algorithm);
        let good = signer.token(&claims());
        assert!(rules.believe(&good, &keys, now()).is_ok());
        for at in 0..good.len() {
            for bit in 0..7 {
                let mut bytes = good.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let text = String::from_utf8(bytes).expect("ASCII");
                assert!(
                    rules.believe(&text, &keys, now()).is_err(),
                    "{at} {bit}: {text}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mutated_token_is_believed(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, "[A-Za-z0-9_.=+/ -]{0,6}"), 1..5),
    ) {
        let signer = Signer::secret("HS256", SECRET);
        let good = signer.token(&claims());
        let mut token = good.clone();
        for (at, length, text) in cuts {
            let at = at.index(token.len() + 1);
            let end = (at + length).min(token.len());
            token.replace_range(at..end, &text);
        }
        prop_assert!(token == good || !believed(&signer, &token), "{token}");
    }

    #[test]
    fn nothing_that_is_signed_makes_us_stumble(header in ".{0,80}", body in any::<Vec<u8>>()) {
        let signer = Signer::secret("HS256", SECRET);
        let message = format!("{}.{}", b64(header), b64(body));
        let token = format!("{message}.{}", signer.signature(&message));
        prop_assert!(!believed(&signer, &token));
    }

    #[test]
    fn what_we_believe_another_library_believes(
        typ in prop::sample::select(vec!["JWT", "jwt", "at+jwt", "application/at+JWT", "JOSE"]),
        alg in prop::sample::select(vec!["HS256", "HS256", "HS384", "none"]),
        user in "[ -~]{0,12}", exp in -5_i64..5, group in any::<u16>(), tamper in 0..4_usize,
    ) {
        let signer = Signer::secret("HS256", SECRET);
        let header = json!({"typ": typ, "alg": alg}).to_string();
        let claims = json!({"username": user, "exp": NOW + exp * 60, "groupID": group}).to_string();
        let mut token = signer.token_of(&header, &claims);
        if tamper == 0 {
            token.insert(token.len() - 3, 'A');
        }
        prop_assert!(!believed(&signer, &token) || another_opinion(&token), "{token}");
    }
}
