//! Envoy's `ext_authz` over HTTP, which asks with the request's own method and `Host` and its path behind the prefix of
//! its settings; and a FastCGI authorizer's variables, which say the same of the request itself.

use super::dialect::{Request, Unfit, needed, optional};
use super::target::Target;

/// What is asked for, and how.
pub(super) fn asked<'a>(request: &Request<'a>) -> Result<(Target<'a>, &'a str), Unfit> {
    let scheme = optional(request.evidence, "x-forwarded-proto")?.unwrap_or("https");
    let host = needed(request.evidence, "host")?;
    Ok((Target::parse(scheme, host, request.behind)?, request.method))
}
