//! `POST /api/keys/prune`: what `editkey prune` does, for administrators.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::ForProgram;
use super::keys_api::changing;
use super::shared::{Shared, moment};
use super::{body, prunes};
use crate::access::prune::{Criteria, Due, Pruned};
use crate::error::{Kind, Refused};
use crate::names::Dirname;
use crate::settings::span;

/// Most bytes of what is asked for: a path, each of its characters escaped, and room to spare.
const BODY_BYTES: u64 = 32 * 1024;
/// Most keys that an answer names; it counts them all.
const NAMED: usize = 1000;
const RULE: &str = "the body is {expired_for?, unused_for?, older_than?, missing_files?, directory?, dry_run?}, each at most once, and nothing else";
const NOTHING: &str = "one of expired_for, unused_for, older_than and missing_files is needed";
const LENGTH: &str = "a length of time is one such as 180d or 12h";

/// Which keys; each criterion is enough, and a directory narrows them all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    expired_for: Option<String>,
    unused_for: Option<String>,
    older_than: Option<String>,
    #[serde(default)]
    missing_files: bool,
    directory: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

impl Asked {
    fn criteria(&self) -> Result<Criteria, Refused> {
        let length = |given: &Option<String>| {
            let given = given.as_deref().map(span::duration).transpose();
            given.map_err(|_| malformed(LENGTH))
        };
        let directory = self.directory.as_deref().map(Dirname::parse).transpose()?;
        let criteria = Criteria {
            directory,
            by: None,
            expired_for: length(&self.expired_for)?,
            unused_for: length(&self.unused_for)?,
            older_than: length(&self.older_than)?,
            missing_files: self.missing_files,
        };
        if criteria.is_nothing() {
            return Err(malformed(NOTHING));
        }
        Ok(criteria)
    }
}

/// POST: which keys are gone, or with `dry_run` would be, and why. What is gone is in a backup (docs/prune.md).
pub(super) async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForProgram> {
    let now = moment();
    let manager = changing(&request, &shared, now).await?;
    if !manager.sees_all() {
        return Err(Refused::new(Kind::Refused, "a prune by no administrator").into());
    }
    let asked: Asked = body::json(&request, payload, BODY_BYTES, RULE).await?;
    let criteria = asked.criteria()?;
    let preview = prunes::preview(&shared, &criteria, now).await?;
    let (all, held, away) = (preview.all, preview.held, preview.away.clone());
    let pruned = if asked.dry_run {
        Pruned {
            gone: preview.due,
            ..Pruned::default()
        }
    } else {
        let by = Arc::clone(manager.by());
        prunes::run(&shared, preview, criteria, by, now).await?
    };
    let keys = pruned.gone.iter().take(NAMED).map(named);
    let count = pruned.gone.len();
    Ok(HttpResponse::Ok().json(json!({
        "dry_run": asked.dry_run,
        "pruned": count,
        "kept": all.saturating_sub(count),
        "held": held,
        "away": away,
        "failed": pruned.failed.is_some(),
        "keys": keys.collect::<Vec<_>>(),
    })))
}

fn named(Due { found, reason }: &Due) -> Value {
    json!({
        "id": found.id.to_string(),
        "dirname": found.place.dirname.as_str(),
        "basename": found.place.basename.as_str(),
        "scope": found.scope,
        "reason": reason.word(),
        "why": reason.text(),
    })
}

fn malformed(rule: &'static str) -> Refused {
    Refused::new(Kind::Malformed(rule), rule)
}
