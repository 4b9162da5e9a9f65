//! TLS without a proxy: a certificate and its key, or one that editkey makes for itself.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::meaning::Reader;

/// TLS without a proxy. With none of the members set, plain http.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawTls {
    /// The file of the certificate and those that lead to its root, PEM; read anew when it changes. Needs `key`.
    certificate: Option<String>,
    /// The file of its private key, PEM.
    key: Option<String>,
    /// Make a certificate of our own, once, into the key folder; its fingerprint is printed at start.
    self_signed: Option<bool>,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// From files that somebody else keeps up to date.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// From the key folder, made by ourselves.
    SelfSigned,
}

/// The certificate of a self-signed server and its key, in the key folder.
pub const SELF_SIGNED: &str = "tls-self-signed.pem";

impl Tls {
    /// Whether it is a certificate that nobody vouches for.
    #[must_use]
    pub fn self_signed(&self) -> bool {
        *self == Self::SelfSigned
    }
}

/// What `raw` asks for.
pub(super) fn tls(raw: &RawTls, https: Option<bool>, reader: &mut Reader<'_>) -> Option<Tls> {
    let certificate = reader.file("tls.certificate", raw.certificate.as_deref());
    let key = reader.file("tls.key", raw.key.as_deref());
    let self_signed = raw.self_signed.unwrap_or(false);
    let (with_certificate, with_key) = (raw.certificate.is_some(), raw.key.is_some());
    if self_signed && (with_certificate || with_key) {
        reader.refuse(
            "tls.self_signed",
            &"there is a certificate: leave out one of the two",
        );
    } else if with_certificate && !with_key {
        reader.refuse("tls.certificate", &"its key is needed beside: tls.key");
    } else if with_key && !with_certificate {
        reader.refuse(
            "tls.key",
            &"its certificate is needed beside: tls.certificate",
        );
    }
    if (self_signed || with_certificate) && https == Some(false) {
        reader.refuse(
            "public_url",
            &"this is http, but editkey itself speaks TLS (setting tls): write https",
        );
    }
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(Tls::Files { certificate, key }),
        _ => self_signed.then_some(Tls::SelfSigned),
    }
}
