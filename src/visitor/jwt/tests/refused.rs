//! What is not believed, and by which rule: the tricks of RFC 8725 and of the public lists of attacks.

use super::*;

fn refused(signer: &Signer, token: &str) -> Unbelieved {
    let outcome = rules(signer.algorithm).believe(token, &signer.keys(), now());
    outcome.expect_err(token)
}

/// A good signature under this header.
fn by_header(header: &str) -> Unbelieved {
    let signer = Signer::secret("HS256", SECRET);
    refused(&signer, &signer.token_of(header, &claims().to_string()))
}

/// A good signature under these claims.
fn by_claims(claims: &str) -> Unbelieved {
    let signer = Signer::secret("HS256", SECRET);
    refused(&signer, &signer.token_of(r#"{"alg":"HS256"}"#, claims))
}

#[test]
fn the_algorithm_is_that_of_the_settings_whatever_a_token_says() {
    for name in [
        "none", "None", "NONE", "nOnE", "HS512", "RS256", "hs256", "HS256 ", "", "ES256",
    ] {
        let header = json!({"typ": "JWT", "alg": name}).to_string();
        assert_eq!(by_header(&header), Unbelieved::Algorithm, "{name}");
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"ALG":"HS256"}"#,
        r#"{"alg":256}"#,
    ] {
        assert_eq!(by_header(header), Unbelieved::Algorithm, "{header}");
    }
}

#[test]
fn a_public_key_is_no_secret() {
    // The public key, in every spelling of its file, as the secret of an HMAC.
    let rsa = Signer::rsa("RS256", KeySize::Rsa2048);
    let ec = Signer::ec("ES256");
    for signer in [&rsa, &ec] {
        let file = signer.file.clone();
        let trimmed = file.strip_suffix(b"\n").expect("a line").to_vec();
        for secret in [file, trimmed] {
            let forger = Signer::secret("HS256", &secret);
            let token = forger.token(&claims());
            assert_eq!(refused(signer, &token), Unbelieved::Algorithm);
            let relabelled = json!({"alg": signer.algorithm}).to_string();
            let token = forger.token_of(&relabelled, &claims().to_string());
            assert_eq!(refused(signer, &token), Unbelieved::Signature);
        }
        let hs256 = rules("HS256").algorithm;
        assert_eq!(
            Keys::read(hs256, &signer.file).err(),
            Some(NotKeys::PublicAsSecret)
        );
    }
}

#[test]
fn a_token_brings_no_key_and_asks_for_nothing_special() {
    for name in ["jwk", "jku", "x5u", "x5c"] {
        let header = json!({"alg": "HS256", name: "https://evil.example/keys"}).to_string();
        assert_eq!(by_header(&header), Unbelieved::OwnKey, "{name}");
    }
    for header in [
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","zip":"DEF"}"#,
        r#"{"alg":"HS256","enc":"A128GCM"}"#,
        r#"{"alg":"HS256","cty":"JWT"}"#,
        r#"{"alg":"HS256","typ":"logout+jwt"}"#,
        r#"{"alg":"HS256","typ":"JOSE"}"#,
        r#"{"alg":"HS256","typ":1}"#,
    ] {
        assert_eq!(by_header(header), Unbelieved::Asks, "{header}");
    }
    for kid in [json!(1), json!(null), json!({"a": 1}), json!(["x"])] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        assert_eq!(by_header(&header), Unbelieved::NoKey, "{header}");
    }
}

#[test]
fn a_name_that_stands_twice_or_too_deep_json_is_not_read() {
    let deep = format!(
        "{{\"alg\":\"HS256\",\"x\":{}{}}}",
        "[".repeat(16),
        "]".repeat(16)
    );
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"none"}"#,
        r#"{"alg":"HS256"} "#.trim_end_matches(['}', ' ']),
        r#"["alg"]"#,
        "HS256",
        &deep,
    ] {
        assert_eq!(by_header(header), Unbelieved::NotJson, "{header}");
    }
    let deeper = format!(
        "{{\"exp\":{},\"username\":\"ann\",\"x\":{}1{}}}",
        NOW + 9,
        "[".repeat(500),
        "]".repeat(500)
    );
    for claims in [
        format!(
            r#"{{"exp":{},"username":"ann","username":"root"}}"#,
            NOW + 9
        ),
        format!(r#"{{"exp":1,"exp":{},"username":"ann"}}"#, NOW + 9),
        format!(
            r#"{{"exp":{},"username":"ann","x":{{"y":1,"y":2}}}}"#,
            NOW + 9
        ),
        deeper,
        "null".to_owned(),
        "[]".to_owned(),
    ] {
        assert_eq!(by_claims(&claims), Unbelieved::NotJson, "{claims}");
    }
}

