//! A verdict in the words that a proxy understands.
//!
//! An allowed answer always says who it is, empty where nobody is known: a header that is left out would let a client's own
//! copy through (Envoy, Caddy). A refusal never depends on what the disk holds.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::dialect::{Dialect, Question, Waits};
use super::verdict::{Identity, Verdict};

/// What else an answer is made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ways<'a> {
    /// Where somebody could sign in.
    pub sign_in: Option<&'a str>,
    /// How long an allowed verdict may be kept; zero: not at all.
    pub verdict_max_age: Duration,
    /// This very second, by the clock.
    pub second: i64,
    /// Who waits for a refusal.
    pub waits: Waits,
}

/// An answer: a status, and headers whose names are small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200, 303, 401 or 403.
    pub status: u16,
    /// The headers. A value may hold UTF-8 and no control character.
    pub headers: Vec<(&'static str, String)>,
}

impl Dialect {
    /// `verdict` on `question`, as this proxy understands it; without a question, nothing could be read.
    #[must_use]
    pub fn answer(
        self,
        verdict: Verdict,
        question: Option<&Question<'_>>,
        ways: Ways<'_>,
    ) -> Answer {
        match verdict {
            Verdict::Allowed { identity, until } => self.allowed(identity, until, ways),
            Verdict::Forbidden if self != Self::Organizr => Answer::bare(403),
            Verdict::Forbidden | Verdict::Unknown => self.unknown(question, ways),
        }
    }

    fn allowed(self, identity: Identity, until: Option<Duration>, ways: Ways<'_>) -> Answer {
        let organizr = (self == Self::Organizr).then(|| {
            [
                ("x-organizr-user", identity.user.clone()),
                ("x-organizr-email", identity.email.clone()),
                ("x-organizr-group", identity.groups.clone()),
            ]
        });
        let mut headers = vec![
            ("remote-user", identity.user),
            ("remote-email", identity.email),
            ("remote-groups", identity.groups),
            ("remote-name", String::new()),
        ];
        headers.extend(organizr.into_iter().flatten());
        let most = ways.verdict_max_age.as_secs();
        let secs = until.map_or(most, |until| until.as_secs().min(most));
        if secs > 0 {
            headers.push(("cache-control", format!("max-age={secs}")));
            headers.push(("vary", "Cookie, Authorization".to_owned()));
            // nginx counts in whole seconds and takes a max-age of one for up to two: it is told the second itself, at whose
            // end the verdict is over. Where the clocks differ and this second is over there, nothing is kept.
            if matches!(self, Self::Nginx | Self::Organizr) && secs == 1 {
                headers.push(("x-accel-expires", format!("@{}", ways.second)));
            }
        }
        Answer {
            status: 200,
            headers,
        }
    }

    fn unknown(self, question: Option<&Question<'_>>, ways: Ways<'_>) -> Answer {
        let sign_in = ways.sign_in.filter(|_| self != Self::Organizr);
        let location = sign_in.map(|sign_in| {
            let back = question.and_then(|question| question.target.as_ref()?.to_return_to());
            sign_in_at(sign_in, back.as_ref())
        });
        let shown = ways.waits.navigation;
        if let Some(location) = &location
            && shown
            && !self.knows_three_answers()
        {
            return Answer {
                status: 303,
                headers: vec![("location", location.clone())],
            };
        }
        let mut headers = vec![("www-authenticate", "Bearer".to_owned())];
        let location = location.filter(|_| shown && self.knows_three_answers());
        headers.extend(location.map(|location| ("location", location)));
        Answer {
            status: 401,
            headers,
        }
    }
}

impl Answer {
    /// A status alone.
    #[must_use]
    pub fn bare(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
        }
    }
}

/// The address to sign in at, and to come back from.
fn sign_in_at(sign_in: &str, back: Option<&Url>) -> String {
    let Some(back) = back else {
        return sign_in.to_owned();
    };
    let text = utf8_percent_encode(back.as_str(), NON_ALPHANUMERIC);
    format!("{sign_in}?rd={text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Target;

    const ALL: [Dialect; 7] = [
        Dialect::Nginx,
        Dialect::Traefik,
        Dialect::Caddy,
        Dialect::Envoy,
        Dialect::HaProxy,
        Dialect::FastCgi,
        Dialect::Organizr,
    ];

    fn question() -> Question<'static> {
        Question {
            target: Target::parse_url("https://files.example.org/a?b=c").ok(),
            reads: true,
            gets: true,
        }
    }

    #[test]
    fn every_allowed_answer_carries_every_identity_header() {
        for dialect in ALL {
            let verdict = Verdict::Allowed {
                identity: Identity::nobody(),
                until: None,
            };
            let answer = dialect.answer(verdict, None, Ways::default());
            assert_eq!(answer.status, 200);
            for name in [
                "remote-user",
                "remote-email",
                "remote-groups",
                "remote-name",
            ] {
                assert!(
                    answer.headers.contains(&(name, String::new())),
                    "{dialect:?} {name}"
                );
            }
        }
    }

    #[test]
    fn each_proxy_gets_what_it_understands() {
        let ways = Ways {
            sign_in: Some("https://edit.example.org/login"),
            ..Ways::default()
        };
        let status = |dialect: Dialect, verdict: &Verdict, navigation| {
            let waits = Waits {
                navigation,
                picture: false,
            };
            let answer = dialect.answer(verdict.clone(), Some(&question()), Ways { waits, ..ways });
            let location = answer
                .headers
                .into_iter()
                .find(|(name, _)| *name == "location");
            (answer.status, location.map(|(_, value)| value))
        };
        let login =
            "https://edit.example.org/login?rd=https%3A%2F%2Ffiles%2Eexample%2Eorg%2Fa%3Fb%3Dc";
        for dialect in ALL {
            let forbidden = if dialect == Dialect::Organizr {
                401
            } else {
                403
            };
            assert_eq!(
                status(dialect, &Verdict::Forbidden, true),
                (forbidden, None)
            );
            assert_eq!(
                status(dialect, &Verdict::Unknown, false),
                (401, None),
                "{dialect:?}"
            );
            let shown = match dialect {
                Dialect::Organizr => (401, None),
                Dialect::Nginx | Dialect::HaProxy => (401, Some(login.to_owned())),
                Dialect::Traefik | Dialect::Caddy | Dialect::Envoy | Dialect::FastCgi => {
                    (303, Some(login.to_owned()))
                }
            };
            assert_eq!(
                status(dialect, &Verdict::Unknown, true),
                shown,
                "{dialect:?}"
            );
        }
    }

    #[test]
    fn a_verdict_is_kept_no_longer_than_it_holds() {
        let answer = |max_age, until: Option<u64>| {
            let verdict = Verdict::Allowed {
                identity: Identity::nobody(),
                until: until.map(Duration::from_secs),
            };
            let ways = Ways {
                verdict_max_age: Duration::from_secs(max_age),
                ..Ways::default()
            };
            let answer = Dialect::Nginx.answer(verdict, None, ways);
            let mut headers = answer.headers.into_iter();
            headers
                .find(|(name, _)| *name == "cache-control")
                .map(|(_, value)| value)
        };
        assert_eq!(answer(0, None), None);
        assert_eq!(answer(10, None).as_deref(), Some("max-age=10"));
        assert_eq!(answer(10, Some(3)).as_deref(), Some("max-age=3"));
        assert_eq!(answer(10, Some(0)), None);
    }
}
