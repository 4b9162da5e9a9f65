//! The story: [`Access::issue`] turns a grant into a bookmark, [`Access::redeem`] a bookmark into a file.
//!
//! The only place that composes the stages. It reads neither the clock nor a request, and knows no status code.

mod ask;
pub mod browse;
mod by_policy;
mod covered;
mod entry;
mod explain;
mod gate;
mod gift;
mod give;
mod hands;
mod host;
mod known;
mod local_users;
mod manage;
mod narrow;
mod near;
mod new_keys;
mod noted;
mod permit;
mod php;
pub mod prune;
mod redeem;
mod refusals;
mod standing;
mod tokens;
mod told;
mod voucher;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::error::Refused;
use crate::files::editor_config::{self, EditorConfig, Speaks};
use crate::files::{Content, Precondition, Read, Reader, Revision, Saver};
use crate::mint::{self, Bind, Idle, Limits, Secrets, Terms};
use crate::names::{Place, Rights};
use crate::resolve::{Roots, SafePath};
use crate::store::{Ask, Audit, Found, Keys, LastUses, Same};

pub use crate::store::Seen;
pub use ask::{Asked, Fresh, Issued};
pub use by_policy::{ByPolicy, gives};
pub use covered::granted;
pub use entry::{Entry, Holder};
pub use explain::{Explanation, Given, Giver, Holds};
pub use gate::Asking;
pub use gift::{Gift, Gives};
pub use give::{Family, Making};
pub use hands::{HandCookies, Hands, Wants};
pub use host::{GrantRequest, Granted};
pub use known::{Known, Party};
pub use local_users::{LocalUsers, SignedIn};
pub use manage::Manager;
pub use new_keys::NewKeys;
pub use noted::NO_GRANT;
pub use php::PhpHost;
pub use redeem::{Opened, Redeemed};
pub use refusals::too_often;
pub use standing::LOST;
pub use voucher::Voucher;

/// A moment, by both clocks, as the edge of the program read them.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The wall clock, in whole seconds.
    pub time: Timestamp,
    /// The clock that never goes back.
    pub instant: Instant,
}

/// How keys remember the operator.
const OPERATOR: &str = "operator";

/// What holds for every new key.
#[derive(Debug, Clone, Copy)]
pub struct KeyLimits {
    /// The longest life; also that of a key for which none was asked.
    pub lifetime: Option<Duration>,
    /// The most that a key may do.
    pub rights: Rights,
    /// Who may use a key.
    pub bind: Bind,
    /// The longest time without use; also that of a key for which none was asked.
    pub idle: Option<Idle>,
    /// Whether every key needs a passphrase.
    pub require_passphrase: bool,
}

/// Everything that issuing and redeeming need.
pub struct Access {
    /// The keys.
    pub keys: Keys,
    /// When they were used last.
    pub last_uses: LastUses,
    /// What is told of it.
    pub audit: Audit,
    /// The keys of this installation.
    pub secrets: Secrets,
    roots: RwLock<Arc<Roots>>,
    reader: Reader,
    saver: Saver,
    sealer: mint::Sealer,
    key_limits: KeyLimits,
    /// Most bytes of a file that is read whole or saved.
    pub body_limit: u64,
}

impl Access {
    /// All stages, put together.
    #[must_use]
    pub fn new(
        keys: Keys,
        last_uses: LastUses,
        secrets: Secrets,
        roots: Roots,
        saver: Saver,
        key_limits: KeyLimits,
        body_limit: u64,
    ) -> Self {
        Self {
            sealer: secrets.sealer(),
            keys,
            last_uses,
            audit: Audit::default(),
            secrets,
            roots: RwLock::new(Arc::new(roots)),
            reader: Reader::new(),
            saver,
            key_limits,
            body_limit,
        }
    }

    /// The same, and what is done is told to `audit`.
    #[must_use]
    pub fn audited(self, audit: Audit) -> Self {
        Self { audit, ..self }
    }

