//! What a grant or a key allows, and of what: two words each, and the smaller first.

use serde::{Deserialize, Serialize};

use super::Malformed;

/// What may be done with a file. `View < Edit`: whoever may edit may view.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Rights {
    /// Read the bytes.
    View,
    /// Read and replace the bytes.
    Edit,
}

impl Rights {
    /// The word used in URLs, settings and the key file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Edit => "edit",
        }
    }
}

impl std::str::FromStr for Rights {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "view" => Ok(Self::View),
            "edit" => Ok(Self::Edit),
            _ => Err(Malformed::Rights),
        }
    }
}

/// What a key covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One file.
    #[default]
    File,
    /// A directory and all below it; minted on purpose only.
    Directory,
}

impl Scope {
    /// The word used in URLs and the key file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "file" => Ok(Self::File),
            "directory" => Ok(Self::Directory),
            _ => Err(Malformed::Scope),
        }
    }
}
