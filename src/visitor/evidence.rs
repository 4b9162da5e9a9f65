//! What a request carries, as far as a source may look at it.
//!
//! Sources get texts and addresses and decide what to believe; they never see a request of the server's.

use std::net::IpAddr;

/// What a request carries under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// Nothing.
    Nothing,
    /// One text.
    Once(&'a str),
    /// Several, or something that is no text: whoever sends that is believed nothing.
    Unclear,
}

/// What a request carries. The values are the sender's word and prove nothing by themselves.
pub trait Evidence {
    /// The TCP peer, IPv4 addresses as such; `None` on a Unix socket, and where the connection is gone already.
    fn peer(&self) -> Option<IpAddr>;
    /// The client's address, where it is certain: behind a proxy only by the word of one that is trusted, and never when
    /// the request came under a name that anybody may point at us.
    fn client(&self) -> Option<IpAddr> {
        None
    }
    /// The address that guesses are counted for, certain or not.
    fn guesser(&self) -> Option<IpAddr> {
        self.client().or_else(|| self.peer())
    }
    /// Whether a proxy asks on somebody's behalf: their own headers are among these, so that none names a visitor.
    fn at_gate(&self) -> bool {
        false
    }
    /// Whether it came by a Unix socket of ours. That there is no peer does not show it.
    fn by_unix_socket(&self) -> bool {
        false
    }
    /// Whether a local session counts on this connection.
    fn local(&self) -> bool;
    /// The header `name`, which is spelled in small letters.
    fn header(&self, name: &str) -> Said<'_>;
    /// Whether a header stands there whose name is `name` once each `_` is read as `-`, but is not `name`: some servers
    /// take the two for one.
    fn header_by_another_spelling(&self, name: &str) -> bool;
    /// The cookie `name`.
    fn cookie(&self, name: &str) -> Said<'_>;
}

impl<'a> Said<'a> {
    /// What `texts` come to.
    pub fn of(mut texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        match (texts.next(), texts.next()) {
            (None, _) => Self::Nothing,
            (Some(Some(text)), None) => Self::Once(text),
            _ => Self::Unclear,
        }
    }

    /// The one text.
    #[must_use]
    pub fn once(self) -> Option<&'a str> {
        match self {
            Self::Once(text) => Some(text),
            Self::Nothing | Self::Unclear => None,
        }
    }
}
