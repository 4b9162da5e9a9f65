//! A key is only ever narrowed: what it may become, and what may be derived from it.
//!
//! Nothing here gives more than was there before. What would is refused, never cut down silently.

use jiff::Timestamp;

use super::limits::{Claims, MOST_USES};
use super::{Idle, Life, Limits, PasswordHash, Record};
use crate::names::{Label, Rights};

/// What a key is to be narrowed to; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// No more than this.
    pub rights: Option<Rights>,
    /// No longer than this, counted from now.
    pub life: Option<Life>,
    /// Dead when unused for so long.
    pub idle: Option<Idle>,
    /// For so many browsers, each of which has to claim it.
    pub uses: Option<u8>,
    /// With this passphrase; one that is there is replaced.
    pub passphrase: Option<PasswordHash>,
    /// Another note, or none.
    pub label: Option<Option<Label>>,
}

/// Why a key cannot become what was asked for: it would be more than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Widens {
    /// More rights.
    #[error("a key is only ever narrowed: it never gets more rights than it has")]
    Rights,
    /// A later end.
    #[error("a key is only ever narrowed: it never ends later than it does")]
    Life,
    /// A longer time without use.
    #[error("a key is only ever narrowed: it may never stay unused for longer than now")]
    Idle,
    /// More browsers, none, or too many of them.
    #[error("a key is only ever narrowed: 1 to 100 browsers may claim it, and never more than now")]
    Uses,
    /// From a key that only those who claimed it may use.
    #[error("only those who claimed this key may use it: no other key can be made from it")]
    Claimed,
}

impl Widens {
    /// The rule, for an answer.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Rights => "A key is only ever narrowed: it never gets more rights than it has.",
            Self::Life => "A key is only ever narrowed: it never ends later than it does.",
            Self::Idle => {
                "A key is only ever narrowed: it may never stay unused for longer than now."
            }
            Self::Uses => {
                "A key is only ever narrowed: 1 to 100 browsers may claim it, and never more than now."
            }
            Self::Claimed => {
                "Only those who claimed this key may use it: no other key can be made from it."
            }
        }
    }
}

impl Record {
    /// The record narrowed at `now`.
    ///
    /// # Errors
    /// [`Widens`]; the record stays as it is.
    pub fn narrowed(&self, by: &Narrowing, now: Timestamp) -> Result<Self, Widens> {
        let limits = &self.limits;
        Ok(Self {
            rights: no_more(by.rights, self.rights).ok_or(Widens::Rights)?,
            expires: sooner(by.life, self.expires, now)?,
            label: by.label.clone().unwrap_or_else(|| self.label.clone()),
            limits: Limits {
                idle: match (by.idle, limits.idle) {
                    // Without a time of minting there is nothing to count from.
                    (Some(_), _) if self.created.is_none() => return Err(Widens::Idle),
                    (Some(idle), Some(most)) if idle > most => return Err(Widens::Idle),
                    (idle, most) => idle.or(most),
                },
                claims: fewer(by.uses, limits.claims.as_ref())?,
                passphrase: by.passphrase.clone().or_else(|| limits.passphrase.clone()),
                parent: limits.parent,
            },
            ..self.clone()
        })
    }
}

/// The rights, if they are no more than `most`.
fn no_more(asked: Option<Rights>, most: Rights) -> Option<Rights> {
    let rights = asked.unwrap_or(most);
    (rights <= most).then_some(rights)
}

