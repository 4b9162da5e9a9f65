//! Traefik's `forwardAuth` and Caddy's `forward_auth`: `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`, which the proxy
//! sets itself, in place of the client's.

use super::dialect::{Unfit, needed};
use super::target::Target;
use crate::visitor::Evidence;

/// What is asked for, and how.
pub(super) fn asked(evidence: &dyn Evidence) -> Result<(Target<'_>, &str), Unfit> {
    let method = needed(evidence, "x-forwarded-method")?;
    let scheme = needed(evidence, "x-forwarded-proto")?;
    let host = needed(evidence, "x-forwarded-host")?;
    let uri = needed(evidence, "x-forwarded-uri")?;
    // Traefik writes the scheme of a web socket.
    let scheme = match scheme {
        "ws" => "http",
        "wss" => "https",
        other => other,
    };
    Ok((Target::parse(scheme, host, uri)?, method))
}