#[test]
fn times_are_whole_seconds_of_this_calendar() {
    let exp = |text: &str| by_claims(&format!(r#"{{"username":"ann","exp":{text}}}"#));
    for bad in [
        "null",
        "true",
        "\"1900000000\"",
        "1900000000.0",
        "1.9e9",
        "-1",
        "-1900000000",
        "253402300800",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e300",
        "[1900000000]",
        "{}",
    ] {
        assert_eq!(exp(bad), Unbelieved::Time, "exp {bad}");
    }
    assert_eq!(by_claims(r#"{"username":"ann"}"#), Unbelieved::Time);
    for name in ["nbf", "iat"] {
        for bad in ["null", "1.5", "-1", "1e9", "\"1\"", "253402300800"] {
            let claims = format!(r#"{{"username":"ann","exp":{},"{name}":{bad}}}"#, NOW + 9);
            assert_eq!(by_claims(&claims), Unbelieved::Time, "{name} {bad}");
        }
    }
}

#[test]
fn a_minute_of_leeway_and_no_more() {
    let signer = Signer::secret("HS256", SECRET);
    let outcome = |more: Value| {
        let token = signer.token(&with(&more));
        let visitor = rules("HS256").believe(&token, &signer.keys(), now());
        visitor.map(|_| ())
    };
    assert_eq!(outcome(json!({"exp": NOW - 59})), Ok(()));
    assert_eq!(outcome(json!({"exp": NOW - 60})), Err(Unbelieved::Ended));
    assert_eq!(outcome(json!({"exp": 0})), Err(Unbelieved::Ended));
    assert_eq!(outcome(json!({"exp": 253_402_300_799_u64})), Ok(()));
    for name in ["nbf", "iat"] {
        assert_eq!(outcome(json!({name: NOW + 60})), Ok(()), "{name}");
        assert_eq!(
            outcome(json!({name: NOW + 61})),
            Err(Unbelieved::Early),
            "{name}"
        );
        assert_eq!(outcome(json!({name: null})), Ok(()), "{name}");
    }
}

#[test]
fn issuer_and_audience_are_those_of_the_settings() {
    let signer = Signer::secret("HS256", SECRET);
    let outcome = |audience: Option<&str>, more: Value| {
        let mut rules = rules("HS256");
        rules.issuer = Some("https://id.example".to_owned());
        rules.audience = audience.map(str::to_owned);
        let token = signer.token(&with(&more));
        rules.believe(&token, &signer.keys(), now()).map(|_| ())
    };
    let us = "https://id.example";
    assert_eq!(outcome(None, json!({"iss": us})), Ok(()));
    for iss in [
        json!(null),
        json!("https://id.example/"),
        json!("HTTPS://id.example"),
        json!([us]),
        json!(""),
    ] {
        assert_eq!(outcome(None, json!({"iss": iss})), Err(Unbelieved::Issuer));
    }
    for good in [json!("edit"), json!(["other", "edit"])] {
        assert_eq!(
            outcome(Some("edit"), json!({"iss": us, "aud": good})),
            Ok(())
        );
        let unnamed = outcome(None, json!({"iss": us, "aud": good}));
        assert_eq!(
            unnamed,
            Err(Unbelieved::Audience),
            "for somebody, and not said to be us"
        );
    }
    for bad in [
        json!(null),
        json!("editor"),
        json!([]),
        json!(["other"]),
        json!(["edit", 1]),
        json!({"edit": 1}),
        json!("edit,other"),
    ] {
        assert_eq!(
            outcome(Some("edit"), json!({"iss": us, "aud": bad})),
            Err(Unbelieved::Audience)
        );
    }
}

#[test]
fn a_token_has_one_spelling() {
    let signer = Signer::secret("HS256", SECRET);
    let good = signer.token(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let [header, body, signature] = parts[..] else {
        panic!("three parts");
    };
    let bad = vec![
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{header}.{body}"),
        format!("{header}.{body}."),
        format!("{header}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{good}.{body}.{signature}"),
        format!("{good}="),
        format!("{header}=.{body}.{signature}"),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{header}. {body}.{signature}"),
        format!("{header}.{body}\r\n.{signature}"),
        format!("{header}.{body}.%61{signature}"),
        format!("{header}.{body}.{signature}\u{e9}"),
    ];
    for token in bad {
        let why = refused(&signer, &token);
        let form = matches!(why, Unbelieved::NotCompact | Unbelieved::Signature);
        assert!(form, "{token}: {why}");
    }
    // The same by a good signature over another spelling.
    let binary = STANDARD.encode(r#"{"x":"ûÿþ~~~???"}"#);
    assert!(binary.contains(['+', '/']), "{binary}");
    for body in [
        format!("{body}="),
        format!(" {body}"),
        format!("{body}\n"),
        format!("{body}%3D"),
        format!("{body}A"),
        binary,
    ] {
        let message = format!("{header}.{body}");
        let token = format!("{message}.{}", signer.signature(&message));
        assert_eq!(refused(&signer, &token), Unbelieved::NotCompact, "{token}");
    }
    // The last letter holds two bits that nothing is said by.
    let mut last = good.clone();
    let end = last.pop().expect("a letter");
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = letters.find(end).expect("a letter");
    last.push_str(&letters[(at | 1)..=(at | 1)]);
    assert_eq!(refused(&signer, &last), Unbelieved::NotCompact);
    let long = signer.token(&with(&json!({"x": "x".repeat(TOKEN_BYTES)})));
    assert_eq!(refused(&signer, &long), Unbelieved::TooLong);
}

#[test]
fn a_signature_is_whole_and_by_our_key() {
    let signer = Signer::secret("HS256", SECRET);
    let good = signer.token(&claims());
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    for bad in [
        &bytes[..31],
        &bytes[..1],
        &[0; 32],
        &[&bytes[..], &[0]].concat()[..],
    ] {
        assert_eq!(
            refused(&signer, &format!("{message}.{}", b64(bad))),
            Unbelieved::Signature
        );
    }
    let ec = Signer::ec("ES256");
    let good = ec.token(&claims());
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let raw = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let (r, s) = raw.split_at(32);
    let integer = |bytes: &[u8]| [&[2, 33, 0][..], bytes].concat();
    let der = [&[0x30, 70][..], &integer(r), &integer(s)].concat();
    let zero = [0; 32];
    let wrong = |r: &[u8], s: &[u8]| [r, s].concat();
    for bad in [
        der,
        wrong(&zero, &zero),
        wrong(r, &zero),
        wrong(&zero, s),
        wrong(s, r),
        raw[..63].to_vec(),
        vec![0xff; 64],
    ] {
        assert_eq!(
            refused(&ec, &format!("{message}.{}", b64(bad))),
            Unbelieved::Signature
        );
    }
}
