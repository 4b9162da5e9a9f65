//! The keys that tokens are verified by, read once and prepared: a secret, a public key in PEM, or a JWKS.
//!
//! Whatever is wrong with them is told when they are read, never when a token comes: a key of another kind, curve or
//! size than the algorithm of the settings takes is refused here.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use serde_json::{Map, Value};

use super::algorithm::{Kind, Means};
use super::not_keys::NotKeys;
use super::{Algorithm, json};

/// Fewest bytes of a secret: as many as the shortest hash has (RFC 7518, 3.2).
const SECRET_BYTES: usize = 32;
/// Fewest where the settings put up with a weak one: Organizr's setup page takes no more than 30 characters.
const WEAK_SECRET_BYTES: usize = 12;
/// Most keys of a JWKS.
const KEYS: usize = 64;
/// Members of a JWK that nobody but its owner may know.
const PRIVATE: [&str; 2] = ["d", "k"];

/// The keys of one source.
///
/// **Invariant:** each is of the kind, curve and size that the algorithm takes, no two go by one name, and there is one.
#[derive(Debug)]
pub struct Keys(Vec<(Names, Key)>);

/// The names under which a key is found.
#[derive(Debug)]
enum Names {
    /// It is the only one, in a form that gives no names: whatever name a token gives is as good.
    Any,
    /// As the JWKS says, which may leave it out.
    Jwk(Option<String>),
}

/// One key, ready to verify. What `Debug` shows of a secret is not the secret.
#[derive(Debug)]
pub(super) enum Key {
    Secret(Box<hmac::Key>),
    Public(ParsedPublicKey),
}

/// How long a secret must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// As RFC 7518 asks: at least 32 bytes.
    Full,
    /// At least 12 bytes, where the settings put up with that.
    Weak,
}

impl Keys {
    /// The keys in `bytes`, which are what the file of the settings holds; a secret at full strength.
    ///
    /// # Errors
    /// [`NotKeys`].
    pub fn read(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, NotKeys> {
        Self::read_as(Strength::Full, algorithm, bytes)
    }

    /// The same with a secret of this strength.
    ///
    /// # Errors
    /// [`NotKeys`].
    pub fn read_as(
        strength: Strength,
        algorithm: Algorithm,
        bytes: &[u8],
    ) -> Result<Self, NotKeys> {
        match algorithm.means() {
            Means::Secret(means) => {
                let key = hmac::Key::new(means, secret(bytes, strength)?);
                Ok(Self(vec![(Names::Any, Key::Secret(Box::new(key)))]))
            }
            Means::Public(means, kind) => {
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| NotKeys::Form)?
                    .trim();
                if text.starts_with('{') {
                    jwks(text, algorithm, means, kind)
                } else {
                    let key = pem(text, means, kind)?;
                    Ok(Self(vec![(Names::Any, Key::Public(key))]))
                }
            }
        }
    }

    /// The key of this name; without one, the only key there is.
    pub(super) fn named(&self, wanted: Option<&str>) -> Option<&Key> {
        let mut found = self.0.iter().filter(|(names, _)| match (names, wanted) {
            (Names::Any, _) | (Names::Jwk(_), None) => true,
            (Names::Jwk(name), Some(wanted)) => name.as_deref() == Some(wanted),
        });
        let (_, key) = found.next()?;
        found.next().is_none().then_some(key)
    }
}

impl Key {
    /// Whether `signature` was made over `message` by the owner of this key.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Secret(key) => hmac::verify(key, message, signature).is_ok(),
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

/// A secret, without the line's end that editors leave.
fn secret(bytes: &[u8], strength: Strength) -> Result<&[u8], NotKeys> {
    let line = bytes.strip_suffix(b"\r\n").or(bytes.strip_suffix(b"\n"));
    let secret = line.unwrap_or(bytes);
    let public = [&b"-----BEGIN "[..], b"{\"keys\"", b"ssh-"];
    if public.iter().any(|start| secret.starts_with(start)) {
        return Err(NotKeys::PublicAsSecret);
    }
    match strength {
        Strength::Full if secret.len() < SECRET_BYTES => Err(NotKeys::Short),
        Strength::Weak if secret.len() < WEAK_SECRET_BYTES => Err(NotKeys::TooShort),
        Strength::Full | Strength::Weak => Ok(secret),
    }
}

/// The one public key of a PEM text.
fn pem(
    text: &str,
    means: &'static dyn VerificationAlgorithm,
    kind: Kind,
) -> Result<ParsedPublicKey, NotKeys> {
    let mut key = None;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
        match section.map_err(|_| NotKeys::Form)? {
            (SectionKind::PublicKey, _) if key.is_some() => return Err(NotKeys::Several),
            (SectionKind::PublicKey, der) => key = Some(der),
            (
                SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey,
                _,
            ) => return Err(NotKeys::Private),
            _ => return Err(NotKeys::Form),
        }
    }
    parsed(&key.ok_or(NotKeys::Form)?, means, kind)
}

