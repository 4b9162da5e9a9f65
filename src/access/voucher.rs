//! What a browser holds once a key was good in its hands: our word that it was, until an end.
//!
//! It opens nothing without the key, and ends where the passphrase is changed. It must never hold a passphrase, nor a hash of
//! one that could be tried out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use subtle::ConstantTimeEq as _;

use crate::mint::{KeyId, NoRandom, PasswordHash, Secrets, random};
use crate::store::Found;

/// Most of them that a browser keeps; the oldest go first.
const MOST: usize = 16;
/// Characters of a tag and of a signature: 32 bytes in base64url.
const CHARS: usize = 43;
/// Characters of the random name: 12 bytes.
const NAME: usize = 16;
/// Digits of the end.
const DIGITS: usize = 11;

/// What a voucher vouches for.
#[derive(Clone, Copy)]
pub enum Given<'a> {
    /// The passphrase with this hash.
    Passphrase(&'a PasswordHash),
    /// All that the key asks for now. It is for the gate, where no cookie of ours may come along but its own.
    All(&'a Found),
}

/// Our word that a browser gave what a key asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    key: KeyId,
    /// What it was: under our own secret, so that it tells nothing.
    tag: String,
    /// A random name, by which tries of this browser are counted.
    name: String,
    /// When it ends, in seconds.
    end: i64,
}

impl Voucher {
    /// A new one, until `end`.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(
        key: KeyId,
        given: Given<'_>,
        end: Timestamp,
        secrets: &Secrets,
    ) -> Result<Self, NoRandom> {
        Ok(Self {
            key,
            tag: tag(&key, given, secrets),
            name: URL_SAFE_NO_PAD.encode(random::<12>()?),
            end: end.as_second(),
        })
    }

    /// Those in the text of a cookie that we signed.
    #[must_use]
    pub fn all(text: &str, secrets: &Secrets) -> Vec<Self> {
        let texts = text.split('.').take(MOST);
        texts
            .filter_map(|text| Self::parse(text, secrets))
            .collect()
    }

    /// The text of a cookie that holds this one first, and of those before it as many as there is room for.
    #[must_use]
    pub fn before(self, others: Vec<Self>, secrets: &Secrets) -> String {
        let mut all = vec![self];
        for other in others {
            if all.len() < MOST && all.iter().all(|known| known.key != other.key) {
                all.push(other);
            }
        }
        let texts: Vec<String> = all.iter().map(|one| one.spelled(secrets)).collect();
        texts.join(".")
    }

    /// Of which key it is.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Whether it is of this key, be it over or of an earlier passphrase.
    #[must_use]
    pub fn is_of(&self, key: &KeyId) -> bool {
        self.key == *key
    }

    /// The random name of the browser that holds it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is good at `now` for what the key asks for.
    #[must_use]
    pub fn is_good(
        &self,
        key: &KeyId,
        given: Given<'_>,
        secrets: &Secrets,
        now: Timestamp,
    ) -> bool {
        self.is_of(key) && self.end > now.as_second() && self.tag == tag(key, given, secrets)
    }

    /// Its text, with our signature.
    #[must_use]
    pub fn spelled(&self, secrets: &Secrets) -> String {
        let Self {
            key,
            tag,
            name,
            end,
        } = self;
        let told = format!("{key}{tag}{name}{end:0DIGITS$}");
        let signature = secrets.ticket_name(&format!("unlocked {told}"));
        told + &signature
    }

    /// The one that `text` spells, if we signed it.
    #[must_use]
    pub fn parse(text: &str, secrets: &Secrets) -> Option<Self> {
        let (key, rest) = text.split_at_checked(CHARS)?;
        let (tag, rest) = rest.split_at_checked(CHARS)?;
        let (name, rest) = rest.split_at_checked(NAME)?;
        let (end, _) = rest.split_at_checked(DIGITS)?;
        let read = Self {
            key: KeyId::parse(key).ok()?,
            tag: tag.to_owned(),
            name: name.to_owned(),
            end: end.parse().ok()?,
        };
        let ours = read.spelled(secrets);
        bool::from(ours.as_bytes().ct_eq(text.as_bytes())).then_some(read)
    }
}

fn tag(key: &KeyId, given: Given<'_>, secrets: &Secrets) -> String {
    let told = match given {
        Given::Passphrase(hash) => format!("passphrase {key} {}", hash.as_str()),
        Given::All(found) => {
            let hash = found.passphrase().map_or("", |(_, hash)| hash.as_str());
            let claimed: Vec<String> = found.claims().map(|(id, _)| id.to_string()).collect();
            format!("hands {key} {hash} {}", claimed.join(" "))
        }
    };
    secrets.ticket_name(&told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::AccessKey;

    const ONE: &str = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";

    fn hash(salt: &str) -> PasswordHash {
        PasswordHash::parse(&ONE.replace("MDEy", salt)).expect("a hash")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn a_voucher_is_good_for_its_key_its_passphrase_and_until_its_end() {
        let secrets = Secrets::derive(&[7; 32]);
        let (key, other) = (id(), id());
        let (hash, changed) = (hash("MDEy"), hash("MDEz"));
        let given = Given::Passphrase(&hash);
        let new = Voucher::new(key, given, at(1000), &secrets).expect("random");
        let text = new.clone().before(Vec::new(), &secrets);
        let [read] = Voucher::all(&text, &secrets).try_into().expect("one");
        assert_eq!(read, new);
        assert!(read.is_good(&key, given, &secrets, at(999)));
        assert!(!read.is_good(&key, given, &secrets, at(1000)), "its end");
        assert!(!read.is_good(&key, Given::Passphrase(&changed), &secrets, at(0)));
        assert!(!read.is_good(&other, given, &secrets, at(0)), "another key");
        assert!(!text.contains("MDEy"), "nothing of the hash: {text}");
        assert_eq!(Voucher::all(&text, &Secrets::derive(&[8; 32])), []);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'1' { b'0' } else { b'1' };
            let forged = String::from_utf8(bytes).expect("ASCII");
            assert_eq!(Voucher::all(&forged, &secrets), [], "{at}");
        }
        for bad in ["", ".", "é", &text[1..], &format!("{text}0")] {
            assert_eq!(Voucher::all(bad, &secrets), [], "{bad}");
        }
    }

    #[test]
    fn a_browser_keeps_only_so_many_and_one_of_a_key() {
        let secrets = Secrets::derive(&[7; 32]);
        let hash = hash("MDEy");
        let new =
            |key| Voucher::new(key, Given::Passphrase(&hash), at(1000), &secrets).expect("random");
        let mut text = String::new();
        let keys: Vec<KeyId> = (0..40).map(|_| id()).collect();
        for key in keys.iter().flat_map(|key| [key, key]) {
            text = new(*key).before(Voucher::all(&text, &secrets), &secrets);
        }
        let kept = Voucher::all(&text, &secrets);
        assert_eq!(kept.len(), MOST);
        let newest = keys.iter().rev().take(MOST);
        assert!(newest.zip(&kept).all(|(key, kept)| kept.is_of(key)));
        assert!(text.len() < 4096, "{} bytes", text.len());
    }

    fn id() -> KeyId {
        AccessKey::generate().expect("random").id()
    }
}
