//! The cookie `editkey_gate`: what a browser carries to other applications, and through them back to the gate.
//!
//! Those applications can read it. So it holds no key and no session: only names of such, with our signature, which is
//! good at the gate and nowhere else. What is revoked or ended is dead here at once, since the name is looked up.

use actix_web::HttpResponse;
use actix_web::cookie::{Cookie, SameSite};
use subtle::ConstantTimeEq as _;

use super::super::forms;
use super::super::shared::Shared;
use crate::access::Voucher;
use crate::error::Refused;
use crate::mint::KeyId;
use crate::visitor::Evidence;

/// Its name.
pub(in crate::http) const NAME: &str = "editkey_gate";
/// Most entries; the oldest go first.
const ENTRIES: usize = 8;
/// Characters of a name, and of a signature: 32 bytes in base64url.
const CHARS: usize = 43;

/// What an entry stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) enum Carried {
    /// A key.
    Key(KeyId),
    /// A key that asks for more than itself, and our word that it was given.
    InHand(Voucher),
    /// The name under which a session is stored.
    Session(String),
}

impl Carried {
    /// Whether `old` stands for the same key, or is a session where this is one.
    fn replaces(&self, old: &Self) -> bool {
        match (self, old) {
            (Self::Session(_), Self::Session(_)) => true,
            _ => self.key().is_some() && self.key() == old.key(),
        }
    }

    fn key(&self) -> Option<KeyId> {
        match self {
            Self::Key(id) => Some(*id),
            Self::InHand(voucher) => Some(voucher.key()),
            Self::Session(_) => None,
        }
    }
}

/// What is in the cookie that came along.
#[derive(Default)]
pub(super) struct Read {
    pub(super) keys: Vec<KeyId>,
    pub(super) vouchers: Vec<Voucher>,
    pub(super) sessions: Vec<String>,
}

/// The keys and the sessions in the cookie that came along.
pub(super) fn read(evidence: &dyn Evidence, shared: &Shared) -> Read {
    let mut read = Read::default();
    if let Some(text) = evidence.cookie(NAME).once() {
        for carried in entries(text, shared) {
            match carried {
                Carried::Key(id) => read.keys.push(id),
                Carried::InHand(voucher) => {
                    read.keys.push(voucher.key());
                    read.vouchers.push(voucher);
                }
                Carried::Session(name) => read.sessions.push(name),
            }
        }
    }
    // One person: another session of theirs is an older one.
    read.sessions.truncate(1);
    read
}

/// Gives the browser `new` besides what its cookie `before` holds.
pub(in crate::http) fn add(
    answer: &mut HttpResponse,
    shared: &Shared,
    before: Option<&str>,
    new: Carried,
) -> Result<(), Refused> {
    let mut all = vec![new];
    for old in before.map(|text| entries(text, shared)).unwrap_or_default() {
        if !all.iter().any(|new| new.replaces(&old)) {
            all.push(old);
        }
    }
    all.truncate(ENTRIES);
    let texts: Vec<String> = all.iter().map(|one| spelled(one, shared)).collect();
    let mut cookie = Cookie::build(NAME, texts.join("."))
        .http_only(true)
        .secure(shared.https)
        .same_site(SameSite::Lax)
        .path("/");
    if let Some(domain) = &shared.gate.cookie_domain {
        cookie = cookie.domain(domain.clone());
    }
    forms::set(answer, &cookie.finish())
}

/// Whether the cookie holds this session already.
pub(in crate::http) fn has_session(before: Option<&str>, shared: &Shared, name: &str) -> bool {
    let before = before.map(|text| entries(text, shared)).unwrap_or_default();
    before.contains(&Carried::Session(name.to_owned()))
}

fn entries(text: &str, shared: &Shared) -> Vec<Carried> {
    let texts = text.split('.').take(ENTRIES);
    texts.filter_map(|text| entry(text, shared)).collect()
}

fn entry(text: &str, shared: &Shared) -> Option<Carried> {
    if let Some(text) = text.strip_prefix('h') {
        return Voucher::parse(text, &shared.access.secrets).map(Carried::InHand);
    }
    if text.len() != 1 + 2 * CHARS {
        return None;
    }
    let (kind, rest) = text.split_at_checked(1)?;
    let (name, _) = rest.split_at_checked(CHARS)?;
    let carried = match kind {
        "k" => Carried::Key(KeyId::parse(name).ok()?),
        "s" => Carried::Session(name.to_owned()),
        _ => return None,
    };
    let ours = spelled(&carried, shared);
    bool::from(ours.as_bytes().ct_eq(text.as_bytes())).then_some(carried)
}

fn spelled(carried: &Carried, shared: &Shared) -> String {
    let secrets = &shared.access.secrets;
    let (kind, name) = match carried {
        Carried::InHand(voucher) => return format!("h{}", voucher.spelled(secrets)),
        Carried::Key(id) => ("k", id.to_string()),
        Carried::Session(name) => ("s", name.clone()),
    };
    let signature = secrets.ticket_name(&format!("gate {kind} {name}"));
    format!("{kind}{name}{signature}")
}
