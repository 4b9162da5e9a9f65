//! The certificate that TLS is spoken with, and its private key: PEM files that somebody else keeps up to date, or one
//! that we make for ourselves.
//!
//! A private key is in memory and in its file; it is never part of an error or a log line.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{Timestamp, ToSpan as _};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use x509_cert::der::Decode as _;
use zeroize::Zeroizing;

use super::log::stamp::Stamp;
use super::ownership;

/// Most bytes of a PEM file.
const FILE_BYTES: u64 = 1 << 20;
/// Days that a certificate of our own is good for: more than this, some browsers take none.
const DAYS: i64 = 825;
/// How the line begins that says for which names our own certificate was made.
const NAMES: &str = "editkey's own certificate, for: ";

/// Why there is no certificate to speak TLS with.
#[derive(Debug, thiserror::Error)]
pub enum BadCertificate {
    /// It cannot be read.
    #[error("cannot read '{}': {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Others can change it.
    #[error(transparent)]
    NotOurs(#[from] ownership::NotOurs),
    /// Others can read the private key.
    #[error("everybody can read the private key: chmod o= '{}'", .0.display())]
    Open(PathBuf),
    /// No certificate in it.
    #[error("there is no certificate in '{}' (a section BEGIN CERTIFICATE)", .0.display())]
    NoCertificate(PathBuf),
    /// No key in it.
    #[error("there is no private key in '{}' that needs no passphrase (a section BEGIN PRIVATE KEY)", .0.display())]
    NoKey(PathBuf),
    /// They do not belong together, or are of a kind that we do not speak.
    #[error("the private key is not that of the certificate: {0}")]
    Mismatch(rustls::Error),
    /// Our own cannot be made.
    #[error("a certificate of our own cannot be made: {0}")]
    NotMade(String),
}

/// Where certificate and key stand. Both may be in one file.
pub struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    seen: Mutex<Option<Stamps>>,
}

/// What both files looked like.
type Stamps = [Option<Stamp>; 2];

impl CertificateFiles {
    /// These files, unread.
    #[must_use]
    pub fn at(certificate: &Path, key: &Path) -> Self {
        Self {
            certificate: certificate.to_path_buf(),
            key: key.to_path_buf(),
            seen: Mutex::new(None),
        }
    }

    /// The certificate and its key, which belong together.
    ///
    /// # Errors
    /// [`BadCertificate`].
    pub fn read(&self) -> Result<Arc<CertifiedKey>, BadCertificate> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.stamps());
        for path in [&self.certificate, &self.key] {
            // What is not there is told as such below.
            if path.exists() {
                ownership::check_state(path)?;
            }
        }
        let text = text(&self.certificate)?;
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(&text).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| BadCertificate::NoCertificate(self.certificate.clone()))?;
        let text = text_of_key(&self.key)?;
        let key = PrivateKeyDer::from_pem_slice(&text)
            .map_err(|_| BadCertificate::NoKey(self.key.clone()))?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified =
            CertifiedKey::from_der(chain, key, &provider).map_err(BadCertificate::Mismatch)?;
        Ok(Arc::new(certified))
    }

    /// Whether either file has changed since it was last read, or tried to be.
    #[must_use]
    pub fn changed(&self) -> bool {
        let now = self.stamps();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != Some(now)
    }

    fn stamps(&self) -> Stamps {
        [&self.certificate, &self.key].map(|path| Stamp::at(path).ok().flatten())
    }
}

fn unreadable(path: &Path, error: io::Error) -> BadCertificate {
    let path = path.to_path_buf();
    BadCertificate::Unreadable { path, error }
}

fn text(path: &Path) -> Result<Zeroizing<Vec<u8>>, BadCertificate> {
    let unreadable = |error| unreadable(path, error);
    let file = File::open(path).map_err(unreadable)?;
    let mut text = Zeroizing::new(Vec::new());
    let read = file.take(FILE_BYTES).read_to_end(&mut text);
    read.map_err(unreadable)?;
    Ok(text)
}

fn text_of_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, BadCertificate> {
    let unreadable = |error| unreadable(path, error);
    if std::fs::metadata(path).map_err(unreadable)?.mode() & 0o007 != 0 {
        return Err(BadCertificate::Open(path.to_path_buf()));
    }
    text(path)
}

/// When a certificate ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At this time.
    At(Timestamp),
    /// It does not say so in a way that we can read.
    Unknown,
}

/// When the certificate of `certified` ends.
#[must_use]
pub fn end_of(certified: &CertifiedKey) -> End {
    let der = certified.cert.first();
    let parsed = der.and_then(|der| x509_cert::Certificate::from_der(der).ok());
    let end = parsed.map(|it| it.tbs_certificate.validity.not_after.to_unix_duration());
    let end = end.and_then(|end| i64::try_from(end.as_secs()).ok());
    end.and_then(|end| Timestamp::from_second(end).ok())
        .map_or(End::Unknown, End::At)
}

