//! The keys that come from `keys/secret`, and sealing.
//!
//! One random secret of [`SECRET_BYTES`] or more gives five keys by HKDF-SHA256 (RFC 5869, no salt), each for one purpose.
//! None of these types can be printed.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::key::{AccessKey, KEY_BYTES, KeyId, random};
use super::{NoRandom, Sealed};

/// Bytes of the secret that we make, and the fewest of one that we are given.
pub const SECRET_BYTES: usize = 32;
/// Most characters of one that we are given.
const SECRET_CHARS: usize = 1024;
/// base64url, with or without the '=' at its end that some programs write.
const ENCODED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Bytes of an XChaCha20-Poly1305 nonce.
pub(super) const NONCE_BYTES: usize = 24;

/// The secret of an installation, as it was given.
///
/// **Invariant:** it has at least [`SECRET_BYTES`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// Why a text is no secret. Nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is base64url (A-Z, a-z, 0-9, '-', '_') of at least 32 random bytes: make one with head -c 32 /dev/urandom | basenc --base64url"
)]
pub struct NotSecret;

impl Secret {
    /// The secret that `text` spells in base64url.
    ///
    /// # Errors
    /// [`NotSecret`].
    pub fn parse(text: &str) -> Result<Self, NotSecret> {
        if text.len() > SECRET_CHARS {
            return Err(NotSecret);
        }
        let bytes = Zeroizing::new(ENCODED.decode(text).map_err(|_| NotSecret)?);
        let long = bytes.len() >= SECRET_BYTES;
        long.then_some(Self(bytes)).ok_or(NotSecret)
    }

    /// The keys that come from it.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        Secrets::from(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// The keys of one installation.
#[derive(ZeroizeOnDrop)]
pub struct Secrets {
    sealing: [u8; 32],
    session: [u8; 64],
    ticket: [u8; 32],
    import: [u8; 32],
    fingerprint: [u8; 32],
}

impl Secrets {
    /// The five keys of `secret`.
    #[must_use]
    pub fn derive(secret: &[u8; SECRET_BYTES]) -> Self {
        Self::from(secret)
    }

    fn from(secret: &[u8]) -> Self {
        let source = Hkdf::<Sha256>::new(None, secret);
        Self {
            sealing: expand(&source, b"editkey sealing 1"),
            session: expand(&source, b"editkey session 1"),
            ticket: expand(&source, b"editkey ticket 1"),
            import: expand(&source, b"editkey import 1"),
            fingerprint: expand(&source, b"editkey fingerprint 1"),
        }
    }

    /// What seals and unseals keys.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        Sealer(XChaCha20Poly1305::new((&self.sealing).into()))
    }

    /// The key that signs session cookies.
    #[must_use]
    pub fn session(&self) -> &[u8; 64] {
        &self.session
    }

    /// What tells this secret from another, and nothing of it: nodes that share a store compare it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.fingerprint)
    }

    /// The name under which a ticket or a session id is stored: whoever reads the session file can redeem neither.
    #[must_use]
    pub fn ticket_name(&self, ticket: &str) -> String {
        // HKDF's expand step under the ticket key is HMAC-SHA256 of the text.
        let name: [u8; 32] = match Hkdf::<Sha256>::from_prk(&self.ticket) {
            Ok(ticket_key) => expand(&ticket_key, ticket.as_bytes()),
            Err(_) => [0; 32],
        };
        URL_SAFE_NO_PAD.encode(name)
    }
}

impl Secrets {
    /// The key that stands for a file of another program's session: the same one each time, so that importing it again
    /// adds nothing, and one that was revoked stays so. Nobody without the secret can tell it from a random one.
    ///
    /// # Errors
    /// [`NoRandom`], where it cannot be worked out.
    pub fn imported(&self, session: &str, path: &str) -> Result<AccessKey, NoRandom> {
        let import = Hkdf::<Sha256>::from_prk(&self.import).map_err(|_| NoRandom)?;
        let length = u32::try_from(session.len()).map_err(|_| NoRandom)?;
        let mut bytes = [0; KEY_BYTES];
        // The length first: no other session and path spell the same.
        let info = [&length.to_be_bytes(), session.as_bytes(), path.as_bytes()];
        import
            .expand_multi_info(&info, &mut bytes)
            .map_err(|_| NoRandom)?;
        Ok(AccessKey::of(bytes))
    }
}

