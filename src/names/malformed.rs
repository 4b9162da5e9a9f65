//! Why a word from outside was refused: by rule, never by value.

/// Why a word from outside was refused. The sentence names the rule, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not absolute, not clean, or not sayable.
    #[error(
        "a directory is an absolute path without '.', '..', '//', backslashes or control characters, of at most 4095 bytes"
    )]
    Directory,
    /// Not one component.
    #[error(
        "a file name is one component of at most 255 bytes without '/', '\\' or control characters, and neither '.' nor '..'"
    )]
    Basename,
    /// Neither `view` nor `edit`.
    #[error("rights are 'view' or 'edit'")]
    Rights,
    /// Neither `file` nor `directory`.
    #[error("a scope is 'file' or 'directory'")]
    Scope,
    /// Too long, or with control characters.
    #[error("a label has at most 200 characters and no control characters")]
    Label,
    /// Neither a duration nor a time.
    #[error(
        "a life is a duration such as '90d' or '12h', or a time such as '2027-01-31T12:00:00Z'"
    )]
    Life,
    /// No duration of whole days.
    #[error("an idle time is a duration of whole days, from 1 to 36500, such as '30d'")]
    Idle,
}

impl Malformed {
    /// The rule, for an answer.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Directory => {
                "a directory is an absolute path, with neither '.', '..', '//', a backslash nor a control character in it"
            }
            Self::Basename => {
                "a file name is one component, without '/', a backslash or a control character"
            }
            Self::Rights => "rights are 'view' or 'edit'",
            Self::Scope => "a scope is 'file' or 'directory'",
            Self::Label => "a label has at most 200 characters, and no control character",
            Self::Life => {
                "a life is a duration such as '90d', or a time to come such as '2027-01-31T12:00:00Z'"
            }
            Self::Idle => {
                "an idle time is a duration of whole days, from 1 to 36500, such as '30d'"
            }
        }
    }
}
