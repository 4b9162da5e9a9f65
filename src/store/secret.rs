//! `keys/secret`: 32 random bytes, made on first start; never where other nodes have one already.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::StoreError;
use crate::mint::{SECRET_BYTES, Secrets, random};

/// The keys that come from the secret at `path`, which is made, on the disk and for our user alone, if it is missing.
///
/// # Errors
/// When it cannot be read or made, or is not 43 base64url characters.
pub fn secrets(path: &Path) -> Result<Secrets, StoreError> {
    if let Some(secrets) = existing_secrets(path)? {
        return Ok(secrets);
    }
    make(path).map_err(|error| StoreError::from_io(path, &error))?;
    let made = existing_secrets(path)?;
    made.ok_or_else(|| StoreError::Unwritable(path.display().to_string().into()))
}

/// The same; nothing where it is missing.
///
/// # Errors
/// When it cannot be read, or is not 43 base64url characters.
pub fn existing_secrets(path: &Path) -> Result<Option<Secrets>, StoreError> {
    let text = match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|error| StoreError::from_io(path, &error))?,
    };
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    match URL_SAFE_NO_PAD.decode_slice(text.trim(), secret.as_mut_slice()) {
        Ok(SECRET_BYTES) => Ok(Some(Secrets::derive(&secret))),
        _ => Err(StoreError::Unwritable(
            format!(
                "{}: it is not the 43 base64url characters that editkey writes; bring the secret back from a backup, or remove it (bookmarks go on working, but none can be shown again)",
                path.display()
            )
            .into(),
        )),
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)?.take(1024).read_to_string(&mut text)?;
    Ok(text)
}

/// Written whole beside and linked into place, so that of two first starts one wins and neither reads half.
fn make(path: &Path) -> io::Result<()> {
    let bytes = Zeroizing::new(random::<SECRET_BYTES>().map_err(io::Error::other)?);
    let name = random::<6>().map_err(io::Error::other)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", URL_SAFE_NO_PAD.encode(name)));
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let written = (|| {
        super::ownership::like_folder(path, &file)?;
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()) + "\n");
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match std::fs::hard_link(&beside, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    })();
    std::fs::remove_file(&beside)?;
    File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    written
}
