//! The proxies' ways of asking, and what each tells of the request that it holds back.
//!
//! Each reads its own headers only: what another proxy would have set is a client's word here.

use super::target::{NotTarget, Target};
use super::{behind, forwarded, original};
use crate::names::all_bytes;
use crate::visitor::{Evidence, Said};

/// Who asks for a verdict, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// nginx's `auth_request`: 2xx, 401 or 403; all else it turns into a 500.
    Nginx,
    /// Traefik's `forwardAuth`: what is not 2xx goes to the client as it is.
    Traefik,
    /// Caddy's `forward_auth`: likewise.
    Caddy,
    /// Envoy's `ext_authz` over HTTP: 200, or what goes to the client. It asks with the request's own method, and its path
    /// behind ours.
    Envoy,
    /// HAProxy by our Lua action, which sends what nginx does.
    HaProxy,
    /// A FastCGI authorizer's variables (Apache, lighttpd).
    FastCgi,
    /// Organizr's own addresses: 200 or 401 (seed 001).
    Organizr,
}

/// The request in which a proxy asks.
pub struct Request<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its path behind the dialect's own, raw, and its query.
    pub behind: &'a str,
    /// What else it carries.
    pub evidence: &'a dyn Evidence,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The address that the client asked for; none where only the requirement counts.
    pub target: Option<Target<'a>>,
    /// Whether it gets what is there.
    pub gets: bool,
    /// Whether it only reads.
    pub reads: bool,
}

/// Who waits for the answer, where that is a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waits {
    /// A person who goes to a page, and can be shown another one.
    pub navigation: bool,
    /// A page that shows a picture.
    pub picture: bool,
}

impl Question<'_> {
    /// Who waits for the answer.
    #[must_use]
    pub fn waits(&self, evidence: &dyn Evidence) -> Waits {
        Waits {
            navigation: self.gets && navigates(evidence),
            picture: self.gets && shows_picture(evidence),
        }
    }
}

/// Why nothing can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The proxy's configuration does not send this header.
    #[error("the proxy does not send {0}: see docs/gate.md for its configuration")]
    Missing(&'static str),
    /// It stands there twice, or is no text.
    #[error("{0} says several things, or nothing that can be read")]
    Unclear(&'static str),
    /// The address.
    #[error("the address asked for: {0}")]
    Target(#[from] NotTarget),
}

impl Dialect {
    /// What `request` asks.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn question<'a>(self, request: &Request<'a>) -> Result<Question<'a>, Unfit> {
        let evidence = request.evidence;
        let (target, method) = match self {
            Self::Nginx | Self::HaProxy => original::asked(evidence)?,
            Self::Traefik | Self::Caddy => forwarded::asked(evidence)?,
            Self::Envoy | Self::FastCgi => behind::asked(request)?,
            Self::Organizr => {
                return Ok(Question {
                    target: None,
                    gets: false,
                    reads: true,
                });
            }
        };
        let gets = matches!(method, "GET" | "HEAD");
        Ok(Question {
            target: Some(target),
            gets,
            reads: gets || method == "OPTIONS",
        })
    }

    /// Whether what we say beside a refusal goes on to the client.
    #[must_use]
    pub fn passes_bodies_on(self) -> bool {
        matches!(self, Self::Traefik | Self::Caddy | Self::Envoy)
    }

    /// Whether what is no verdict of 2xx, 401 or 403 would be taken for a failure.
    #[must_use]
    pub fn knows_three_answers(self) -> bool {
        matches!(self, Self::Nginx | Self::HaProxy)
    }
}

/// The one text of a header that the proxy must send.
pub(super) fn needed<'a>(evidence: &'a dyn Evidence, name: &'static str) -> Result<&'a str, Unfit> {
    let text = optional(evidence, name)?.filter(|text| !text.is_empty());
    text.ok_or(Unfit::Missing(name))
}

/// The one text of a header that may be left out: visible ASCII, as a method, a host and an address are.
pub(super) fn optional<'a>(
    evidence: &'a dyn Evidence,
    name: &'static str,
) -> Result<Option<&'a str>, Unfit> {
    match evidence.header(name) {
        Said::Once(text) if all_bytes(text, |byte| byte.is_ascii_graphic()) => Ok(Some(text)),
        Said::Nothing => Ok(None),
        Said::Once(_) | Said::Unclear => Err(Unfit::Unclear(name)),
    }
}

/// Whether a person goes there: a script would not know what to do with a page for signing in.
fn navigates(evidence: &dyn Evidence) -> bool {
    let by_script = evidence.header("x-requested-with") != Said::Nothing;
    let mode = evidence.header("sec-fetch-mode");
    let navigates = matches!(mode, Said::Nothing | Said::Once("navigate"));
    let accepts = evidence.header("accept").once();
    navigates && !by_script && accepts.is_some_and(|kinds| kinds.contains("text/html"))
}

/// Whether what is asked for is to be shown as a picture, as browsers say it.
#[must_use]
pub fn shows_picture(evidence: &dyn Evidence) -> bool {
    match evidence.header("sec-fetch-dest") {
        Said::Once(dest) => dest == "image",
        Said::Nothing => {
            let accepts = evidence.header("accept").once();
            accepts.is_some_and(|kinds| kinds.starts_with("image/"))
        }
        Said::Unclear => false,
    }
}
