//! Why the store could not do what it was asked.

use std::sync::Arc;

/// A refusal of the store. Cheap to clone, since one failed sync is many requests' answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The file has changed since it was read; read it again first.
    #[error("the file has changed and is being read")]
    Stale,
    /// Others held the lock, or the changed file could not be read in time.
    #[error("{0} is busy; try again")]
    Busy(Arc<str>),
    /// The file is no JSON, and is not merely torn at its end.
    #[error("{0}")]
    Broken(Arc<str>),
    /// The disk is full.
    #[error("no room left for {0}")]
    Full(Arc<str>),
    /// Nothing can be written now.
    #[error("{0}")]
    Unwritable(Arc<str>),
    /// The server that keeps everything does not answer, or what it told is too old to rely on.
    #[error("{0}")]
    Away(Arc<str>),
    /// A limit of the store is reached.
    #[error("{0}")]
    Limit(&'static str),
}

impl StoreError {
    /// The error of a failed read or write of `what`.
    pub(crate) fn from_io(what: &std::path::Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let what = what.display();
        let full = [
            ErrorKind::StorageFull,
            ErrorKind::QuotaExceeded,
            ErrorKind::FileTooLarge,
        ];
        if full.contains(&error.kind()) {
            Self::Full(what.to_string().into())
        } else {
            Self::Unwritable(format!("{what}: {error}").into())
        }
    }
}
