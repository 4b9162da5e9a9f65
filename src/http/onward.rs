//! Where a browser goes on to after signing in: a page of ours, or an address behind the gate to which our cookie goes.

use actix_web::HttpRequest;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::next::Next;
use super::query::Query;
use super::shared::Shared;
use crate::error::{Kind, Refused};

/// A good place to go on to.
pub(super) enum Onward {
    /// Here.
    Page(Next),
    /// Behind the gate; never to a host that is not ours or below `gate.cookie_domain`.
    Gate(Url),
}

impl Onward {
    /// What the query of `request` names by `next` or `rd`.
    ///
    /// # Errors
    /// [`Kind::Malformed`] for both, and for one that is not good.
    pub(super) fn asked(request: &HttpRequest, shared: &Shared) -> Result<Option<Self>, Refused> {
        let query = Query::of(request)?;
        match (query.value("next"), query.value("rd")) {
            (None, None) => Ok(None),
            (Some(text), None) => Ok(Some(Self::Page(Next::parse(text, &shared.base_path)?))),
            (None, Some(text)) => Ok(Some(Self::Gate(gate(text, shared)?))),
            (Some(_), Some(_)) => {
                let rule = "next and rd are two places to go on to";
                Err(Refused::new(Kind::Malformed(rule), rule))
            }
        }
    }

    /// The address of the sign-in page that goes on to there.
    pub(super) fn login(onward: Option<&Self>) -> String {
        match onward {
            Some(Self::Gate(url)) => {
                let text = utf8_percent_encode(url.as_str(), NON_ALPHANUMERIC);
                format!("./login?rd={text}")
            }
            Some(Self::Page(next)) => Next::login(Some(next), "./"),
            None => Next::login(None, "./"),
        }
    }

    /// Where to go once somebody has signed in: a browser gets the gate's cookie by way of the sign-in page.
    pub(super) fn signed_in(onward: Option<&Self>) -> String {
        match onward {
            Some(Self::Gate(_)) => Self::login(onward),
            Some(Self::Page(next)) => next.as_str().to_owned(),
            None => "./".to_owned(),
        }
    }
}

/// The address behind the gate that `text` spells.
///
/// # Errors
/// [`Kind::Malformed`].
pub(super) fn gate(text: &str, shared: &Shared) -> Result<Url, Refused> {
    let rule = "rd is an address of this host, or at or below gate.cookie_domain";
    let url = shared.return_hosts.admit(text);
    url.ok_or_else(|| Refused::new(Kind::Malformed(rule), rule))
}

/// The policy of a page whose form goes on to `url` in the end: browsers hold what a form leads to against it as well.
pub(super) fn policy(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {origin}; base-uri 'none'; frame-ancestors 'none'"
    )
}
