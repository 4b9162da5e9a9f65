//! A client of TLS that trusts one certificate.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::Reply;
use super::wire::{Answer, PATIENCE};

/// The settings of a client that trusts the certificate in this file alone.
pub(crate) fn trusting(certificate: &Path) -> std::io::Result<Arc<ClientConfig>> {
    let pem = std::fs::read(certificate)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots
            .add(certificate.map_err(std::io::Error::other)?)
            .map_err(std::io::Error::other)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Says `bytes` to the server of this name and listens until it closes, a whole answer has come, or patience ends.
pub(crate) fn exchange(
    config: &Arc<ClientConfig>,
    name: &str,
    address: SocketAddr,
    bytes: &[u8],
) -> std::io::Result<Answer> {
    let name = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
    let client = ClientConnection::new(Arc::clone(config), name).map_err(std::io::Error::other)?;
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(client, stream);
    // A server that refuses early closes while we still speak; what it said is read all the same.
    let _ = stream.write_all(bytes);
    stream
        .sock
        .set_read_timeout(Some(Duration::from_millis(60)))?;
    let bodiless = bytes.starts_with(b"HEAD ");
    let give_up = Instant::now() + PATIENCE;
    let (mut heard, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    let mut closed = false;
    while !closed && Instant::now() < give_up {
        match stream.read(&mut piece) {
            Ok(0) => closed = true,
            Ok(count) => heard.extend_from_slice(&piece[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if Reply::parse(&heard, bodiless, false).is_some() {
                    break;
                }
            }
            Err(_) => closed = true,
        }
    }
    Ok(Answer {
        bytes: heard,
        closed,
    })
}
