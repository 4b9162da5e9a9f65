//! What somebody asks for, and what came of it.

use super::NewKeys;
use crate::mint::{AccessKey, Life, PasswordHash};
use crate::names::{Basename, Dirname, Label, Rights, Scope};

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The directory, as it was spelled.
    pub dirname: Dirname,
    /// The file in it, or the directory.
    pub basename: Basename,
    /// Which of the two.
    pub scope: Scope,
    /// The rights, or the most granted.
    pub rights: Option<Rights>,
    /// The life, or what the settings say.
    pub life: Option<Life>,
    /// A note.
    pub label: Option<Label>,
    /// The passphrase of a new key.
    pub passphrase: Option<PasswordHash>,
}

/// Whether an ask may make a new key.
pub enum Fresh<'a> {
    /// Yes, if these let the visitor: they are asked only when a new key is due.
    Allowed(&'a NewKeys),
    /// Only one that exists may be handed out.
    No,
}

/// What an ask came to.
pub enum Issued {
    /// The bookmark's key.
    Key(AccessKey),
    /// A new key would be made, and that was not allowed.
    WouldBeNew,
    /// A new key would be made, and the settings want it to have a passphrase, which was not given.
    WantsPassphrase,
}
