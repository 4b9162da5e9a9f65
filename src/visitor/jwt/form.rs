//! A token's form: three parts of base64url with dots between, the header, and the signature over the first two.
//!
//! There is one spelling: no padding, no white space, no bits left over, nothing empty. The header may name a key of
//! ours; whatever else it asks for that would change what is verified, or by what, refuses it (RFC 8725, 3.1 to 3.11).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::keys::{Key, Keys};
use super::{Algorithm, TOKEN_BYTES, Unbelieved, json};

/// Members by which a token would bring its own key.
const OWN_KEY: [&str; 4] = ["jwk", "jku", "x5u", "x5c"];
/// Members that change what is signed, or how what was signed is to be read.
const ASKS: [&str; 5] = ["crit", "b64", "zip", "enc", "cty"];
/// The kinds of token that say who somebody is.
const KINDS: [&str; 2] = ["jwt", "at+jwt"];

/// A token taken apart.
pub(super) struct Token<'a> {
    header: &'a str,
    claims: &'a str,
    /// Header and claims, as signed.
    message: &'a str,
    signature: Vec<u8>,
}

/// A header that asks for nothing that is not done here.
pub(super) struct Header(Map<String, Value>);

impl<'a> Token<'a> {
    pub(super) fn of(text: &'a str) -> Result<Self, Unbelieved> {
        if text.len() > TOKEN_BYTES {
            return Err(Unbelieved::TooLong);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(Unbelieved::NotCompact)?;
        let (header, claims) = message.split_once('.').ok_or(Unbelieved::NotCompact)?;
        // A dot within the claims is no letter of base64url: of more than three parts nothing is read.
        if header.is_empty() || claims.is_empty() || claims.contains('.') {
            return Err(Unbelieved::NotCompact);
        }
        Ok(Self {
            header,
            claims,
            message,
            signature: bytes(signature)?,
        })
    }

    pub(super) fn header(&self) -> Result<Header, Unbelieved> {
        let header = object(self.header)?;
        let has = |names: &[&str]| names.iter().any(|name| header.contains_key(*name));
        if has(&OWN_KEY) {
            return Err(Unbelieved::OwnKey);
        }
        if has(&ASKS) || !header.get("typ").is_none_or(says_who) {
            return Err(Unbelieved::Asks);
        }
        Ok(Header(header))
    }

    pub(super) fn verify(&self, key: &Key) -> Result<(), Unbelieved> {
        if key.signed(self.message.as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(Unbelieved::Signature)
        }
    }

    /// What it says; to be asked only after [`Self::verify`].
    pub(super) fn claims(&self) -> Result<Map<String, Value>, Unbelieved> {
        object(self.claims)
    }
}

impl Header {
    /// The key of ours that this token is to be verified by.
    pub(super) fn key<'k>(
        &self,
        algorithm: Algorithm,
        keys: &'k Keys,
    ) -> Result<&'k Key, Unbelieved> {
        if self.0.get("alg").and_then(Value::as_str) != Some(algorithm.as_str()) {
            return Err(Unbelieved::Algorithm);
        }
        let name = match self.0.get("kid") {
            None => None,
            Some(Value::String(name)) => Some(name.as_str()),
            Some(_) => return Err(Unbelieved::NoKey),
        };
        keys.named(name).ok_or(Unbelieved::NoKey)
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Unbelieved> {
    json::object(&bytes(part)?).map_err(|_| Unbelieved::NotJson)
}

fn bytes(part: &str) -> Result<Vec<u8>, Unbelieved> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    let bytes = bytes.map_err(|_| Unbelieved::NotCompact)?;
    if bytes.is_empty() {
        return Err(Unbelieved::NotCompact);
    }
    Ok(bytes)
}

/// Whether a `typ` is that of a token about a person: a logout token, say, is signed by the same key.
fn says_who(kind: &Value) -> bool {
    let Some(kind) = kind.as_str() else {
        return false;
    };
    let kind = kind.to_ascii_lowercase();
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    KINDS.contains(&kind)
}