    /// The roots at this moment.
    #[must_use]
    pub fn roots(&self) -> Arc<Roots> {
        Arc::clone(&self.roots.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Other roots from now on.
    pub fn replace_roots(&self, roots: Roots) {
        *self.roots.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(roots);
    }

    /// A key for `asked`, if grants of whom `known` is hold the place: the one that the same visitor got before for the
    /// same file or directory, rights and life, or a new one, which is on the disk when this returns.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::error::Kind::Refused) alike for what is not granted and what is not there; [`Kind::TooMany`](crate::error::Kind::TooMany); what the store says.
    pub async fn issue(
        &self,
        known: &Known,
        asked: Asked,
        fresh: Fresh<'_>,
        now: Moment,
    ) -> Result<Issued, Refused> {
        let permitted = self.permit(known, &asked, now);
        let (permit, life) =
            permitted.inspect_err(|refused| self.note_no_grant(refused, known, now))?;
        let ask = Ask {
            by: permit.by.clone(),
            place: permit.place.clone(),
            scope: permit.scope,
            rights: permit.rights,
            life,
            passphrase: self.key_limits.require_passphrase || asked.passphrase.is_some(),
            idle: self.key_limits.idle,
        };
        // Whoever chose a passphrase gets a key with that one; nobody in particular chooses it for all others.
        let everybodys = ask.passphrase && &*ask.by == "anyone";
        let alive = if asked.passphrase.is_some() || everybodys {
            Vec::new()
        } else {
            let same = self.keys.find_same(&ask, now.time, &self.last_uses);
            match same.await? {
                Same::Key(key) => return Ok(Issued::Key(key)),
                Same::Nothing(alive) => alive,
            }
        };
        if ask.passphrase && asked.passphrase.is_none() {
            return Ok(Issued::WantsPassphrase);
        }
        let Fresh::Allowed(new_keys) = fresh else {
            return Ok(Issued::WouldBeNew);
        };
        new_keys.one_more(&ask.by).await?;
        let draft = mint::draft(
            permit,
            Terms {
                life,
                label: asked.label,
                bind: self.key_limits.bind,
                limits: Limits {
                    idle: self.key_limits.idle,
                    passphrase: asked.passphrase,
                    ..Limits::default()
                },
            },
            now.time,
            &self.sealer,
        )?;
        let id = draft.id;
        let minted = self.keys.mint(draft, now.time, alive).await?;
        if minted.new {
            self.note_minted(id, ask.by, known, now);
        }
        Ok(Issued::Key(minted.key))
    }

    /// Whether only the visitor that it was minted for may use the key: the key says so, or the settings do of all but
    /// those that the operator made to be handed out.
    #[must_use]
    pub fn bound(&self, found: &Found) -> bool {
        let by_settings = self.key_limits.bind == Bind::Visitor;
        found.bind == Bind::Visitor || by_settings && *found.by != *OPERATOR
    }

    /// The bytes at `path`, which a redemption gave. Blocks while a large file is read.
    ///
    /// # Errors
    /// As the file says.
    pub fn read(&self, path: &SafePath, now: Moment) -> Result<Read, Refused> {
        Ok(self.reader.read(path, self.body_limit, now.time.into())?)
    }

    /// The bytes at `path`, where they are remembered and nothing says that they changed. Never blocks.
    #[must_use]
    pub fn remembered(&self, path: &SafePath) -> Option<Arc<Content>> {
        self.reader.remembered(path, self.body_limit)
    }

    /// Whether the file at `path` can be opened and passes every rule once more, without reading it.
    ///
    /// # Errors
    /// As the file says.
    pub fn openable(&self, path: &SafePath) -> Result<(), Refused> {
        Ok(self.reader.openable(path)?)
    }

    /// The `.editorconfig` files that may speak of `place`; they are only looked at.
    #[must_use]
    pub fn editor_configs(&self, place: &Place, now: Moment) -> Vec<Speaks> {
        editor_config::that_speak_of(place, &self.roots(), now.instant)
    }

    /// What they say. Blocks: it reads them.
    #[must_use]
    pub fn editor_config(&self, speak: &[Speaks], now: Moment) -> EditorConfig {
        editor_config::said_by(speak, &self.reader, now.time.into())
    }

    /// The revision of the file at `path`.
    ///
    /// # Errors
    /// As reading it.
    pub fn revision(&self, path: &SafePath, now: Moment) -> Result<Revision, Refused> {
        Ok(match self.read(path, now)? {
            Read::Whole(content) => content.revision,
            Read::Large(large) => large.revision,
        })
    }

    /// Replaces the bytes that `key` opens, or makes the file. Blocks: it waits for the disk.
    ///
    /// # Errors
    /// [`Kind::Changed`](crate::error::Kind::Changed), [`Kind::FileTooLarge`](crate::error::Kind::FileTooLarge), [`Kind::Full`](crate::error::Kind::Full), [`Kind::Unavailable`](crate::error::Kind::Unavailable), [`Kind::Refused`](crate::error::Kind::Refused).
    pub fn save(
        &self,
        place: &Place,
        precondition: &Precondition,
        bytes: &[u8],
        now: Moment,
    ) -> Result<Revision, Refused> {
        Ok(self
            .saver
            .save(&self.roots(), place, precondition, bytes, now.instant)?)
    }
}