fn expand<const N: usize>(source: &Hkdf<Sha256>, info: &[u8]) -> [u8; N] {
    let mut key = [0; N];
    let expanded = source.expand(info, &mut key);
    debug_assert!(expanded.is_ok(), "64 bytes are within HKDF's limit of 8160");
    key
}

/// Seals keys for rest. The key file alone, say in a backup, opens nothing.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// `key` under the sealing key: a random nonce of 24 bytes first, the id's text as associated data.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn seal(&self, key: &AccessKey, id: &KeyId) -> Result<Sealed, NoRandom> {
        self.seal_with(random()?, key, id)
    }

    /// The same with a nonce that was drawn already, for this one text.
    pub(super) fn seal_with(
        &self,
        nonce: [u8; NONCE_BYTES],
        key: &AccessKey,
        id: &KeyId,
    ) -> Result<Sealed, NoRandom> {
        let aad = id.to_string();
        let payload = Payload {
            msg: key.reveal().as_bytes(),
            aad: aad.as_bytes(),
        };
        let cipher = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| NoRandom)?;
        let mut whole = Vec::with_capacity(NONCE_BYTES + cipher.len());
        whole.extend_from_slice(&nonce);
        whole.extend_from_slice(&cipher);
        Ok(Sealed(URL_SAFE_NO_PAD.encode(whole)))
    }

    /// The key that was sealed for `id`; none when the secret is another one, or the text was changed.
    #[must_use]
    pub fn unseal(&self, sealed: &Sealed, id: &KeyId) -> Option<AccessKey> {
        let whole = URL_SAFE_NO_PAD.decode(sealed.as_str()).ok()?;
        let (nonce, cipher) = whole.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let aad = id.to_string();
        let payload = Payload {
            msg: cipher,
            aad: aad.as_bytes(),
        };
        let text = Zeroizing::new(self.0.decrypt(&XNonce::from(nonce), payload).ok()?);
        let key = AccessKey::parse(std::str::from_utf8(&text).ok()?).ok()?;
        (key.id() == *id).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_given_makes_the_same_keys_as_its_file() {
        let text = URL_SAFE_NO_PAD.encode([7; 32]);
        let same = Secrets::derive(&[7; 32]);
        for spelled in [text.clone(), format!("{text}=")] {
            let given = Secret::parse(&spelled).expect("32 bytes").secrets();
            assert_eq!(given.session(), same.session());
            assert_eq!(given.fingerprint(), same.fingerprint());
        }
        assert_ne!(same.fingerprint(), Secrets::derive(&[8; 32]).fingerprint());
        assert!(!same.fingerprint().contains(&text));
        let long = Secret::parse(&URL_SAFE_NO_PAD.encode([7; 33])).expect("33 bytes");
        assert_ne!(long.secrets().fingerprint(), same.fingerprint());
        assert!(!format!("{long:?}").contains("Bw"));
        let short = URL_SAFE_NO_PAD.encode([7; 31]);
        let many = "A".repeat(SECRET_CHARS + 4);
        let (standard, line) = (format!("+{}", &text[1..]), format!("{text}\n"));
        for bad in ["", "secret", &short, &many, &standard, &line] {
            assert_eq!(Secret::parse(bad), Err(NotSecret), "{bad}");
        }
    }

    #[test]
    fn a_sealed_key_comes_back_for_its_own_id_only() {
        let sealer = Secrets::derive(&[7; 32]).sealer();
        let key = AccessKey::generate().expect("random");
        let kept = sealer.seal(&key, &key.id()).expect("random");
        assert!(
            sealer
                .unseal(&kept, &key.id())
                .is_some_and(|same| same == key)
        );
        let stranger = AccessKey::generate().expect("random").id();
        assert!(sealer.unseal(&kept, &stranger).is_none());
        assert!(
            Secrets::derive(&[8; 32])
                .sealer()
                .unseal(&kept, &key.id())
                .is_none()
        );
        assert!(
            sealer
                .unseal(&Sealed("short".to_owned()), &key.id())
                .is_none()
        );
    }
}
