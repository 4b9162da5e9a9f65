//! Tokens as strangers and sign-ons write them, and what is believed of them.

mod believed;
mod mutated;
mod refused;
mod unfit;
mod vectors;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::*;

/// The moment of all these tests.
const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Rules without issuer and audience.
fn rules(algorithm: &str) -> TokenRules {
    TokenRules {
        carrier: Carrier::Cookie("t".to_owned()),
        algorithm: algorithm.parse().expect("an algorithm"),
        issuer: None,
        audience: None,
        claims: ClaimNames::default(),
    }
}

/// Somebody who signs by one algorithm, and what their public key or their secret is in a file.
struct Signer {
    algorithm: &'static str,
    key: EncodingKey,
    file: Vec<u8>,
    /// The public key as a JWK, where there is one.
    jwk: Value,
}

impl Signer {
    fn secret(algorithm: &'static str, secret: &[u8]) -> Self {
        Self {
            algorithm,
            key: EncodingKey::from_secret(secret),
            file: secret.to_vec(),
            jwk: Value::Null,
        }
    }

    fn rsa(algorithm: &'static str, size: KeySize) -> Self {
        let pair = RsaKeyPair::generate(size).expect("a key");
        let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().expect("DER");
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
            pair.public_key().as_der().expect("DER");
        let bits = aws_lc_rs::rsa::PublicEncryptingKey::from_der(public.as_ref());
        let bytes = bits.expect("a key").key_size_bytes();
        // RSAPublicKey ends with the modulus, its leading zero, and the exponent 65537 in five bytes.
        let raw = pair.public_key().as_ref();
        let modulus = &raw[raw.len() - 5 - bytes..raw.len() - 5];
        let pem = pem("PRIVATE KEY", private.as_ref());
        Self {
            algorithm,
            key: EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key"),
            file: spki(public.as_ref()),
            jwk: json!({"kty": "RSA", "n": b64(modulus), "e": "AQAB"}),
        }
    }

    fn ec(algorithm: &'static str) -> Self {
        let (signing, curve) = match algorithm {
            "ES256" => (&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            _ => (&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
        };
        let pair = EcdsaKeyPair::generate(signing).expect("a key");
        let private = pair.to_pkcs8v1().expect("DER");
        let public = pair.public_key().as_der().expect("DER");
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        Self {
            algorithm,
            key: EncodingKey::from_ec_der(private.as_ref()),
            file: spki(public.as_ref()),
            jwk: json!({"kty": "EC", "crv": curve, "x": b64(x), "y": b64(y)}),
        }
    }

    fn ed() -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let private = pair.to_pkcs8v1().expect("DER");
        let public = pair.public_key().as_der().expect("DER");
        Self {
            algorithm: "EdDSA",
            key: EncodingKey::from_ed_der(private.as_ref()),
            file: spki(public.as_ref()),
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key().as_ref())}),
        }
    }

    fn keys(&self) -> Keys {
        Keys::read(rules(self.algorithm).algorithm, &self.file).expect("keys")
    }

    /// A signature over any text, by this algorithm.
    fn signature(&self, message: &str) -> String {
        let algorithm = self.algorithm.parse().expect("an algorithm");
        jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, algorithm).expect("signed")
    }

    /// A token of these two texts.
    fn token_of(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", b64(header), b64(claims));
        let signature = self.signature(&message);
        format!("{message}.{signature}")
    }

    /// A token with the usual header.
    fn token(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": self.algorithm});
        self.token_of(&header.to_string(), &claims.to_string())
    }
}

/// Claims that are believed.
fn claims() -> Value {
    json!({"username": "ann", "iat": NOW, "nbf": NOW, "exp": NOW + 600})
}

/// The usual claims with these besides, or instead; `null` takes one away.
fn with(more: &Value) -> Value {
    let mut all = claims();
    for (name, value) in more.as_object().expect("members") {
        all[name] = value.clone();
    }
    let all_members = all.as_object_mut().expect("members");
    all_members.retain(|_, value| !value.is_null());
    all
}

fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

fn spki(der: &[u8]) -> Vec<u8> {
    pem("PUBLIC KEY", der).into_bytes()
}

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
