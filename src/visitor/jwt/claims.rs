//! What a signed token says: when and for whom it holds, and who the visitor is.
//!
//! Whoever signed means what they wrote, so nothing is mended: a name that breaks its rule, or is no text, gives nobody
//! instead of half a visitor. Only of groups, the unfit ones are left out, since each stands for itself.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{TokenRules, Unbelieved};
use crate::visitor::{Email, Group, Level, Source, User, Visitor};

/// How far the clocks of two machines may be apart, in seconds.
const LEEWAY_SECS: i64 = 60;
/// The first second of the year 10000: no time of a token reaches there.
const YEAR_10000: u64 = 253_402_300_800;

/// Which claims say who the visitor is; the usual ones where none is named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimNames {
    /// Their name. A token without it is refused. The usual: `username`; else `name`, in a token without `sub`; else
    /// `sub`.
    pub user: Option<String>,
    /// Their e-mail address. The usual: `email`.
    pub email: Option<String>,
    /// Their groups: a list, or a text with commas. The usual: `group`, and `groups`.
    pub groups: Option<String>,
    /// Their level. The usual: `groupID`.
    pub level: Option<String>,
}

type Claims = Map<String, Value>;

/// Whether the token holds now, and is for us.
pub(super) fn hold(claims: &Claims, rules: &TokenRules, now: Timestamp) -> Result<(), Unbelieved> {
    let now = now.as_second();
    let ends = time(claims, "exp")?.ok_or(Unbelieved::Time)?;
    if now >= ends + LEEWAY_SECS {
        return Err(Unbelieved::Ended);
    }
    for name in ["nbf", "iat"] {
        if time(claims, name)?.is_some_and(|begins| begins > now + LEEWAY_SECS) {
            return Err(Unbelieved::Early);
        }
    }
    let is = |value: &Value, wanted: &str| value.as_str() == Some(wanted);
    if let Some(issuer) = &rules.issuer
        && !claims.get("iss").is_some_and(|said| is(said, issuer))
    {
        return Err(Unbelieved::Issuer);
    }
    let meant = match (claims.get("aud"), &rules.audience) {
        (None, None) => true,
        // A token that is for somebody is not for everybody (RFC 7519, 4.1.3).
        (None, Some(_)) | (Some(_), None) => false,
        (Some(Value::Array(list)), Some(audience)) => {
            list.iter().all(Value::is_string) && list.iter().any(|one| is(one, audience))
        }
        (Some(said), Some(audience)) => is(said, audience),
    };
    if meant {
        Ok(())
    } else {
        Err(Unbelieved::Audience)
    }
}

/// A time in whole seconds, if it is there.
fn time(claims: &Claims, name: &str) -> Result<Option<i64>, Unbelieved> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_u64().filter(|seconds| *seconds < YEAR_10000);
    let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
    seconds.map(Some).ok_or(Unbelieved::Time)
}

/// What is said under a name; `null` and an empty text say nothing.
fn said<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    claims
        .get(name)
        .filter(|value| !value.is_null() && value.as_str() != Some(""))
}

impl ClaimNames {
    /// Who the claims say it is: somebody with a name, or at least an address.
    pub(super) fn visitor(&self, claims: &Claims) -> Result<Visitor, Unbelieved> {
        let visitor = Visitor {
            user: self.user(claims)?,
            email: self.email(claims)?,
            groups: self.groups(claims)?,
            level: self.level(claims)?,
            ..Visitor::of(Source::Jwt)
        };
        if visitor.name().is_none() {
            return Err(Unbelieved::Nameless);
        }
        Ok(visitor)
    }

    fn user(&self, claims: &Claims) -> Result<Option<User>, Unbelieved> {
        let value = match &self.user {
            Some(name) => Some(said(claims, name).ok_or(Unbelieved::Nameless)?),
            None => usual_user(claims),
        };
        let user = value.map(|value| {
            let text = value.as_str().ok_or(Unbelieved::Claim("user"))?;
            User::parse(text).map_err(|_| Unbelieved::Claim("user"))
        });
        user.transpose()
    }

    fn email(&self, claims: &Claims) -> Result<Option<Email>, Unbelieved> {
        let name = self.email.as_deref().unwrap_or("email");
        // An address that the sign-on itself does not believe is as good as none.
        let doubted = self.email.is_none()
            && claims
                .get("email_verified")
                .is_some_and(|value| value != true && value != "true");
        let email = said(claims, name).filter(|_| !doubted).map(|value| {
            let text = value.as_str().ok_or(Unbelieved::Claim("email"))?;
            text.parse().map_err(|_| Unbelieved::Claim("email"))
        });
        email.transpose()
    }

    fn groups(&self, claims: &Claims) -> Result<Vec<Group>, Unbelieved> {
        let values = match &self.groups {
            Some(name) => [said(claims, name), None],
            None => [said(claims, "group"), said(claims, "groups")],
        };
        let mut texts = Vec::new();
        for value in values.into_iter().flatten() {
            match value {
                Value::String(text) => texts.extend(text.split(',').map(str::trim)),
                Value::Array(list) => {
                    for one in list {
                        texts.push(one.as_str().ok_or(Unbelieved::Claim("groups"))?);
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                    return Err(Unbelieved::Claim("groups"));
                }
            }
        }
        Ok(Group::all(texts.into_iter()))
    }

    fn level(&self, claims: &Claims) -> Result<Option<Level>, Unbelieved> {
        let name = self.level.as_deref().unwrap_or("groupID");
        let level = said(claims, name).map(|value| {
            let level = match value {
                Value::Number(number) => number.as_u64().and_then(|it| Level::try_from(it).ok()),
                Value::String(text) => text.parse().ok(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
            };
            level.ok_or(Unbelieved::Claim("level"))
        });
        level.transpose()
    }
}

/// `username`; or Organizr's `name`, which elsewhere is a name for show that people choose themselves, so that it counts
/// only in a token without `sub`; or `sub`, which its issuer gives to nobody else.
fn usual_user(claims: &Claims) -> Option<&Value> {
    let subject = said(claims, "sub");
    said(claims, "username").or_else(|| subject.or_else(|| said(claims, "name")))
}
