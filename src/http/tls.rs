//! TLS without a proxy: 1.2 and newer, HTTP/1.1 alone, with a certificate that is taken up anew when its files change.
//!
//! Connections that stand go on with the certificate they began with; a bad new one never takes a good one's place.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::store::{BadCertificate, CertificateFiles};

/// What TLS is spoken with.
pub struct Tls {
    files: CertificateFiles,
    current: Arc<Current>,
    self_signed: bool,
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl Tls {
    /// TLS with what stands in `files` now.
    ///
    /// # Errors
    /// [`BadCertificate`].
    pub fn new(files: CertificateFiles, self_signed: bool) -> Result<Self, BadCertificate> {
        let current = Arc::new(Current(RwLock::new(files.read()?)));
        Ok(Self {
            files,
            current,
            self_signed,
        })
    }

    /// Whether nobody vouches for the certificate.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.self_signed
    }

    /// The certificate that new connections get.
    #[must_use]
    pub fn certificate(&self) -> Arc<CertifiedKey> {
        self.current.certificate()
    }

    /// How the server speaks it.
    pub(super) fn config(&self) -> Result<ServerConfig, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = ServerConfig::builder_with_provider(provider);
        let versions = versions.with_safe_default_protocol_versions()?;
        let resolver = Arc::clone(&self.current);
        Ok(versions.with_no_client_auth().with_cert_resolver(resolver))
    }

    /// Takes up what now stands in the files; to be called about once a second.
    pub(super) fn look(&self) {
        if !self.files.changed() {
            return;
        }
        match self.files.read() {
            Ok(new) => {
                let current = self.current.0.write();
                *current.unwrap_or_else(PoisonError::into_inner) = new;
                tracing::info!("the certificate was read anew");
            }
            Err(error) => tracing::warn!("the certificate stays the one before: {error}"),
        }
    }
}

impl Current {
    fn certificate(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.certificate())
    }
}
