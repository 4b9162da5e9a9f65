//! Who asks for a page that manages keys, and what its forms must bring back.

use actix_web::HttpRequest;
use subtle::ConstantTimeEq as _;

use super::super::shared::Shared;
use super::super::words::Words;
use super::super::{facts, session, who};
use crate::access::{Known, Manager, Moment};
use crate::error::{Kind, Refused};

/// Whose keys a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Side {
    /// Everybody's.
    All,
    /// The visitor's own.
    Own,
}

impl Side {
    /// Which of the two `request` is about.
    pub(in crate::http) fn of(request: &HttpRequest) -> Self {
        // Deny by default: an administrator's page is the one that asks for more.
        request.app_data().copied().unwrap_or(Self::All)
    }

    /// The list's address, from the base path.
    pub(in crate::http) fn list(self) -> &'static str {
        match self {
            Self::All => "admin",
            Self::Own => "keys",
        }
    }

    /// What the addresses of its forms begin with, from the base path.
    pub(in crate::http) fn prefix(self) -> &'static str {
        match self {
            Self::All => "admin/",
            Self::Own => "keys/",
        }
    }

    /// What the address of a key's page begins with, from the base path.
    pub(in crate::http) fn one(self) -> &'static str {
        match self {
            Self::All => "admin/keys/",
            Self::Own => "keys/",
        }
    }
}

/// Who asks.
pub(in crate::http) struct Asker {
    /// What they may see and change.
    pub(in crate::http) manager: Manager,
    /// What the forms of their pages bring back: only a page of ours for this visitor, in this session, can know it.
    pub(in crate::http) token: String,
    /// The name by which they signed in here; empty where they did not.
    pub(in crate::http) signed_in: String,
    /// Whether they are an administrator.
    pub(in crate::http) admin: bool,
    /// What they read.
    pub(in crate::http) words: Words,
    /// All that is known of them.
    pub(in crate::http) known: Known,
}

impl Asker {
    /// Who asks for a page of this side.
    ///
    /// # Errors
    /// [`Kind::Refused`] for nobody, and for whoever asks for an administrator's page and is none; what the stores say.
    pub(in crate::http) async fn of(
        request: &HttpRequest,
        shared: &Shared,
        side: Side,
        now: Moment,
    ) -> Result<Self, Refused> {
        let holder = session::read(request, shared, now).await?;
        let signed_in = shared.entry.signed_in(&holder)?;
        let signed_in = signed_in.and_then(|(visitor, _)| visitor.name().map(str::to_owned));
        let known = match who::known(request, shared, &holder, now).await {
            // Whoever is signed in and may do nothing learns so, and can sign out.
            Err(refused) if refused.kind == Kind::Refused && signed_in.is_some() => {
                Known::default()
            }
            known => known?,
        };
        let admin = known.parties().any(|party| party.admin);
        let manager = match side {
            Side::All if !admin => {
                return Err(Refused::new(Kind::Refused, "no administrator"));
            }
            Side::All => shared.access.manager(&known),
            Side::Own => shared.access.own_manager(&known),
        };
        let parties = known.parties();
        let names: Vec<_> = parties.map(|party| party.visitor.by()).collect();
        let whom = format!("manage {} {}", holder.browser, names.join("\n"));
        Ok(Self {
            manager,
            token: shared.access.secrets.ticket_name(&whom),
            signed_in: signed_in.unwrap_or_default(),
            admin,
            words: Words::of(request, shared),
            known,
        })
    }

    /// Who sends a form of this side: our own page asked for it, in this session.
    ///
    /// # Errors
    /// As [`of`](Self::of); [`Kind::Refused`] for a form of another origin, of no page or of another session.
    pub(in crate::http) async fn of_form(
        request: &HttpRequest,
        shared: &Shared,
        side: Side,
        token: Option<&str>,
        now: Moment,
    ) -> Result<Self, Refused> {
        let asker = Self::of(request, shared, side, now).await?;
        // Compared in constant time: a secret that is not looked up by a hash.
        let same = |token: &str| bool::from(token.as_bytes().ct_eq(asker.token.as_bytes()));
        if !facts::own_origin(request, shared) || !token.is_some_and(same) {
            return Err(Refused::new(
                Kind::Refused,
                "a form that this visitor was not given",
            ));
        }
        Ok(asker)
    }
}
