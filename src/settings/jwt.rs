//! Signed tokens: where they stand, by what they are verified, and which of their claims say who it is.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::meaning::Reader;
use crate::store::keyfile::{self, Secrecy};
use crate::visitor::jwt::{Algorithm, Carrier, ClaimNames, Keys, TokenRules};

/// Most sections.
const SECTIONS: usize = 8;
/// Most characters of a name or a text here.
const TEXT_CHARS: usize = 256;

/// Tokens of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    /// Which are believed, and what is read of them.
    pub rules: TokenRules,
    /// The file of the keys they are verified by.
    pub key_file: PathBuf,
    /// Who may read it.
    pub secrecy: Secrecy,
}

/// JSON Web Tokens of one kind, from one sign-on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawJwt {
    /// The cookie that holds the token. Either this or `header`.
    cookie: Option<String>,
    /// The header that holds the token; in `authorization` it stands behind `Bearer`.
    header: Option<String>,
    /// The one algorithm that is believed: HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or
    /// `EdDSA`. Needed.
    algorithm: Option<String>,
    /// The file of the secret, for HS256, HS384 and HS512: at least 32 bytes, not readable by everybody.
    secret_file: Option<String>,
    /// The file of the public key in PEM, or of a JWKS, for all other algorithms.
    public_key_file: Option<String>,
    /// What `iss` must be; any if absent.
    issuer: Option<String>,
    /// What must stand in `aud`; if absent, a token with `aud` is refused.
    audience: Option<String>,
    /// Which claims say who it is.
    claims: Option<RawClaims>,
}

/// Which claims say who it is.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawClaims {
    /// Their name; if absent: `username`, else `name` in a token without `sub`, else `sub`.
    user: Option<String>,
    /// Their e-mail address; `email` if absent.
    email: Option<String>,
    /// Their groups, a list or a text with commas; `group` and `groups` if absent.
    groups: Option<String>,
    /// Their level, as Organizr counts; `groupID` if absent.
    level: Option<String>,
}

/// The sections in `raw`; every one that is incomplete is refused.
pub(super) fn jwt(raw: Vec<Option<RawJwt>>, reader: &mut Reader<'_>) -> Vec<Jwt> {
    if raw.len() > SECTIONS {
        reader.refuse("jwt", &"at most 8 kinds of tokens");
    }
    let sections = raw.into_iter().enumerate().filter_map(|(index, raw)| {
        let path = format!("jwt[{index}]");
        if raw.is_none() {
            reader.refuse(&path, &"this is a section in braces");
        }
        section(&raw?, &path, reader)
    });
    sections.collect()
}

fn section(raw: &RawJwt, path: &str, reader: &mut Reader<'_>) -> Option<Jwt> {
    let at = |name: &str| format!("{path}.{name}");
    let carrier = carrier(raw, path, reader);
    let algorithm: Option<Algorithm> = reader.needed(&at("algorithm"), raw.algorithm.as_deref());
    let mut text =
        |name: &str, text: &Option<String>| reader.optional(&at(name), text.as_deref(), short);
    let issuer = text("issuer", &raw.issuer);
    let audience = text("audience", &raw.audience);
    let raw_claims = raw.claims.clone().unwrap_or_default();
    let claims = ClaimNames {
        user: text("claims.user", &raw_claims.user),
        email: text("claims.email", &raw_claims.email),
        groups: text("claims.groups", &raw_claims.groups),
        level: text("claims.level", &raw_claims.level),
    };
    let secret = reader.file(&at("secret_file"), raw.secret_file.as_deref());
    let public = reader.file(&at("public_key_file"), raw.public_key_file.as_deref());
    let algorithm = algorithm?;
    let (wanted, key_file, (other, unwanted), secrecy) = if algorithm.takes_secret() {
        let other = ("public_key_file", &raw.public_key_file);
        ("secret_file", secret, other, Secrecy::Secret)
    } else {
        let other = ("secret_file", &raw.secret_file);
        ("public_key_file", public, other, Secrecy::Public)
    };
    if unwanted.is_some() {
        let rule = format!("{algorithm} takes a {wanted}: leave this out");
        reader.refuse(&at(other), &rule);
    }
    if key_file.is_none() {
        reader.refuse(&at(wanted), &format!("needed for {algorithm}"));
    }
    Some(Jwt {
        rules: TokenRules {
            carrier: carrier?,
            algorithm,
            issuer,
            audience,
            claims,
        },
        key_file: key_file?,
        secrecy,
    })
}

fn carrier(raw: &RawJwt, path: &str, reader: &mut Reader<'_>) -> Option<Carrier> {
    let at = |name: &str| format!("{path}.{name}");
    match (&raw.cookie, &raw.header) {
        (Some(cookie), None) => {
            let name = reader.optional(&at("cookie"), Some(cookie), token)?;
            Some(Carrier::Cookie(name))
        }
        (None, Some(header)) => {
            let name = reader.optional(&at("header"), Some(header), header_name)?;
            Some(Carrier::Header(name))
        }
        (Some(_), Some(_)) => {
            let rule = "a token stands in a cookie or in a header: leave out one of the two";
            reader.refuse(&at("header"), &rule);
            None
        }
        (None, None) => {
            reader.refuse(path, &"name the cookie or the header that holds the token");
            None
        }
    }
}

/// A text that is not empty and not endless.
fn short(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.chars().count() > TEXT_CHARS {
        return Err("this has 1 to 256 characters");
    }
    Ok(text.to_owned())
}

/// A token in HTTP's sense (RFC 9110, 5.6.2), as names of cookies and headers are.
fn token(text: &str) -> Result<String, &'static str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || text.len() > TEXT_CHARS || !text.bytes().all(fits) {
        return Err("a name here has letters, digits and signs such as '-', '_' and '.'");
    }
    Ok(text.to_owned())
}

fn header_name(text: &str) -> Result<String, &'static str> {
    let name = token(text)?.to_ascii_lowercase();
    if name == "cookie" {
        return Err("name the cookie that holds the token: \"cookie\": \"NAME\"");
    }
    if name.contains('_') {
        return Err("a header's name has no '_': proxies drop such, or take it for '-'");
    }
    Ok(name)
}

impl Jwt {
    /// Which setting names the key file.
    #[must_use]
    pub fn key_setting(&self) -> &'static str {
        match self.secrecy {
            Secrecy::Secret => "secret_file",
            Secrecy::Public => "public_key_file",
        }
    }

    /// Whether the key file is there, ours, and holds keys for the algorithm.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn check_keys(&self) -> Result<(), String> {
        let bytes = keyfile::read(&self.key_file, self.secrecy);
        let bytes = bytes.map_err(|error| error.to_string())?;
        let keys = Keys::read(self.rules.algorithm, &bytes);
        keys.map(drop)
            .map_err(|error| format!("'{}': {error}", self.key_file.display()))
    }
}
