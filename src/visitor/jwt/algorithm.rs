//! The algorithms that the settings can fix, each of one kind of key.
//!
//! `none` is not among them, and nothing here is chosen by a token.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};

/// How tokens are signed: one of RFC 7518's, or `EdDSA` with Ed25519 (RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithm(&'static Row);

/// Why a text is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA"
)]
pub struct NotAlgorithm;

#[derive(Debug)]
struct Row {
    name: &'static str,
    means: Means,
}

/// What verifies, and the kind of key that it takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Means {
    /// A secret that both sides have.
    Secret(hmac::Algorithm),
    /// A public key.
    Public(&'static dyn VerificationAlgorithm, Kind),
}

/// The kind of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    /// On this curve, whose coordinates have so many bytes.
    Ec(&'static str, usize),
    Ed25519,
}

const fn secret(name: &'static str, algorithm: hmac::Algorithm) -> Row {
    let means = Means::Secret(algorithm);
    Row { name, means }
}

const fn public(
    name: &'static str,
    algorithm: &'static dyn VerificationAlgorithm,
    kind: Kind,
) -> Row {
    let means = Means::Public(algorithm, kind);
    Row { name, means }
}

const P256: Kind = Kind::Ec("P-256", 32);
const P384: Kind = Kind::Ec("P-384", 48);

static ROWS: [Row; 12] = [
    secret("HS256", hmac::HMAC_SHA256),
    secret("HS384", hmac::HMAC_SHA384),
    secret("HS512", hmac::HMAC_SHA512),
    public("RS256", &RSA_PKCS1_2048_8192_SHA256, Kind::Rsa),
    public("RS384", &RSA_PKCS1_2048_8192_SHA384, Kind::Rsa),
    public("RS512", &RSA_PKCS1_2048_8192_SHA512, Kind::Rsa),
    public("PS256", &RSA_PSS_2048_8192_SHA256, Kind::Rsa),
    public("PS384", &RSA_PSS_2048_8192_SHA384, Kind::Rsa),
    public("PS512", &RSA_PSS_2048_8192_SHA512, Kind::Rsa),
    public("ES256", &ECDSA_P256_SHA256_FIXED, P256),
    public("ES384", &ECDSA_P384_SHA384_FIXED, P384),
    public("EdDSA", &ED25519, Kind::Ed25519),
];

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Row {}

impl Algorithm {
    /// Its name, as in a token's `alg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// Whether its key is a secret that both sides have.
    #[must_use]
    pub fn takes_secret(self) -> bool {
        matches!(self.0.means, Means::Secret(_))
    }

    pub(super) fn means(self) -> Means {
        self.0.means
    }
}

impl FromStr for Algorithm {
    type Err = NotAlgorithm;

    fn from_str(text: &str) -> Result<Self, NotAlgorithm> {
        let mut rows = ROWS.iter();
        let row = rows.find(|row| row.name == text);
        row.map(Self).ok_or(NotAlgorithm)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_has_one_spelling_and_none_is_none() {
        for row in &ROWS {
            assert_eq!(
                row.name.parse::<Algorithm>().map(Algorithm::as_str),
                Ok(row.name)
            );
            assert!(row.name.to_ascii_lowercase().parse::<Algorithm>().is_err());
        }
        for bad in [
            "", "none", "None", "NONE", "nOnE", "HS1", "ES256K", "ES512", "RS1", "Ed25519",
            " HS256",
        ] {
            assert_eq!(bad.parse::<Algorithm>(), Err(NotAlgorithm), "{bad}");
        }
    }
}
