//! The examples of the RFCs themselves: RFC 7515, appendix A, and RFC 8037, appendix A.

use super::*;

/// A moment before the examples' `exp`.
const THEN: i64 = 1_300_819_000;
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn believe(algorithm: &str, file: &[u8], token: &str, now: i64) -> Result<Visitor, Unbelieved> {
    let mut rules = rules(algorithm);
    rules.issuer = Some("joe".to_owned());
    rules.claims.user = Some("iss".to_owned());
    let keys = Keys::read(rules.algorithm, file).expect("a key");
    rules.believe(token, &keys, Timestamp::from_second(now).expect("a time"))
}

fn one_key(jwk: &Value) -> Vec<u8> {
    json!({"keys": [jwk]}).to_string().into_bytes()
}

fn examples() -> [(&'static str, Vec<u8>, String); 3] {
    let secret =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let rsa = json!({"kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"});
    let ec = json!({"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    [
        (
            "HS256",
            URL_SAFE_NO_PAD.decode(secret).expect("a secret"),
            format!(
                "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            ),
        ),
        (
            "RS256",
            one_key(&rsa),
            format!(
                "eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
            ),
        ),
        (
            "ES256",
            one_key(&ec),
            format!(
                "eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
            ),
        ),
    ]
}

#[test]
fn the_examples_of_the_rfcs_are_believed_in_their_time() {
    for (algorithm, file, token) in examples() {
        let visitor = believe(algorithm, &file, &token, THEN);
        let visitor = visitor.unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        assert_eq!(visitor.name(), Some("joe"), "{algorithm}");
        let late = believe(algorithm, &file, &token, NOW);
        assert_eq!(late, Err(Unbelieved::Ended), "{algorithm}");
    }
}

#[test]
fn the_unsecured_example_and_another_ones_key_are_not() {
    let unsecured = format!("eyJhbGciOiJub25lIn0.{CLAIMS}.");
    let with_signature = format!("eyJhbGciOiJub25lIn0.{CLAIMS}.AA");
    for (algorithm, file, _) in examples() {
        let none = believe(algorithm, &file, &unsecured, THEN);
        assert_eq!(none, Err(Unbelieved::NotCompact), "{algorithm}");
        let none = believe(algorithm, &file, &with_signature, THEN);
        assert_eq!(none, Err(Unbelieved::Algorithm), "{algorithm}");
        for (other, _, token) in examples() {
            if other != algorithm {
                let foreign = believe(algorithm, &file, &token, THEN);
                assert_eq!(
                    foreign,
                    Err(Unbelieved::Algorithm),
                    "{other} for {algorithm}"
                );
            }
        }
    }
}

#[test]
fn the_ed25519_example_verifies_and_says_nothing() {
    let jwk =
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    // The signature is good; the text is no JSON.
    let file = one_key(&jwk);
    assert_eq!(
        believe("EdDSA", &file, token, THEN),
        Err(Unbelieved::NotJson)
    );
    let other = token.replace("RXhh", "RXhi");
    assert_eq!(
        believe("EdDSA", &file, &other, THEN),
        Err(Unbelieved::Signature)
    );
}
