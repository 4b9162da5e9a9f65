//! Key files that no token is verified by: told when they are read, not when a token comes.

use super::*;

fn read(algorithm: &str, file: &[u8]) -> Result<(), NotKeys> {
    Keys::read(rules(algorithm).algorithm, file).map(drop)
}

fn set(jwk: &Value) -> Vec<u8> {
    json!({"keys": [jwk]}).to_string().into_bytes()
}

/// The file of an RSA key that is too small: its modulus has 1024 bits.
fn small_rsa() -> Vec<u8> {
    let n = [vec![0xc3], vec![0x5a; 126], vec![0x5b]].concat();
    let e = vec![1, 0, 1];
    let components = aws_lc_rs::signature::RsaPublicKeyComponents { n, e };
    spki(components.as_der().expect("DER").as_ref())
}

#[test]
fn a_key_of_another_kind_curve_or_size_is_told_when_it_is_read() {
    let rsa = Signer::rsa("RS256", KeySize::Rsa2048);
    let (p256, p384, ed) = (Signer::ec("ES256"), Signer::ec("ES384"), Signer::ed());
    for (algorithm, wrong) in [
        ("ES256", [&p384, &rsa, &ed]),
        ("ES384", [&p256, &rsa, &ed]),
        ("EdDSA", [&p256, &rsa, &p384]),
        ("RS256", [&p256, &ed, &p384]),
        ("PS512", [&p256, &ed, &p384]),
    ] {
        for other in wrong {
            for file in [&other.file, &set(&other.jwk)] {
                let outcome = read(algorithm, file);
                assert!(matches!(outcome, Err(NotKeys::Unfit(_))), "{algorithm}");
            }
        }
    }
    let small = read("RS256", &small_rsa());
    assert!(matches!(small, Err(NotKeys::Unfit(_))), "1024 bits");
}

#[test]
fn a_secret_is_long_enough_without_its_line_end() {
    let line = |end: &[u8]| [&SECRET[..31], end].concat();
    for secret in [
        vec![],
        line(b""),
        line(b"\n"),
        line(b"\r\n"),
        b"\n".to_vec(),
    ] {
        assert_eq!(read("HS256", &secret), Err(NotKeys::Short));
    }
    assert_eq!(read("HS256", &line(b"x\n")), Ok(()));
    let signer = Signer::secret("HS256", &SECRET[..32]);
    for end in [&b""[..], b"\n", b"\r\n"] {
        let file = [&SECRET[..32], end].concat();
        let rules = rules("HS256");
        let keys = Keys::read(rules.algorithm, &file).expect("a secret");
        assert!(
            rules
                .believe(&signer.token(&claims()), &keys, now())
                .is_ok()
        );
    }
}

#[test]
fn a_jwks_is_public_whole_and_for_this_use() {
    let p256 = Signer::ec("ES256");
    let with = |name: &str, value: Value| {
        let mut jwk = p256.jwk.clone();
        jwk[name] = value;
        read("ES256", &set(&jwk))
    };
    assert_eq!(with("d", json!("AA")), Err(NotKeys::Private));
    let padded = format!("{}=", p256.jwk["x"].as_str().expect("text"));
    for (name, bad) in [
        ("x", json!("AA")),
        ("x", json!(1)),
        ("x", json!(padded)),
        ("y", p256.jwk["x"].clone()),
        ("kid", json!(1)),
    ] {
        assert_eq!(with(name, bad), Err(NotKeys::Jwks), "{name}");
    }
    for (name, other) in [
        ("use", json!("enc")),
        ("alg", json!("ES384")),
        ("key_ops", json!(["sign"])),
        ("crv", json!("P-384")),
    ] {
        assert!(
            matches!(with(name, other), Err(NotKeys::Unfit(_))),
            "{name}"
        );
    }
    let many = json!({"keys": vec![json!({}); 65]}).to_string();
    assert_eq!(read("ES256", many.as_bytes()), Err(NotKeys::Jwks));
}

#[test]
fn a_file_holds_one_public_key_or_a_jwks() {
    let p256 = Signer::ec("ES256");
    let twice = [p256.file.clone(), p256.file.clone()].concat();
    assert_eq!(read("ES256", &twice), Err(NotKeys::Several));
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"] {
        let private = pem(label, b"x");
        assert_eq!(read("ES256", private.as_bytes()), Err(NotKeys::Private));
    }
    for text in [
        "",
        "x",
        "{}",
        "[]",
        "{\"keys\":{}}",
        "{\"keys\":[],\"keys\":[]}",
        "-----BEGIN PUBLIC KEY-----\n",
        "\u{feff}{}",
        &pem("CERTIFICATE", b"x"),
    ] {
        assert_eq!(read("ES256", text.as_bytes()), Err(NotKeys::Form), "{text}");
    }
    assert_eq!(read("ES256", &[0xff; 40]), Err(NotKeys::Form));
}
