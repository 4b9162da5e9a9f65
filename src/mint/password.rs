//! Passwords: what a person types, and what is kept of it.
//!
//! A [`Password`] is never printed, logged or written. What is kept is an argon2id hash with its own salt, at the
//! parameters that OWASP asks for (19 MiB, two passes, one lane).

use argon2::password_hash::phc::{ParamsString, PasswordHash as Phc};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::NoRandom;
use super::key::random;

/// Most bytes of a password.
pub const PASSWORD_BYTES: usize = 1024;
/// Fewest characters of a new password.
pub const PASSWORD_CHARS: usize = 8;
/// Most memory that a hash in the users file may ask for, in KiB: what is written there must not stop the server.
const MOST_MEMORY: u32 = 256 * 1024;
/// Most passes that such a hash may ask for.
const MOST_PASSES: u32 = 16;
/// Most lanes that such a hash may ask for.
const MOST_LANES: u32 = 16;

/// A password, as somebody typed it.
///
/// **Invariant:** at most [`PASSWORD_BYTES`] bytes.
pub struct Password(Zeroizing<String>);

/// Why a text cannot be a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPassword {
    /// Too few characters.
    #[error("a password has at least 8 characters")]
    Short,
    /// Too many bytes.
    #[error("a password has at most 1024 bytes")]
    Long,
    /// A line end or another control character, which no sign-in page can send.
    #[error("a password has no control characters")]
    Control,
}

impl Password {
    /// The password that somebody signs in with; none can be longer than the limit.
    ///
    /// # Errors
    /// [`NotPassword::Long`].
    pub fn typed(text: Zeroizing<String>) -> Result<Self, NotPassword> {
        if text.len() > PASSWORD_BYTES {
            return Err(NotPassword::Long);
        }
        Ok(Self(text))
    }

    /// A password to be set.
    ///
    /// # Errors
    /// [`NotPassword`].
    pub fn new(text: Zeroizing<String>) -> Result<Self, NotPassword> {
        if text.chars().any(char::is_control) {
            return Err(NotPassword::Control);
        }
        if text.chars().count() < PASSWORD_CHARS {
            return Err(NotPassword::Short);
        }
        Self::typed(text)
    }
}

/// How dear a hash is.
#[derive(Debug, Clone)]
pub struct Cost(Params);

impl Default for Cost {
    /// OWASP's: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self(Params::DEFAULT)
    }
}

impl Cost {
    fn hasher(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.0.clone())
    }

    fn below(&self, other: &Self) -> bool {
        self.0.m_cost() < other.0.m_cost()
            || self.0.t_cost() < other.0.t_cost()
            || self.0.p_cost() < other.0.p_cost()
    }
}

/// What is kept of a password.
///
/// **Invariant:** a PHC string of argon2id with a salt and an output, whose cost is within bounds.
#[derive(Debug, Clone)]
pub struct PasswordHash {
    text: Box<str>,
    cost: Cost,
}

impl PartialEq for PasswordHash {
    /// The same text. That says nothing of passwords: the same one has other hashes too.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PasswordHash {}

/// The text is no hash of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the argon2id hash of a password ('$argon2id$v=19$…')")]
pub struct NotPasswordHash;

impl PasswordHash {
    /// The hash of `password`, with a salt of its own. Takes some 40 ms and 19 MiB.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn of(password: &Password, cost: &Cost) -> Result<Self, NoRandom> {
        let salt: [u8; 16] = random()?;
        let bytes = password.0.as_bytes();
        // It fails for want of memory only; the caller's answer is the same.
        let phc = cost.hasher().hash_password_with_salt(bytes, &salt);
        Ok(Self {
            text: phc.map_err(|_| NoRandom)?.to_string().into(),
            cost: cost.clone(),
        })
    }

    /// The hash that `text` spells.
    ///
    /// # Errors
    /// [`NotPasswordHash`].
    pub fn parse(text: &str) -> Result<Self, NotPasswordHash> {
        let phc = Phc::new(text).map_err(|_| NotPasswordHash)?;
        let whole =
            phc.algorithm.as_str() == "argon2id" && phc.salt.is_some() && phc.hash.is_some();
        let params: &ParamsString = &phc.params;
        let params = Params::try_from(params).map_err(|_| NotPasswordHash)?;
        let dear = params.m_cost() > MOST_MEMORY
            || params.t_cost() > MOST_PASSES
            || params.p_cost() > MOST_LANES;
        if !whole || dear || phc.version != Some(Version::V0x13.into()) {
            return Err(NotPasswordHash);
        }
        Ok(Self {
            text: text.into(),
            cost: Cost(params),
        })
    }

    /// Whether `password` is the one. Takes as long as making the hash did.
    #[must_use]
    pub fn is_of(&self, password: &Password) -> bool {
        let Ok(phc) = Phc::new(&self.text) else {
            return false;
        };
        let verified = Argon2::default().verify_password(password.0.as_bytes(), &phc);
        verified.is_ok()
    }

    /// Whether a hash made now would be dearer.
    #[must_use]
    pub fn is_below(&self, cost: &Cost) -> bool {
        self.cost.below(cost)
    }

    /// The text, for the users file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Cost {
        Cost(Params::new(8, 1, 1, None).expect("the lowest"))
    }

    fn password(text: &str) -> Password {
        Password::typed(Zeroizing::new(text.to_owned())).expect("short enough")
    }

    #[test]
    fn a_hash_is_of_its_own_password() {
        let hash = PasswordHash::of(&password("correct horse"), &cheap()).expect("made");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        let again = PasswordHash::of(&password("correct horse"), &cheap()).expect("made");
        assert_ne!(hash.as_str(), again.as_str(), "a salt of its own");
        let read = PasswordHash::parse(hash.as_str()).expect("ours");
        assert!(read.is_of(&password("correct horse")));
        assert!(!read.is_of(&password("correct hors")));
        assert!(!read.is_of(&password("")));
    }

    #[test]
    fn the_parameters_are_owasps_and_a_cheaper_hash_is_known() {
        let hash = PasswordHash::of(&password("correct horse"), &Cost::default()).expect("made");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!hash.is_below(&Cost::default()));
        let low = PasswordHash::of(&password("correct horse"), &cheap()).expect("made");
        assert!(low.is_below(&Cost::default()));
    }

    #[test]
    fn what_is_no_hash_of_ours_is_refused() {
        let good = PasswordHash::of(&password("correct horse"), &cheap()).expect("made");
        let good = good.as_str();
        for bad in [
            String::new(),
            "correct horse".to_owned(),
            good.replace("argon2id", "argon2i"),
            good.replace("m=8", "m=4000000"),
            good.replace("t=1", "t=1000"),
            good.replace("v=19", "v=16"),
            good.rsplit_once('$').expect("parts").0.to_owned(),
        ] {
            assert!(PasswordHash::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_new_password_has_its_length() {
        let new = |text: &str| Password::new(Zeroizing::new(text.to_owned())).err();
        assert_eq!(new("1234567"), Some(NotPassword::Short));
        assert_eq!(new("1234567\n"), Some(NotPassword::Control));
        assert_eq!(new(&"x".repeat(1025)), Some(NotPassword::Long));
        assert_eq!(new(&"x".repeat(1024)), None);
        assert_eq!(new("pässwörd"), None);
    }
}