/// The SHA-256 of a certificate, as browsers show it.
#[must_use]
pub fn fingerprint(certified: &CertifiedKey) -> String {
    let der = certified.cert.first().map_or(&[][..], |der| der.as_ref());
    let bytes = Sha256::digest(der);
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// The certificate that we made for ourselves, for `names` at least, at `path` together with its key. It is made when it
/// is not there, has ended, or lacks one of the names.
///
/// # Errors
/// [`BadCertificate`].
pub fn self_signed(
    path: &Path,
    names: &[String],
    now: Timestamp,
) -> Result<CertificateFiles, BadCertificate> {
    let files = CertificateFiles::at(path, path);
    let mut wanted: Vec<String> = Vec::new();
    if path.exists() {
        let good = files.read()?;
        let lives = matches!(end_of(&good), End::At(end) if end > now);
        let text = text(path)?;
        let line = String::from_utf8_lossy(&text);
        let line = line.lines().find_map(|line| line.strip_prefix(NAMES));
        wanted.extend(line.unwrap_or_default().split(' ').map(str::to_owned));
        if lives && names.iter().all(|name| wanted.contains(name)) {
            return Ok(files);
        }
    }
    wanted.extend(names.iter().cloned());
    wanted.retain(|name| !name.is_empty());
    wanted.sort();
    wanted.dedup();
    let text = made(&wanted, now)?;
    put(path, text.as_bytes()).map_err(|error| unreadable(path, error))?;
    Ok(files)
}

fn made(names: &[String], now: Timestamp) -> Result<Zeroizing<String>, BadCertificate> {
    let not_made = |error: &dyn std::fmt::Display| BadCertificate::NotMade(error.to_string());
    let mut params = CertificateParams::new(names).map_err(|error| not_made(&error))?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "editkey");
    params.distinguished_name = name;
    let day = |days: i64| {
        let hours = (days * 24).hours();
        let time = now.checked_add(hours).map_err(|error| not_made(&error))?;
        let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        Ok::<_, BadCertificate>(rcgen::date_time_ymd(date.year().into(), month, day))
    };
    params.not_before = day(-1)?;
    params.not_after = day(DAYS)?;
    let key = KeyPair::generate().map_err(|error| not_made(&error))?;
    let certificate = params.self_signed(&key).map_err(|error| not_made(&error))?;
    let secret = Zeroizing::new(key.serialize_pem());
    let names = names.join(" ");
    Ok(Zeroizing::new(format!(
        "{NAMES}{names}\n{}{}",
        certificate.pem(),
        *secret
    )))
}

/// Written beside for our user alone, synced, renamed.
fn put(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let mut file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    ownership::like_folder(path, &file)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path(), mode).expect("ours");
        folder
    }

    #[test]
    fn our_own_is_made_once_and_anew_when_it_lacks_a_name_or_has_ended() {
        let folder = folder();
        let path = folder.path().join("own.pem");
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        let of = |list: &[&str], now| {
            let files = self_signed(&path, &names(list), now).expect("made");
            fingerprint(&files.read().expect("good"))
        };
        let first = of(&["localhost", "127.0.0.1"], now);
        assert_eq!(first.len(), 95);
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o600);
        assert_eq!(of(&["localhost"], now), first);
        let more = of(&["example.org"], now);
        assert_ne!(more, first);
        assert_eq!(of(&["localhost", "example.org"], now), more, "names add up");
        let later = now.checked_add((830 * 24).hours()).expect("a time");
        assert_ne!(of(&["localhost"], later), more);
    }

    #[test]
    fn a_key_belongs_to_its_certificate_and_to_us() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        for name in ["one", "other"] {
            self_signed(&path(name), &names(&["localhost"]), now).expect("made");
        }
        let read = |one: &str, other: &str| CertificateFiles::at(&path(one), &path(other)).read();
        let good = read("one", "one").expect("good");
        assert!(matches!(end_of(&good), End::At(end) if end > now));
        assert!(matches!(
            read("one", "other"),
            Err(BadCertificate::Mismatch(_))
        ));
        assert!(matches!(
            read("none", "one"),
            Err(BadCertificate::Unreadable { .. })
        ));
        std::fs::write(path("other"), "no PEM").expect("written");
        assert!(matches!(
            read("other", "one"),
            Err(BadCertificate::NoCertificate(_))
        ));
        assert!(matches!(
            read("one", "other"),
            Err(BadCertificate::NoKey(_))
        ));
        let mode = |mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(path("one"), mode).expect("ours");
        };
        mode(0o604);
        assert!(matches!(read("one", "one"), Err(BadCertificate::Open(_))));
        mode(0o620);
        assert!(matches!(
            read("one", "one"),
            Err(BadCertificate::NotOurs(_))
        ));
        let files = CertificateFiles::at(&path("one"), &path("one"));
        assert!(files.changed(), "never read");
        mode(0o600);
        files.read().expect("good");
        assert!(!files.changed());
        self_signed(&path("one"), &names(&["example.org"]), now).expect("made anew");
        assert!(files.changed());
    }
}
