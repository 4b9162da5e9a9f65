//! Why bytes are no keys for an algorithm. What it says is for the operator, and quotes nothing of them.

/// Why bytes are no keys for an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKeys {
    /// Too few bytes.
    #[error(
        "a secret for tokens has at least 32 bytes: whoever has a token can try shorter ones on it"
    )]
    Short,
    /// The same of a weak one.
    #[error("even a weak secret for tokens has at least 12 bytes")]
    TooShort,
    /// What should be a secret is a public key.
    #[error("this is a public key, which everybody may know: it is no secret for this algorithm")]
    PublicAsSecret,
    /// Neither PEM nor JSON.
    #[error(
        "this is neither a public key in PEM ('-----BEGIN PUBLIC KEY-----') nor a JWKS ('{{\"keys\": [...]}}')"
    )]
    Form,
    /// What should be public holds a secret.
    #[error("this holds a private or secret key: keep the public one alone here")]
    Private,
    /// Several in one PEM file.
    #[error("this holds several public keys: several have names, in a JWKS")]
    Several,
    /// Another kind, curve or size.
    #[error("there is no key here for this algorithm: it takes {0}")]
    Unfit(&'static str),
    /// More than 64, two of one name, or one that is broken.
    #[error("this JWKS has more than 64 keys, two of one name, or a broken one")]
    Jwks,
}