/// The key of this DER, which says itself of what kind and curve it is.
fn parsed(
    der: &[u8],
    means: &'static dyn VerificationAlgorithm,
    kind: Kind,
) -> Result<ParsedPublicKey, NotKeys> {
    let unfit = |_| NotKeys::Unfit(kind.wanted());
    if kind == Kind::Rsa {
        // The size is else looked at with each signature only.
        let bits = PublicEncryptingKey::from_der(der).map_err(unfit)?;
        if !(2048..=8192).contains(&bits.key_size_bits()) {
            return Err(NotKeys::Unfit(kind.wanted()));
        }
    }
    ParsedPublicKey::new(means, der).map_err(unfit)
}

/// The keys of a JWKS that this algorithm takes; those of other kinds, uses and algorithms are left out.
fn jwks(
    text: &str,
    algorithm: Algorithm,
    means: &'static dyn VerificationAlgorithm,
    kind: Kind,
) -> Result<Keys, NotKeys> {
    let set = json::object(text.as_bytes()).map_err(|_| NotKeys::Form)?;
    let list = set.get("keys").and_then(Value::as_array);
    let list = list.ok_or(NotKeys::Form)?;
    if list.len() > KEYS {
        return Err(NotKeys::Jwks);
    }
    let mut keys: Vec<(Names, Key)> = Vec::new();
    for jwk in list {
        let jwk = jwk.as_object().ok_or(NotKeys::Jwks)?;
        if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return Err(NotKeys::Private);
        }
        if !fits(jwk, algorithm, kind) {
            continue;
        }
        let name = match jwk.get("kid") {
            None => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(_) => return Err(NotKeys::Jwks),
        };
        let twice = |known: &Names| matches!(known, Names::Jwk(known) if *known == name);
        if keys.iter().any(|(known, _)| twice(known)) {
            return Err(NotKeys::Jwks);
        }
        let key = public(jwk, means, kind)?;
        keys.push((Names::Jwk(name), Key::Public(key)));
    }
    if keys.is_empty() {
        return Err(NotKeys::Unfit(kind.wanted()));
    }
    Ok(Keys(keys))
}

/// Whether a JWK says of itself that it is of this kind and there to verify by this algorithm.
fn fits(jwk: &Map<String, Value>, algorithm: Algorithm, kind: Kind) -> bool {
    let is = |name: &str, wanted: &str| jwk.get(name).and_then(Value::as_str) == Some(wanted);
    let may = |name: &str, wanted: &str| !jwk.contains_key(name) || is(name, wanted);
    let verifies = |operations: &Value| {
        let list = operations.as_array();
        list.is_some_and(|list| list.iter().any(|one| one == "verify"))
    };
    let of_kind = match kind {
        Kind::Rsa => is("kty", "RSA"),
        Kind::Ec(curve, _) => is("kty", "EC") && is("crv", curve),
        Kind::Ed25519 => is("kty", "OKP") && is("crv", "Ed25519"),
    };
    of_kind
        && may("use", "sig")
        && may("alg", algorithm.as_str())
        && jwk.get("key_ops").is_none_or(verifies)
}

fn public(
    jwk: &Map<String, Value>,
    means: &'static dyn VerificationAlgorithm,
    kind: Kind,
) -> Result<ParsedPublicKey, NotKeys> {
    let member = |name: &str| {
        let text = jwk.get(name).and_then(Value::as_str);
        let bytes = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        bytes.ok_or(NotKeys::Jwks)
    };
    let bytes = match kind {
        Kind::Rsa => {
            let (n, e) = (member("n")?, member("e")?);
            let der = RsaPublicKeyComponents { n, e }.as_der();
            let der = der.map_err(|_| NotKeys::Jwks)?;
            return parsed(der.as_ref(), means, kind);
        }
        Kind::Ec(_, coordinate) => {
            let (x, y) = (member("x")?, member("y")?);
            if x.len() != coordinate || y.len() != coordinate {
                return Err(NotKeys::Jwks);
            }
            // An uncompressed point (SEC 1, 2.3.3).
            [vec![4], x, y].concat()
        }
        Kind::Ed25519 => member("x")?,
    };
    ParsedPublicKey::new(means, bytes).map_err(|_| NotKeys::Jwks)
}

impl Kind {
    /// The keys of this kind, in words.
    fn wanted(self) -> &'static str {
        match self {
            Self::Rsa => "an RSA key of 2048 to 8192 bits",
            Self::Ec("P-256", _) => "a key on the curve P-256",
            Self::Ec(..) => "a key on the curve P-384",
            Self::Ed25519 => "an Ed25519 key",
        }
    }
}
