//! A sign-on in front: the visitor whom its proxy names in headers.
//!
//! A header is the word of whoever sent it. So it is believed from the proxy's own address alone, with a secret besides
//! where one is agreed on, and whatever could be read in two ways names nobody. No session is ever made from it: whoever
//! signs out there is unknown here at the next request.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Email, Evidence, GROUPS, Group, Said, Source, User, Visitor};

/// Most characters of a header's name.
const NAME_CHARS: usize = 64;
/// Most characters of a name that is only shown.
const SHOWN_CHARS: usize = 128;
/// Fewest characters of a secret.
const FEWEST: usize = 16;
/// Headers that mean something else, or that every browser sends.
const TAKEN: [&str; 12] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "origin",
    "referer",
    "transfer-encoding",
    "user-agent",
    "x-forwarded-for",
];

/// Whose headers are believed, and which.
pub struct TrustedHeaders {
    /// Who may send them.
    pub proxies: Proxies,
    /// How they are called.
    pub names: HeaderNames,
    /// What must come with them.
    pub secret: Option<(HeaderName, ProxySecret)>,
}

/// Peers whose headers are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// By these addresses, IPv4 ones as such.
    pub networks: Vec<IpNet>,
    /// By our own Unix sockets.
    pub unix: bool,
}

/// The headers of a sign-on; one without a name is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderNames {
    /// Whose value is the user's name.
    pub user: Option<HeaderName>,
    /// Whose value is the e-mail address.
    pub email: Option<HeaderName>,
    /// Whose value is a list of groups.
    pub groups: Option<HeaderName>,
    /// Whose value is only shown.
    pub name: Option<HeaderName>,
    /// What stands between two groups.
    pub separator: char,
}

/// The name of a header.
///
/// **Invariant:** 1 to 64 small letters, digits and `-`, at least one a letter, and none of those with another meaning. An
/// underscore is none of them: servers between us and the proxy may take it for `-` or drop the header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeaderName(Arc<str>);

/// Why a text is no header's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHeaderName {
    /// Not the spelling of one.
    #[error("a header's name is 1 to 64 letters, digits and '-', and never '_'")]
    Spelling,
    /// It means something else.
    #[error("this header means something else, and browsers send it themselves")]
    Taken,
}

impl FromStr for HeaderName {
    type Err = NotHeaderName;

