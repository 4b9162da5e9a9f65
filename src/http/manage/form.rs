//! What a form of these pages brings, read strictly and within limits.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use zeroize::Zeroizing;

use super::super::body;
use super::super::in_hand::{chooser, new_passphrase};
use super::super::query::Query;
use super::super::shared::Shared;
use super::super::words::Words;
use super::{Asker, Side};
use crate::access::Moment;
use crate::error::{Kind, Refused};
use crate::mint::{Idle, KeyId, Life, Narrowing, PasswordHash};
use crate::names::Label;

/// Most bytes of a form.
const BYTES: u64 = 64 * 1024;
/// Most keys that one form names.
pub(super) const MOST_IDS: usize = 200;
const IDS: &str = "a form names at most 200 keys";
const ID: &str = "an id is one that a page of ours shows";
const USES: &str = "so many browsers: a number of 1 to 100";

/// A form, and who sent it.
pub(super) struct Form {
    pub(super) asker: Asker,
    /// As whom the passphrases are counted that it chooses.
    chooser: String,
    /// The keys that it names.
    pub(super) ids: Vec<KeyId>,
    fields: Query,
}

impl Form {
    /// The form that `request` brings, sent by our own page in this session.
    ///
    /// # Errors
    /// [`Kind::TooLarge`], [`Kind::TooSlow`], [`Kind::Malformed`]; as [`Asker::of_form`].
    pub(super) async fn of(
        request: &HttpRequest,
        shared: &Shared,
        payload: Payload,
        now: Moment,
    ) -> Result<Self, Refused> {
        let body = Zeroizing::new(body::whole(payload, None, BYTES).await?.to_vec());
        let text = std::str::from_utf8(&body).unwrap_or("%");
        // Only ids may stand there more than once.
        let (ids, rest): (Vec<&str>, Vec<&str>) =
            text.split('&').partition(|pair| pair.starts_with("id="));
        let fields = Query::parse(&Zeroizing::new(rest.join("&")))?;
        let token = fields.value("token");
        let asker = Asker::of_form(request, shared, Side::of(request), token, now).await?;
        if ids.len() > MOST_IDS {
            return Err(malformed(IDS));
        }
        let parsed = ids.iter().map(|pair| {
            let text = pair.strip_prefix("id=").unwrap_or_default();
            KeyId::parse(text).map_err(|_| malformed(ID))
        });
        Ok(Self {
            ids: parsed.collect::<Result<_, _>>()?,
            chooser: chooser(request, shared, asker.manager.by()),
            asker,
            fields,
        })
    }

    /// The one key that it names.
    ///
    /// # Errors
    /// [`Kind::Malformed`] for none, and for several.
    pub(super) fn id(&self) -> Result<KeyId, Refused> {
        match self.ids.as_slice() {
            [id] => Ok(*id),
            _ => Err(malformed(ID)),
        }
    }

    /// A field that is there and not empty: what is left empty in a form is not asked for.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.fields.value(name).filter(|text| !text.is_empty())
    }

    /// A field, as it was typed.
    pub(super) fn typed(&self, name: &str) -> &str {
        self.fields.value(name).unwrap_or_default()
    }

    /// Whether the field is there at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.value(name).is_some()
    }

    /// What the fields that limit a key ask for. A label that is there and empty is none.
    ///
    /// # Errors
    /// [`Kind::Malformed`]; [`Kind::TooMany`] where they choose passphrases on and on; [`Kind::Unavailable`] where too many
    /// are hashed.
    pub(super) async fn narrowing(
        &self,
        shared: &Shared,
        now: Moment,
    ) -> Result<Narrowing, Refused> {
        let uses = |text: &str| text.parse().map_err(|_| malformed(USES));
        let label = |text: &str| match text {
            "" => Ok(None),
            text => Label::parse(text).map(Some),
        };
        Ok(Narrowing {
            rights: self.given("rights").map(str::parse).transpose()?,
            life: self
                .given("expires")
                .map(|text| Life::parse(text, now.time))
                .transpose()?,
            idle: self.given("idle").map(Idle::parse).transpose()?,
            uses: self.given("uses").map(uses).transpose()?,
            label: self.fields.value("label").map(label).transpose()?,
            passphrase: self.passphrase(shared).await?,
        })
    }

    /// The hash of the passphrase that was typed, made off the threads that serve.
    async fn passphrase(&self, shared: &Shared) -> Result<Option<PasswordHash>, Refused> {
        let Some(typed) = self.given("passphrase") else {
            return Ok(None);
        };
        let hash = new_passphrase(shared, &self.chooser, typed).await;
        hash.map(Some)
    }
}

/// A refusal for a form that breaks this rule.
pub(super) fn malformed(rule: &'static str) -> Refused {
    Refused::new(Kind::Malformed(rule), rule)
}

/// What a person is told where the form can be mended; nothing where the refusal is a page of its own.
pub(super) fn alert(refused: &Refused, words: &Words) -> Option<String> {
    if let Kind::Malformed(rule) | Kind::Exceeds(rule) = refused.kind {
        return Some(words.known("rule", rule));
    }
    None
}

/// The status of a page that shows the form once more.
pub(super) fn status(refused: &Refused) -> StatusCode {
    if matches!(refused.kind, Kind::Malformed(_)) {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::FORBIDDEN
    }
}