/// The end, if it is no later than the one that is there.
pub(super) fn sooner(
    asked: Option<Life>,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Widens> {
    let Some(life) = asked else { return Ok(end) };
    match (life.end(now), end) {
        (None, Some(_)) => Err(Widens::Life),
        (Some(asked), Some(end)) if asked > end => Err(Widens::Life),
        (asked, _) => Ok(asked),
    }
}

/// How many browsers may still claim it, if they are no more than before.
fn fewer(asked: Option<u8>, claims: Option<&Claims>) -> Result<Option<Claims>, Widens> {
    let Some(left) = asked else {
        return Ok(claims.cloned());
    };
    let (most, browsers) = match claims {
        Some(claims) => (claims.left, claims.browsers.clone()),
        None => (MOST_USES, Vec::new()),
    };
    if left == 0 || left > most {
        return Err(Widens::Uses);
    }
    Ok(Some(Claims { left, browsers }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().expect("a time")
    }

    fn record(more: &str) -> Record {
        let text = format!(
            r#"{{"dirname":"/srv","basename":"a","created":"2026-11-20T12:00:00Z"{more}}}"#
        );
        Record::parse(text.as_bytes(), |_| None, |by| by.into()).expect("a record")
    }

    fn idle(days: u16) -> Option<Idle> {
        Idle::days(days).ok()
    }

    #[test]
    fn each_property_is_narrowed_and_never_widened() {
        let limited = record(
            r#","rights":"view","expires":"2026-11-22T12:00:00Z","idle":"7d","uses":3,"label":"x""#,
        );
        let by = |change: fn(&mut Narrowing)| {
            let mut by = Narrowing::default();
            change(&mut by);
            limited.narrowed(&by, now())
        };
        assert_eq!(by(|_| ()), Ok(limited.clone()));
        assert_eq!(by(|by| by.rights = Some(Rights::Edit)), Err(Widens::Rights));
        assert_eq!(by(|by| by.life = Some(Life::Unlimited)), Err(Widens::Life));
        assert_eq!(
            by(|by| by.life = Some(Life::For(86_401))),
            Err(Widens::Life)
        );
        assert_eq!(by(|by| by.idle = idle(8)), Err(Widens::Idle));
        for uses in [0, 4, 101] {
            let by = Narrowing {
                uses: Some(uses),
                ..Narrowing::default()
            };
            assert_eq!(limited.narrowed(&by, now()), Err(Widens::Uses), "{uses}");
        }
        let sooner = by(|by| by.life = Some(Life::For(60))).expect("sooner");
        assert_eq!(sooner.expires, Life::For(60).end(now()));
        let same = by(|by| by.life = Some(Life::For(86_400))).expect("as soon");
        assert_eq!(same.expires, limited.expires);
        let shorter = by(|by| by.idle = idle(6)).expect("shorter");
        assert_eq!(shorter.limits.idle, idle(6));
        let fewer = by(|by| by.uses = Some(2)).expect("fewer");
        assert_eq!(fewer.limits.claims.map(|claims| claims.left), Some(2));
        let unlabelled = by(|by| by.label = Some(None)).expect("no wider");
        assert_eq!(unlabelled.label, None);
    }

    #[test]
    fn what_was_not_limited_may_be_and_stays_so() {
        let whole = record("");
        let by = Narrowing {
            rights: Some(Rights::View),
            life: Some(Life::For(60)),
            idle: idle(30),
            uses: Some(MOST_USES),
            passphrase: PasswordHash::parse(HASH).ok(),
            label: None,
        };
        let narrowed = whole.narrowed(&by, now()).expect("narrower");
        assert_eq!(narrowed.rights, Rights::View);
        assert!(narrowed.limits.passphrase.is_some() && narrowed.limits.claims.is_some());
        // Nothing that is asked for takes any of it away again.
        let again = narrowed.narrowed(&Narrowing::default(), now());
        assert_eq!(again, Ok(narrowed));
    }

    #[test]
    fn who_claimed_a_key_keeps_it_and_takes_from_how_many_may() {
        let browser = "ETP2Erl3KFHz-YwFt5OPHJoE-zm6KthopMeLyYdJDBI";
        let claimed = record(&format!(r#","uses":2,"bind":["{browser}"]"#));
        let by = |uses| Narrowing {
            uses: Some(uses),
            ..Narrowing::default()
        };
        let narrowed = claimed.narrowed(&by(1), now()).expect("fewer");
        let claims = narrowed.limits.claims.expect("claims");
        assert_eq!((claims.left, claims.browsers.len()), (1, 1));
        let spent = record(&format!(r#","uses":0,"bind":["{browser}"]"#));
        assert_eq!(spent.narrowed(&by(1), now()), Err(Widens::Uses));
    }

    #[test]
    fn without_a_time_of_minting_there_is_no_idle_time() {
        let text = r#"{"dirname":"/srv","basename":"a"}"#;
        let foreign = Record::parse(text.as_bytes(), |_| None, |by| by.into()).expect("a record");
        let by = Narrowing {
            idle: idle(30),
            ..Narrowing::default()
        };
        assert_eq!(foreign.narrowed(&by, now()), Err(Widens::Idle));
    }
}