    fn from_str(text: &str) -> Result<Self, NotHeaderName> {
        let name = text.to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let letters = name.bytes().any(|byte| byte.is_ascii_lowercase());
        if !(1..=NAME_CHARS).contains(&name.len()) || !letters || !name.bytes().all(plain) {
            Err(NotHeaderName::Spelling)
        } else if TAKEN.contains(&name.as_str()) || name.starts_with("sec-") {
            Err(NotHeaderName::Taken)
        } else {
            Ok(Self(name.into()))
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A secret that the proxy sends along, kept as a hash.
pub struct ProxySecret([u8; 32]);

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a proxy's secret is at least 16 letters, digits and signs of ASCII, without spaces")]
pub struct NotSecret;

impl ProxySecret {
    /// The secret that `text` is.
    ///
    /// # Errors
    /// [`NotSecret`]: too short, or not to be said in a header.
    pub fn of(text: &str) -> Result<Self, NotSecret> {
        let sayable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() >= FEWEST && sayable {
            Ok(Self(Sha256::digest(text.as_bytes()).into()))
        } else {
            Err(NotSecret)
        }
    }

    /// Whether `text` is it. The time that takes tells nothing of how much was right, nor of how long it is.
    fn is(&self, text: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        bool::from(hash.ct_eq(&self.0))
    }
}

/// Why headers name nobody. None of these says what a header held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Unbelieved {
    #[error("the peer is in none of the networks")]
    Peer,
    #[error("the secret is missing or another one")]
    Secret,
    #[error("{0} stands there several times, or is not UTF-8")]
    Unclear(HeaderName),
    #[error("a header is spelled as {0}, but with '_'")]
    Spelling(HeaderName),
    #[error("{0} has a control character in it")]
    Control(HeaderName),
    #[error("{0} is a placeholder that the proxy did not fill in")]
    Placeholder(HeaderName),
    #[error("{0} is too long, or none of its kind")]
    Unfit(HeaderName),
    #[error("neither a user nor an e-mail address")]
    Nobody,
}

impl TrustedHeaders {
    /// Whom the headers name.
    #[must_use]
    pub fn visitor(&self, evidence: &dyn Evidence) -> Option<Visitor> {
        match self.named(evidence) {
            Ok(visitor) => Some(visitor),
            Err(why) => {
                tracing::debug!("a sign-on's headers name nobody: {why}");
                None
            }
        }
    }

    fn named(&self, evidence: &dyn Evidence) -> Result<Visitor, Unbelieved> {
        if !self.proxies.sent(evidence) {
            return Err(Unbelieved::Peer);
        }
        if let Some((name, secret)) = &self.secret {
            let said = value(name, evidence)?.ok_or(Unbelieved::Secret)?;
            if !secret.is(said) {
                return Err(Unbelieved::Secret);
            }
        }
        let names = &self.names;
        let user = read(names.user.as_ref(), evidence, |text| User::parse(text).ok())?;
        let email = read(names.email.as_ref(), evidence, |text| {
            text.parse::<Email>().ok()
        })?;
        let groups = read(names.groups.as_ref(), evidence, |text| {
            groups(text, names.separator)
        })?;
        read(names.name.as_ref(), evidence, |text| {
            (text.chars().count() <= SHOWN_CHARS).then_some(())
        })?;
        if user.is_none() && email.is_none() {
            return Err(Unbelieved::Nobody);
        }
        Ok(Visitor {
            user,
            email,
            groups: groups.unwrap_or_default(),
            ..Visitor::of(Source::Header)
        })
    }
}

impl Proxies {
    /// Whether one of them sent this.
    fn sent(&self, evidence: &dyn Evidence) -> bool {
        match evidence.peer().map(|peer| peer.to_canonical()) {
            Some(peer) => self.networks.iter().any(|network| network.contains(&peer)),
            None => self.unix && evidence.by_unix_socket(),
        }
    }
}

/// What the header says, taken for what it should be; `None` where there is none, or an empty one.
fn read<T>(
    name: Option<&HeaderName>,
    evidence: &dyn Evidence,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Unbelieved> {
    let Some(name) = name else { return Ok(None) };
    let Some(text) = value(name, evidence)? else {
        return Ok(None);
    };
    // Some proxies send the name of what they could not fill in.
    if text.starts_with('{') && text.ends_with('}') {
        return Err(Unbelieved::Placeholder(name.clone()));
    }
    let parsed = parse(text).ok_or_else(|| Unbelieved::Unfit(name.clone()))?;
    Ok(Some(parsed))
}

/// The one text of a header that nothing could be taken for besides.
fn value<'a>(name: &HeaderName, evidence: &'a dyn Evidence) -> Result<Option<&'a str>, Unbelieved> {
    if evidence.header_by_another_spelling(&name.0) {
        return Err(Unbelieved::Spelling(name.clone()));
    }
    match evidence.header(&name.0) {
        Said::Nothing | Said::Once("") => Ok(None),
        Said::Once(text) if text.chars().any(char::is_control) => {
            Err(Unbelieved::Control(name.clone()))
        }
        Said::Once(text) => Ok(Some(text)),
        Said::Unclear => Err(Unbelieved::Unclear(name.clone())),
    }
}

/// The groups in a list; what is no group's name is left out, and of too many there are none.
fn groups(text: &str, separator: char) -> Option<Vec<Group>> {
    let several = text.split(separator).count();
    (several <= GROUPS).then(|| Group::all(text.split(separator).map(str::trim)))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    /// A request: its peer and its headers.
    struct Sent<'a> {
        peer: Option<&'a str>,
        unix: bool,
        headers: &'a [(&'a str, &'a str)],
    }

    impl Evidence for Sent<'_> {
        fn peer(&self) -> Option<IpAddr> {
            self.peer.map(|peer| peer.parse().expect("an address"))
        }

        fn by_unix_socket(&self) -> bool {
            self.unix
        }

        fn local(&self) -> bool {
            false
        }

