//! What a grant gives, piece by piece, so that a page can say it in its language. It decides nothing.

use std::fmt;

/// One piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gift {
    /// All that the roots hold.
    Everything,
    /// A directory, or what a directory's name is made of.
    Directory(String),
    /// What stands before it may only be looked at.
    View,
    /// All keys, as an administrator.
    Administration,
    /// Whatever a PHP session says.
    Session,
}

/// All pieces, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gives(Vec<Gift>);

impl Gives {
    /// All of it, each piece said by `say`.
    pub fn in_words(&self, say: impl Fn(&Gift) -> String) -> String {
        let words: Vec<String> = self.0.iter().map(say).collect();
        words.join(" ")
    }
}

impl From<Gift> for Gives {
    fn from(gift: Gift) -> Self {
        Self(vec![gift])
    }
}

impl FromIterator<Gift> for Gives {
    fn from_iter<I: IntoIterator<Item = Gift>>(gifts: I) -> Self {
        Self(gifts.into_iter().collect())
    }
}

impl fmt::Display for Gift {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Everything => "everything below the roots",
            Self::Directory(path) => path,
            Self::View => "(view)",
            Self::Administration => "administration",
            Self::Session => "what its session says",
        })
    }
}

impl fmt::Display for Gives {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.in_words(Gift::to_string))
    }
}

impl serde::Serialize for Gives {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
