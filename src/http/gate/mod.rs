//! `/auth…`: what reverse proxies ask, answered in their own words.
//!
//! Answered for trusted proxies alone. What a request says is held out as [`Evidence`]; the rest does not know whether it
//! came by HTTP or by FastCGI.

pub(super) mod back;
pub(super) mod cookie;
pub(super) mod enter;
mod routes;

use std::net::IpAddr;
use std::sync::Arc;

use super::query::pairs;
use super::shared::{Shared, moment};
use super::{facts, session, stored};
use crate::access::{Asking, Holder, Moment};
use crate::error::{Kind, Refused};
use crate::gate::{Answer, Dialect, Question, Request, Unfit, Verdict, Waits, Ways, requirement};
use crate::mint::{AccessKey, KeyId};
use crate::visitor::{Evidence, Said};

pub(super) use routes::{asked_by_proxy, named, plain_routes, routes, verdict};

/// Most keys that are looked at for one question.
const KEYS: usize = 10;

/// Whether somebody at `peer` may ask: a trusted proxy; where none is named, this machine.
pub(super) fn may_ask(shared: &Shared, peer: Option<IpAddr>, by_unix_socket: bool) -> bool {
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
        return by_unix_socket;
    };
    if shared.trusted_proxies.is_empty() {
        peer.is_loopback()
    } else {
        shared.trusted_proxies.contain(peer)
    }
}

/// The answer to `request` in this dialect; `required` is whom the proxy's own configuration asks for.
pub(super) async fn answer<'a>(
    shared: &Shared,
    dialect: Dialect,
    request: &Request<'a>,
    required: Option<&str>,
) -> (Answer, Option<Question<'a>>) {
    let question = match dialect.question(request) {
        Ok(question) => question,
        Err(unfit) => {
            if matches!(unfit, Unfit::Missing(_)) {
                tracing::warn!("the gate: {unfit}");
            } else {
                tracing::debug!("the gate: {unfit}");
            }
            return (
                dialect.answer(Verdict::Forbidden, None, Ways::default()),
                None,
            );
        }
    };
    let now = moment();
    let verdict = match decided(shared, &question, request.evidence, required, now).await {
        Ok(verdict) => verdict,
        Err(refused) => {
            let ours = matches!(refused.kind, Kind::Full | Kind::Unavailable);
            if ours {
                tracing::error!("the gate: {}", refused.cause);
            } else {
                tracing::debug!("the gate: {}", refused.cause);
            }
            if ours && !dialect.knows_three_answers() && dialect != Dialect::Organizr {
                return (unavailable(), Some(question));
            }
            Verdict::Forbidden
        }
    };
    let allowed = matches!(verdict, Verdict::Allowed { .. });
    let ways = Ways {
        sign_in: shared.sign_in.as_deref(),
        verdict_max_age: shared.gate.verdict_max_age,
        second: now.time.as_second(),
        waits: if allowed {
            Waits::default()
        } else {
            question.waits(request.evidence)
        },
    };
    let answer = dialect.answer(verdict, Some(&question), ways);
    (answer, Some(question))
}

/// The answer where nobody can tell at the moment.
pub(super) fn unavailable() -> Answer {
    Answer {
        status: 503,
        headers: vec![("retry-after", stored::AGAIN_SECS.to_string())],
    }
}

async fn decided(
    shared: &Shared,
    question: &Question<'_>,
    evidence: &dyn Evidence,
    required: Option<&str>,
    now: Moment,
) -> Result<Verdict, Refused> {
    let requirement = required
        .map(|word| {
            let rule = "neither a level nor a group";
            requirement(word).ok_or_else(|| Refused::new(Kind::Malformed(rule), rule))
        })
        .transpose()?;
    let cookie::Read {
        mut keys,
        vouchers,
        sessions,
    } = cookie::read(evidence, shared);
    keys.truncate(KEYS - 2);
    let mut presented = presented(question, evidence)?;
    presented.append(&mut keys);
    let keys = presented;
    let mut holders: Vec<Arc<Holder>> = Vec::new();
    if let Said::Once(text) = evidence.cookie(&shared.cookie) {
        holders.extend(session::of_cookie(text, shared, now).await?);
    }
    for name in sessions {
        holders.extend(session::of_name(&name, shared, now).await?);
    }
    let asking = Asking {
        question,
        requirement: requirement.as_ref(),
        keys: &keys,
        vouchers: &vouchers,
        holders: &holders,
        evidence,
    };
    let verdict = shared.entry.verdict(&shared.access, &asking, now).await?;
    if !keys.is_empty() && !matches!(verdict, Verdict::Allowed { .. }) {
        // The same answer as before: only the pace of guessing is bounded.
        let refused = Refused::new(Kind::Refused, "a key that covers nothing there");
        let network = facts::network(evidence.guesser());
        let refused = shared.wrong_key(refused, &network);
        if refused.kind != Kind::Refused {
            return Err(refused);
        }
    }
    Ok(verdict)
}

/// The keys in the address and in `Authorization`.
///
/// # Errors
/// [`Kind::Malformed`] where one stands there twice.
fn presented(question: &Question<'_>, evidence: &dyn Evidence) -> Result<Vec<KeyId>, Refused> {
    let unclear = |rule| Refused::new(Kind::Malformed(rule), rule);
    let mut keys: Vec<KeyId> = Vec::new();
    let mut add = |text: &str| keys.extend(AccessKey::parse(text).ok().map(|key| key.id()));
    let query = question.target.as_ref().and_then(|target| target.query());
    if let Some(query) = query {
        let mut given = pairs(query).filter(|(name, _)| name == "accesskey");
        if let Some((_, text)) = given.next() {
            add(&text);
        }
        if given.next().is_some() {
            return Err(unclear("several keys in the address"));
        }
    }
    match evidence.header("authorization") {
        Said::Nothing => {}
        Said::Unclear => return Err(unclear("several Authorization headers")),
        Said::Once(text) => {
            if let Some((scheme, token)) = text.split_once(' ')
                && scheme.eq_ignore_ascii_case("bearer")
            {
                add(token);
            }
        }
    }
    Ok(keys)
}