        fn header(&self, name: &str) -> Said<'_> {
            let named = self.headers.iter().filter(|(known, _)| *known == name);
            Said::of(named.map(|(_, value)| (*value != "no text").then_some(*value)))
        }

        fn header_by_another_spelling(&self, name: &str) -> bool {
            let mut headers = self.headers.iter();
            headers.any(|(known, _)| *known != name && known.replace('_', "-") == name)
        }

        fn cookie(&self, _: &str) -> Said<'_> {
            Said::Nothing
        }
    }

    fn name(text: &str) -> HeaderName {
        text.parse().expect("a name")
    }

    fn trusting(secret: Option<&str>) -> TrustedHeaders {
        let networks = ["10.3.3.0/24", "fd00:3::/32"];
        TrustedHeaders {
            proxies: Proxies {
                networks: networks.map(|text| text.parse().expect(text)).to_vec(),
                unix: false,
            },
            names: HeaderNames {
                user: Some(name("Remote-User")),
                email: Some(name("Remote-Email")),
                groups: Some(name("Remote-Groups")),
                name: Some(name("Remote-Name")),
                separator: ',',
            },
            secret: secret.map(|secret| {
                let secret = ProxySecret::of(secret).expect("long enough");
                ("X-Proxy-Secret".parse().expect("a name"), secret)
            }),
        }
    }

    fn by(trusted: &TrustedHeaders, headers: &[(&str, &str)]) -> Option<String> {
        let sent = Sent {
            peer: Some("10.3.3.9"),
            unix: false,
            headers,
        };
        trusted
            .visitor(&sent)
            .map(|visitor| visitor.by().to_string())
    }

    #[test]
    fn the_proxy_names_a_visitor() {
        let trusted = trusting(None);
        let headers = [
            ("remote-user", "ann"),
            ("remote-email", "Ann@Example.org"),
            ("remote-groups", "staff, b b,0,,x"),
            ("remote-name", "Ann of Green Gables"),
        ];
        let sent = Sent {
            peer: Some("::ffff:10.3.3.9"),
            unix: false,
            headers: &headers,
        };
        let visitor = trusted.visitor(&sent).expect("somebody");
        assert_eq!(&*visitor.by(), "header:ann");
        assert_eq!(visitor.email, "ann@example.org".parse().ok());
        let groups: Vec<&str> = visitor.groups.iter().map(Group::as_str).collect();
        assert_eq!(groups, ["staff", "b b", "x"]);
        assert_eq!(visitor.level, None);
        let address = [("remote-user", ""), ("remote-email", "ann@example.org")];
        for headers in [&address[..], &address[1..]] {
            let name = by(&trusted, headers);
            assert_eq!(name.as_deref(), Some("header:ann@example.org"));
        }
    }

    #[test]
    fn a_peer_outside_of_the_networks_is_not_believed() {
        let mut trusted = trusting(None);
        let headers = [("remote-user", "ann")];
        let believed = |trusted: &TrustedHeaders, peer, unix| {
            let sent = Sent {
                peer,
                unix,
                headers: &headers,
            };
            trusted.visitor(&sent).is_some()
        };
        for (peer, inside) in [
            ("10.3.3.0", true),
            ("10.3.3.255", true),
            ("10.3.4.0", false),
            ("::ffff:10.3.3.1", true),
            ("::ffff:10.3.4.1", false),
            ("::10.3.3.1", false),
            ("fd00:3::1", true),
            ("fd00:4::1", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(believed(&trusted, Some(peer), false), inside, "{peer}");
        }
        assert!(!believed(&trusted, None, true) && !believed(&trusted, None, false));
        trusted.proxies.unix = true;
        assert!(believed(&trusted, None, true) && !believed(&trusted, None, false));
        assert!(!believed(&trusted, Some("10.3.4.0"), true));
    }

    #[test]
    fn what_could_be_read_in_two_ways_names_nobody() {
        let trusted = trusting(None);
        let long = "x".repeat(129);
        let address = format!("{}@b", "a".repeat(254));
        let many = "g,".repeat(GROUPS);
        let ann = ("remote-user", "ann");
        for headers in [
            &[][..],
            &[("remote-user", "")],
            &[("remote-groups", "staff")],
            &[("remote-user", &long)],
            &[("remote-user", " ann")],
            &[("remote-user", "a\tb")],
            &[("remote-user", "a\u{85}b")],
            &[("remote-user", "no text")],
            &[("remote-user", "{http.reverse_proxy.header.Remote-User}")],
            &[("remote_user", "ann")],
            &[ann, ("remote_user", "ann")],
            &[ann, ann],
            &[ann, ("remote-user", "")],
            &[ann, ("remote-email", "none")],
            &[ann, ("remote-email", &address)],
            &[ann, ("remote-email", "a@b"), ("remote-email", "a@b")],
            &[ann, ("remote-groups", &many)],
            &[ann, ("remote-groups", "a"), ("remote-groups", "b")],
            &[ann, ("remote_groups", "admins")],
            &[ann, ("remote-groups", "a\tb")],
            &[ann, ("remote-name", &long)],
            &[ann, ("remote_name", "A")],
        ] {
            assert_eq!(by(&trusted, headers), None, "{headers:?}");
        }
        assert!(
            by(
                &trusted,
                &[ann, ("remote-email", ""), ("remote-groups", "")]
            )
            .is_some()
        );
    }

    #[test]
    fn a_header_without_a_name_is_not_read() {
        let mut trusted = trusting(None);
        trusted.names.user = None;
        trusted.names.groups = None;
        let headers = [
            ("remote-user", "root"),
            ("remote-email", "ann@example.org"),
            ("remote-groups", "admins"),
        ];
        let sent = Sent {
            peer: Some("10.3.3.9"),
            unix: false,
            headers: &headers,
        };
        let visitor = trusted.visitor(&sent).expect("somebody");
        assert_eq!((visitor.user, visitor.groups.len()), (None, 0));
    }

    #[test]
    fn a_list_is_split_at_the_separator_alone() {
        let mut trusted = trusting(None);
        trusted.names.separator = '|';
        let headers = [("remote-user", "ann"), ("remote-groups", "x|a,admins|y z")];
        let sent = Sent {
            peer: Some("10.3.3.9"),
            unix: false,
            headers: &headers,
        };
        let visitor = trusted.visitor(&sent).expect("somebody");
        let groups: Vec<&str> = visitor.groups.iter().map(Group::as_str).collect();
        assert_eq!(groups, ["x", "y z"]);
    }

    #[test]
    fn the_secret_must_come_along() {
        let secret = "0123456789abcdef";
        let trusted = trusting(Some(secret));
        let ann = ("remote-user", "ann");
        assert!(by(&trusted, &[ann, ("x-proxy-secret", secret)]).is_some());
        for headers in [
            &[ann][..],
            &[ann, ("x-proxy-secret", "")],
            &[ann, ("x-proxy-secret", "0123456789abcdeF")],
            &[ann, ("x-proxy-secret", "0123456789abcde")],
            &[ann, ("x-proxy-secret", "0123456789abcdefg")],
            &[ann, ("x_proxy_secret", secret)],
            &[ann, ("x-proxy-secret", secret), ("x_proxy-secret", "")],
            &[ann, ("x-proxy-secret", secret), ("x-proxy-secret", secret)],
        ] {
            assert_eq!(by(&trusted, headers), None, "{headers:?}");
        }
        for bad in [
            "",
            "0123456789abcde",
            "0123456789 abcdef",
            "0123456789abcdé",
        ] {
            assert!(ProxySecret::of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_headers_name_has_one_reading() {
        for good in ["Remote-User", "x-authentik-uid", "a", "X-1"] {
            assert!(good.parse::<HeaderName>().is_ok(), "{good}");
        }
        let long = "x".repeat(65);
        for bad in ["", "a_b", "a b", "a:", "é", "1", "-", "a\n", &long] {
            assert_eq!(
                bad.parse::<HeaderName>(),
                Err(NotHeaderName::Spelling),
                "{bad}"
            );
        }
        for bad in ["Cookie", "host", "Sec-Fetch-Site", "Authorization"] {
            assert_eq!(
                bad.parse::<HeaderName>(),
                Err(NotHeaderName::Taken),
                "{bad}"
            );
        }
    }
}
