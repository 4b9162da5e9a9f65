//! nginx's `auth_request` and our Lua for HAProxy: headers that the configuration sets, `X-Original-URI` (raw, as
//! `$request_uri` is) or `X-Original-URL`, and `X-Original-Method`.

use super::dialect::{Unfit, needed, optional};
use super::target::Target;
use crate::visitor::Evidence;

/// What is asked for, and how.
pub(super) fn asked(evidence: &dyn Evidence) -> Result<(Target<'_>, &str), Unfit> {
    let method = needed(evidence, "x-original-method")?;
    let uri = optional(evidence, "x-original-uri")?;
    let url = optional(evidence, "x-original-url")?;
    let target = match (uri, url) {
        (None, None) => return Err(Unfit::Missing("x-original-uri")),
        // Whichever the configuration does not set would be the client's.
        (Some(_), Some(_)) => return Err(Unfit::Unclear("x-original-uri and x-original-url")),
        (None, Some(url)) => Target::parse_url(url)?,
        (Some(uri), None) => {
            let scheme = optional(evidence, "x-forwarded-proto")?.unwrap_or("https");
            Target::parse(scheme, needed(evidence, "host")?, uri)?
        }
    };
    Ok((target, method))
}
