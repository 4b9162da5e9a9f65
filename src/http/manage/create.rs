//! GET, POST `/admin/new`: an administrator makes a key within the roots.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::answer::ForPerson;
use super::super::login;
use super::super::shared::{Shared, moment};
use super::super::words::Words;
use super::change::{note, see_other, standing};
use super::form::{self, Form, alert, malformed};
use super::frame::Frame;
use super::show::LimitFields;
use super::wanted::{Choosable, rights};
use super::{Asker, Here, Side, bookmark, page};
use crate::access::{Asked, Making, Moment};
use crate::error::Refused;
use crate::names::{Dirname, Place, Rights};
use crate::store::{Act, Minted};

#[derive(Template)]
#[template(path = "new.html")]
struct New {
    words: Words,
    frame: Frame,
    prefix: String,
    token: String,
    path: String,
    scope: String,
    limits: LimitFields,
}

const HERE: Here = Here("new", "../");

/// GET: the form.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    match Asker::of(&request, &shared, Side::All, moment()).await {
        Ok(asker) => {
            let frame = Frame::of(&asker, &shared, HERE);
            Ok(page(&new(frame, &asker, None))?)
        }
        Err(refused) => login::or_sign_in(&request, &shared, "../", refused).await,
    }
}

/// POST: the bookmark of the new key; the page of the key that was there already, where it is less narrow than asked.
pub(super) async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    payload: web::Payload,
) -> Result<HttpResponse, ForPerson> {
    let now = moment();
    let form = Form::of(&request, &shared, payload, now).await?;
    match made(&shared, &form, now).await {
        Ok((minted, asked)) => {
            let id = minted.key.id();
            if !minted.new && asked {
                return Ok(see_other(format!("../admin/keys/{id}?done=existing")));
            }
            let act = if minted.new { Act::Mint } else { Act::Link };
            note(&request, &shared, act, id, &form);
            let found = standing(&shared, &id).await?;
            Ok(bookmark::shown(
                &request,
                &shared,
                &form.asker,
                &minted.key,
                &found,
            )?)
        }
        Err(refused) => {
            let Some(alert) = alert(&refused, &form.asker.words) else {
                return Err(refused.into());
            };
            tracing::debug!("{}", refused.cause);
            let frame = Frame::of(&form.asker, &shared, HERE).alerting(alert);
            let mut answer = page(&new(frame, &form.asker, Some(&form)))?;
            *answer.status_mut() = form::status(&refused);
            Ok(answer)
        }
    }
}

/// The key, and whether more was asked for than what makes two asks the same.
async fn made(shared: &Shared, form: &Form, now: Moment) -> Result<(Minted, bool), Refused> {
    let path = form
        .given("path")
        .ok_or_else(|| malformed("the path is missing"))?;
    let place = Place::of_directory(&Dirname::parse(path)?);
    let place = place.ok_or_else(|| malformed("the path names a file or a folder"))?;
    let scope = form.given("scope").map(str::parse).transpose()?;
    let manager = &form.asker.manager;
    shared.new_keys.one_more(manager.by()).await?;
    let by = form.narrowing(shared, now).await?;
    let label = by.label.flatten();
    // What else is asked for, the key that is found has too, or a new one gets.
    let asked = label.is_some();
    let making = Making {
        asked: Asked {
            dirname: place.dirname,
            basename: place.basename,
            scope: scope.unwrap_or_default(),
            rights: by.rights,
            life: by.life,
            label,
            passphrase: None,
        },
        idle: by.idle,
        uses: by.uses,
        passphrase: by.passphrase,
    };
    Ok((shared.access.make(manager, making, now).await?, asked))
}

fn new(frame: Frame, asker: &Asker, typed: Option<&Form>) -> New {
    let text = |name: &str| typed.map_or_else(String::new, |form| form.typed(name).to_owned());
    let chosen = text("rights");
    let words = &asker.words;
    let option = |value: &'static str, text| Choosable {
        value,
        text,
        chosen: value == chosen,
    };
    New {
        words: words.clone(),
        prefix: format!("{}{}", frame.base, Side::All.prefix()),
        frame,
        token: asker.token.clone(),
        path: text("path"),
        scope: text("scope"),
        limits: LimitFields {
            prefix: "",
            rights: vec![
                option("", words.say("new-all-rights")),
                option("view", rights(words, Rights::View)),
                option("edit", rights(words, Rights::Edit)),
            ],
            expires: text("expires"),
            idle: text("idle"),
            uses: text("uses"),
            label: text("label"),
            passphrase_hint: words.say("limit-passphrase-hint"),
        },
    }
}
