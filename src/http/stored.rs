//! The store that nodes share, as this node stands to it: told by `/readyz`, said in the log once a change, and the reason
//! to refuse everything while it is not known whether the node may take part at all.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};

use super::answer::plain_problem;
use super::shared::Shared;
use crate::store::Member;
use crate::store::redis::LinkState;

/// When whoever met a store that is away may try again, in seconds: it is looked for all the time.
pub(super) const AGAIN_SECS: u16 = 1;

/// How the node stands to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stands {
    /// It reads and writes.
    Well,
    /// It reads alone; why.
    ReadOnly(String),
    /// It refuses; why.
    Away(String),
}

impl Stands {
    /// How it stands at this moment.
    pub(super) fn of(member: &Member) -> Self {
        match member.link().state() {
            LinkState::Down(why) => Self::Away(format!("the store does not answer: {why}")),
            _ if !member.joined() => {
                Self::Away("this node has not joined the others at the store".to_owned())
            }
            LinkState::ReadOnly(why) => Self::ReadOnly(format!("the store takes no writes: {why}")),
            LinkState::Up => Self::Well,
        }
    }
}

/// What was last said in the log.
#[derive(Default)]
pub(super) struct Stored {
    said: Option<Stands>,
    refused: Option<String>,
}

impl Stored {
    /// Joins the others where that has not been possible yet, and says in the log what changed; to be called each second.
    pub(super) async fn look(&mut self, shared: &Shared) {
        let Some(member) = &shared.store else { return };
        if !member.joined() {
            match member.join().await {
                Ok(()) => tracing::info!("this node has joined the others at the store"),
                Err(error) => {
                    let why = error.to_string();
                    if self.refused.as_ref() != Some(&why) {
                        tracing::error!("nothing is served: {why}");
                    }
                    self.refused = Some(why);
                }
            }
        }
        let stands = Stands::of(member);
        let before = self.said.as_ref();
        match &stands {
            _ if before == Some(&stands) => {}
            Stands::Well if before.is_none() => {}
            Stands::Well => tracing::warn!("the store answers again and takes writes"),
            Stands::ReadOnly(why) | Stands::Away(why) => tracing::error!("{why}"),
        }
        self.said = Some(stands);
    }
}

/// The refusal of all but health and what is the same for everybody, while the node has not joined the others: it may have
/// another secret than they.
pub(super) fn refusal(path: &str, shared: &Shared) -> Option<HttpResponse> {
    if takes_part(shared) || open_to_all(path, &shared.base_path) {
        return None;
    }
    let mut answer = plain_problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "This does not work at the moment. Try again.",
    );
    again(&mut answer);
    Some(answer)
}

/// Whether the node has joined the others, where there are any.
pub(super) fn takes_part(shared: &Shared) -> bool {
    shared.store.as_ref().is_none_or(|member| member.joined())
}

/// Says when to try again.
pub(super) fn again(answer: &mut HttpResponse) {
    let secs = HeaderValue::from(AGAIN_SECS);
    answer.headers_mut().insert(RETRY_AFTER, secs);
}

fn open_to_all(path: &str, base: &str) -> bool {
    let Some(path) = path.strip_prefix(base.trim_end_matches('/')) else {
        return false;
    };
    let one = matches!(
        path,
        "/healthz" | "/readyz" | "/robots.txt" | "/openapi.json"
    );
    one || path.starts_with("/assets/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_health_and_what_is_the_same_for_all_is_open_before_the_node_has_joined() {
        for path in [
            "/healthz",
            "/readyz",
            "/robots.txt",
            "/openapi.json",
            "/assets/style.css",
        ] {
            assert!(open_to_all(path, "/"), "{path}");
            assert!(open_to_all(&format!("/edit{path}"), "/edit/"), "{path}");
            assert!(!open_to_all(path, "/edit/"), "{path}");
        }
        for path in ["/", "", "/readyz/", "/api/file", "/login", "/healthz/../"] {
            assert!(!open_to_all(path, "/"), "{path}");
        }
    }
}
