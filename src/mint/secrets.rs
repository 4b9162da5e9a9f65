//! The keys that come from `keys/secret`, and sealing.
//!
//! One random secret of [`SECRET_BYTES`] gives four keys by HKDF-SHA256 (RFC 5869, no salt), each for one purpose.
//! None of these types can be printed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::key::{AccessKey, KEY_BYTES, KeyId, random};
use super::{NoRandom, Sealed};

/// Bytes of the secret.
pub const SECRET_BYTES: usize = 32;
/// Bytes of an XChaCha20-Poly1305 nonce.
pub(super) const NONCE_BYTES: usize = 24;

/// The keys of one installation.
#[derive(ZeroizeOnDrop)]
pub struct Secrets {
    sealing: [u8; 32],
    session: [u8; 64],
    ticket: [u8; 32],
    import: [u8; 32],
}

impl Secrets {
    /// The four keys of `secret`.
    #[must_use]
    pub fn derive(secret: &[u8; SECRET_BYTES]) -> Self {
        let source = Hkdf::<Sha256>::new(None, secret);
        Self {
            sealing: expand(&source, b"editkey sealing 1"),
            session: expand(&source, b"editkey session 1"),
            ticket: expand(&source, b"editkey ticket 1"),
            import: expand(&source, b"editkey import 1"),
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
