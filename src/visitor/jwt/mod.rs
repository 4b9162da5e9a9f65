//! A signed token, as a source: a JSON Web Token in a cookie or a header, made by a sign-on that visitors know already.
//!
//! The settings say by which algorithm, and by which keys; the token chooses nothing but one of those keys by its name.
//! A token is believed as a whole or not at all, and what is not believed is nobody: the reason is for the log alone.
//! Nothing here touches the disk or the clock, and no text of a token gets any further.

mod algorithm;
mod claims;
mod form;
mod json;
mod keys;
mod not_keys;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;

pub use algorithm::{Algorithm, NotAlgorithm};
pub use claims::ClaimNames;
pub use keys::{Keys, Strength};
pub use not_keys::NotKeys;

use super::{Evidence, Said, Visitor};

/// Longest token, in bytes.
pub const TOKEN_BYTES: usize = 8 * 1024;
/// The header in which a token stands behind the word `Bearer`.
const AUTHORIZATION: &str = "authorization";

/// Which tokens are believed, and what is read of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    /// Where the token stands.
    pub carrier: Carrier,
    /// How it is signed.
    pub algorithm: Algorithm,
    /// What `iss` must be; any, if none.
    pub issuer: Option<String>,
    /// What must be in `aud`; without it, a token that is for anybody in particular is refused.
    pub audience: Option<String>,
    /// Which claims say who it is.
    pub claims: ClaimNames,
}

/// Where a token stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carrier {
    /// In the cookie of this name.
    Cookie(String),
    /// In the header of this name, in small letters; in `authorization` behind the word `Bearer`.
    Header(String),
}

/// Why a token is not believed. Tells nothing of what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// It stands there twice, or is no text.
    #[error("it stands there several times, by several spellings, or is no text")]
    Unclear,
    /// It has more than [`TOKEN_BYTES`].
    #[error("it is longer than 8 KiB")]
    TooLong,
    /// It is not three parts of base64url without padding, none of them empty.
    #[error("it is not three parts of base64url without padding")]
    NotCompact,
    /// A part is no JSON object, goes deeper than 16 levels, or names something twice.
    #[error(
        "its header or its claims are no plain JSON object: broken, nested too deep, or a name stands twice"
    )]
    NotJson,
    /// Its algorithm is not that of the settings.
    #[error("its algorithm is not that of the settings")]
    Algorithm,
    /// It brings a key, or the address of one.
    #[error("it brings a key of its own, or an address of one")]
    OwnKey,
    /// Its header asks for something that is not done here.
    #[error(
        "its header asks for something that is not done here (crit, b64, zip, enc, cty, or another typ)"
    )]
    Asks,
    /// No key of ours goes by the name it gives, or there are several and it gives none.
    #[error("none of the keys is the one it names")]
    NoKey,
    /// The signature is not by that key.
    #[error("its signature is not by our key")]
    Signature,
    /// A time is missing that is needed, or is no whole number of seconds of this calendar.
    #[error(
        "exp is missing, or exp, nbf or iat is no whole number of seconds before the year 10000"
    )]
    Time,
    /// Its end has come.
    #[error("it has ended (exp)")]
    Ended,
    /// Its time is to come.
    #[error("its time is to come (nbf, iat)")]
    Early,
    /// It is another's.
    #[error("its issuer (iss) is not that of the settings")]
    Issuer,
    /// It is for others, or for others than nobody in particular while the settings name no audience.
    #[error(
        "it is for another audience (aud) than the settings name; without 'audience' there, aud must be absent"
    )]
    Audience,
    /// It names nobody.
    #[error("it names neither a user nor an e-mail address")]
    Nameless,
    /// A claim about the person is not what it should be.
    #[error("a claim about the person is malformed: {0}")]
    Claim(&'static str),
}

impl TokenRules {
    /// Who a token in `evidence` says asks, if one stands there that these rules believe by `keys`.
    #[must_use]
    pub fn visitor(&self, evidence: &dyn Evidence, keys: &Keys, now: Timestamp) -> Option<Visitor> {
        let token = self.carrier.token(evidence).transpose()?;
        match token.and_then(|token| self.believe(token, keys, now)) {
            Ok(visitor) => Some(visitor),
            Err(reason) => {
                tracing::debug!(
                    "the token in the {} is not believed: {reason}",
                    self.carrier
                );
                None
            }
        }
    }

    /// Who this token says asks.
    ///
    /// # Errors
    /// [`Unbelieved`], by the first rule that it breaks.
    pub fn believe(&self, token: &str, keys: &Keys, now: Timestamp) -> Result<Visitor, Unbelieved> {
        let token = form::Token::of(token)?;
        let key = token.header()?.key(self.algorithm, keys)?;
        token.verify(key)?;
        // Not a letter of the claims is looked at before the signature was found good.
        let claims = token.claims()?;
        claims::hold(&claims, self, now)?;
        self.claims.visitor(&claims)
    }
}

impl Carrier {
    /// Whether it is a header that no cache looks at of its own accord.
    #[must_use]
    pub fn is_own_header(&self) -> bool {
        matches!(self, Self::Header(name) if name != AUTHORIZATION)
    }

    /// The token that stands here, if one does.
    fn token<'a>(&self, evidence: &'a dyn Evidence) -> Result<Option<&'a str>, Unbelieved> {
        let said = match self {
            Self::Cookie(name) => evidence.cookie(name),
            Self::Header(name) if evidence.header_by_another_spelling(name) => Said::Unclear,
            Self::Header(name) => evidence.header(name),
        };
        match (said, self) {
            (Said::Nothing, _) => Ok(None),
            (Said::Unclear, _) => Err(Unbelieved::Unclear),
            (Said::Once(text), Self::Header(name)) if name == AUTHORIZATION => Ok(bearer(text)),
            (Said::Once(text), _) => Ok(Some(text)),
        }
    }
}

/// What stands behind `Bearer`. An access key stands there too, which has no dot and is not a token's matter.
fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && token.contains('.')).then_some(token)
}

impl fmt::Display for Carrier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cookie(name) => write!(out, "cookie {name}"),
            Self::Header(name) => write!(out, "header {name}"),
        }
    }
}
