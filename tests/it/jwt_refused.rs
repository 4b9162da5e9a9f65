//! Tokens that must not be believed: the cases of RFC 8725 and of the public lists, each with a good signature where one
//! can be had. All get one answer, equal to the byte but for Date.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::token::{Signer, app, ask_by_cookie, b64, now};
use crate::support::{Reply, Request, TestApp};

/// What nobody gets.
fn nobody(app: &TestApp) -> Reply {
    app.send(&Request::get(app.redirect_target("root/a", "doc.md", &[])))
        .expect(403)
}

#[track_caller]
fn all_refused(app: &TestApp, tokens: &[(String, String)]) {
    let nobody = nobody(app);
    for (name, token) in tokens {
        let reply = ask_by_cookie(app, token);
        assert_eq!(
            reply.but_for_date(),
            nobody.but_for_date(),
            "{name}: {token}"
        );
    }
}

fn claims() -> String {
    json!({"username": "ann", "exp": now() + 600}).to_string()
}

/// Headers that no token of `algorithm` may have, each with a name.
fn headers(algorithm: &str) -> Vec<Value> {
    let mut headers: Vec<Value> = [
        "none", "None", "NONE", "nOnE", "", "HS384", "RS512", "ES512",
    ]
    .into_iter()
    .filter(|other| *other != algorithm)
    .map(|other| json!({"typ": "JWT", "alg": other}))
    .collect();
    let own = |name: &str, value: Value| json!({"alg": algorithm, name: value});
    headers.extend([
        json!({"typ": "JWT"}),
        json!({"alg": [algorithm]}),
        own("jwk", json!({"kty": "oct", "k": "AA"})),
        own("jku", json!("https://evil.example/jwks.json")),
        own("x5u", json!("https://evil.example/cert.pem")),
        own("x5c", json!(["MIIB"])),
        own("crit", json!(["exp"])),
        own("b64", json!(false)),
        own("zip", json!("DEF")),
        own("cty", json!("JWT")),
        own("typ", json!("logout+jwt")),
        own("kid", json!(["a"])),
    ]);
    headers
}

#[test]
fn a_header_decides_nothing_even_under_a_good_signature() {
    for signer in [Signer::secret("HS256"), Signer::private("ES256")] {
        let app = app(&signer);
        let mut tokens: Vec<(String, String)> = headers(signer.algorithm)
            .into_iter()
            .map(|header| {
                (
                    header.to_string(),
                    signer.token_of(&header.to_string(), &claims()),
                )
            })
            .collect();
        let twice = format!(r#"{{"alg":"none","alg":"{}"}}"#, signer.algorithm);
        tokens.push((twice.clone(), signer.token_of(&twice, &claims())));
        let unsigned = format!("{}.{}", b64(r#"{"alg":"none"}"#), b64(claims()));
        tokens.push(("no signature".to_owned(), unsigned.clone()));
        tokens.push(("an empty signature".to_owned(), format!("{unsigned}.")));
        tokens.push(("some signature".to_owned(), format!("{unsigned}.AA")));
        all_refused(&app, &tokens);
        ask_by_cookie(
            &app,
            &signer.token_of(&json!({"alg": signer.algorithm}).to_string(), &claims()),
        )
        .expect(302);
    }
}

#[test]
fn a_public_key_signs_nothing() {
    for victim in [
        Signer::private("RS256"),
        Signer::private("ES256"),
        Signer::private("EdDSA"),
    ] {
        let app = app(&victim);
        let mut tokens = Vec::new();
        for secret in [
            victim.file.clone(),
            victim.file.trim_end().to_owned(),
            victim.file.replace('\n', "\r\n"),
        ] {
            let forger = Signer::by("HS256", &secret);
            for algorithm in ["HS256", victim.algorithm] {
                let header = json!({"typ": "JWT", "alg": algorithm}).to_string();
                tokens.push((
                    format!("{algorithm} for {}", victim.algorithm),
                    forger.token_of(&header, &claims()),
                ));
            }
        }
        for other in [
            Signer::private("RS256"),
            Signer::private("ES256"),
            Signer::private("ES384"),
            Signer::private("EdDSA"),
        ] {
            let header = json!({"typ": "JWT", "alg": victim.algorithm}).to_string();
            tokens.push((
                format!("{}'s own key", other.algorithm),
                other.token_of(&header, &claims()),
            ));
        }
        all_refused(&app, &tokens);
    }
}

#[test]
fn a_key_is_found_by_its_name_and_a_name_is_nothing_else() {
    let signer = Signer::private("ES256");
    let mut jwk = signer.jwk();
    jwk["kid"] = json!("one");
    let set = json!({"keys": [jwk]}).to_string();
    let section = json!([{"cookie": "t", "algorithm": "ES256", "public_key_file": "set"}]);
    let app = TestApp::on(crate::support::token::tree(&section, &[("set", &set)]));
    let kid = |kid: &str| {
        let header = json!({"alg": "ES256", "kid": kid}).to_string();
        (kid.to_owned(), signer.token_of(&header, &claims()))
    };
    let tricks = [
        "",
        "ONE",
        "one ",
        "one\0",
        "../../../../dev/null",
        "/etc/hostname",
        "one' OR '1'='1",
        "' UNION SELECT 'AA",
        "https://evil.example/key",
        "|id",
        "$(id)",
        "one\n",
    ];
    all_refused(&app, &tricks.map(kid));
    let (_, good) = kid("one");
    ask_by_cookie(&app, &good).expect(302);
}

#[test]
fn claims_are_plain_json_with_times_in_whole_seconds() {
    let signer = Signer::secret("HS256");
    let app = app(&signer);
    let later = now() + 600;
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let mut bodies: Vec<String> = [
        "null",
        "true",
        "1e300",
        "-1",
        "253402300800",
        "18446744073709551616",
        "9223372036854775807",
        "\"4000000000\"",
        "4e9",
        "4000000000.5",
        "[4000000000]",
        "99999999999999999999999999",
    ]
    .map(|exp| format!(r#"{{"username":"ann","exp":{exp}}}"#))
    .to_vec();
    bodies.extend([
        r#"{"username":"ann"}"#.to_owned(),
        format!(r#"{{"username":"ann","exp":1,"exp":{later}}}"#),
        format!(r#"{{"username":"ann","username":"bob","exp":{later}}}"#),
        format!(r#"{{"username":"ann","\u0065xp":1,"exp":{later}}}"#),
        format!(r#"{{"username":"ann","exp":{later},"x":{deep}}}"#),
        format!(r#"{{"username":"ann","exp":{later},"nbf":{later}}}"#),
        format!(r#"{{"username":"ann","exp":{later},"iat":{later}}}"#),
        format!(r#"{{"username":"ann","exp":{later},"iat":"now"}}"#),
        format!(r#"{{"username":"ann","exp":{later},"aud":"others"}}"#),
        format!(r#"{{"username":["ann"],"exp":{later}}}"#),
        format!(r#"{{"username":" ann","exp":{later}}}"#),
        format!(r#"{{"username":"ann","exp":{later},"groupID":-1}}"#),
        format!(r#"{{"username":"ann","exp":{later},"email":"nobody"}}"#),
        format!(r#"{{"exp":{later}}}"#),
        format!(r#"["username","ann","exp",{later}]"#),
        format!(r#"{{"username":"ann","exp":{later}}}x"#),
        String::new(),
    ]);
    let token = |body: &String| (body.clone(), signer.token_of(r#"{"alg":"HS256"}"#, body));
    let tokens: Vec<(String, String)> = bodies.iter().map(token).collect();
    all_refused(&app, &tokens);
}

#[test]
fn a_token_has_one_spelling_on_the_wire() {
    let signer = Signer::secret("HS256");
    let app = app(&signer);
    let good = signer.token_of(r#"{"alg":"HS256"}"#, &claims());
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let resigned = |message: String| {
        let signature = signer.signature(&message);
        format!("{message}.{signature}")
    };
    let shapes = [
        format!("{message}."),
        message.to_owned(),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{good}.{signature}.{signature}"),
        format!("{good}=="),
        resigned(format!("{message}==")),
        resigned(format!("{message}+/")),
        format!("{message}.%20{signature}"),
        good.replace('.', "%2E"),
        format!("{message}.{}", &signature[..42]),
        format!("{message}.{}", &signature[..22]),
        format!("{message}.{}", b64([0; 32])),
        signer.token_of(
            r#"{"alg":"HS256"}"#,
            &json!({"username": "ann", "exp": now() + 9, "x": "x".repeat(8192)}).to_string(),
        ),
    ];
    all_refused(&app, &shapes.map(|token| ("a shape".to_owned(), token)));
    ask_by_cookie(&app, &good).expect(302);
}

#[test]
fn a_signature_of_a_curve_is_two_numbers_and_neither_is_zero() {
    let signer = Signer::private("ES256");
    let app = app(&signer);
    let good = signer.token_of(r#"{"alg":"ES256"}"#, &claims());
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let raw = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let (r, s) = raw.split_at(32);
    let number = |bytes: &[u8]| [&[2, 33, 0][..], bytes].concat();
    let der = [&[0x30, 70][..], &number(r), &number(s)].concat();
    let zero = [0; 32];
    let forged = [
        der,
        vec![0; 64],
        [r, &zero].concat(),
        [&zero, s].concat(),
        [s, r].concat(),
        raw[..63].to_vec(),
        [&raw[..], &[0]].concat(),
    ];
    all_refused(
        &app,
        &forged.map(|bytes| {
            (
                "a signature".to_owned(),
                format!("{message}.{}", b64(bytes)),
            )
        }),
    );
    ask_by_cookie(&app, &good).expect(302);
}
