//! Whose hands a key is in: some keys are good only with a passphrase that was typed, or in a browser that claimed them.
//!
//! Deny by default: what asks for more than the key is refused unless the request brings it. Looking never claims.

use jiff::Timestamp;

use super::voucher::{Given, Voucher};
use super::{Access, Asking, Entry, Moment};
use crate::error::Refused;
use crate::mint::{AccessKey, Browser, KeyId, NoRandom, PasswordHash, Secrets};
use crate::store::{Claimed, Claiming, Found};
use crate::visitor::Evidence;

/// The names of the cookies by which a browser shows what it holds besides keys.
#[derive(Debug, Clone, Default)]
pub struct HandCookies {
    /// Of its random name, by which it claims keys.
    pub browser: String,
    /// Of its vouchers.
    pub unlocked: String,
}

impl HandCookies {
    /// Those beside the session's cookie of this name.
    #[must_use]
    pub fn beside(session: &str) -> Self {
        Self {
            browser: format!("{session}-browser"),
            unlocked: format!("{session}-unlocked"),
        }
    }
}

/// What a live key is in the hands that it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// As good as it is.
    Good,
    /// Good once what is missing was given.
    Want(Wants),
    /// Good in other browsers only: all that may claim it have.
    Others,
}

/// What is missing; one of them at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    /// The passphrase.
    pub passphrase: bool,
    /// A claim.
    pub claim: bool,
}

impl Entry {
    /// The same, where a browser shows what it holds by these cookies.
    #[must_use]
    pub fn with_hand_cookies(mut self, cookies: HandCookies) -> Self {
        self.hand_cookies = cookies;
        self
    }

    /// The names of those cookies.
    #[must_use]
    pub fn hand_cookies(&self) -> &HandCookies {
        &self.hand_cookies
    }

    /// What the key is in these hands.
    #[must_use]
    pub fn hands(
        &self,
        found: &Found,
        evidence: &dyn Evidence,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Hands {
        if !found.asks() {
            return Hands::Good;
        }
        let browser = self.browser(evidence);
        let mut claim = false;
        for (id, claims) in found.claims() {
            let ours = browser.as_ref().map(|secret| Browser::of(secret, &id));
            if ours.is_some_and(|ours| claims.browsers.contains(&ours)) {
                continue;
            }
            if claims.left == 0 {
                return Hands::Others;
            }
            claim = true;
        }
        let passphrase = found.passphrase().is_some_and(|(id, hash)| {
            let mut vouchers = self.vouchers(evidence, secrets).into_iter();
            let given = Given::Passphrase(hash);
            !vouchers.any(|voucher| voucher.is_good(&id, given, secrets, now))
        });
        if claim || passphrase {
            Hands::Want(Wants { passphrase, claim })
        } else {
            Hands::Good
        }
    }

    /// The random name of the browser that asks, by which it claims keys.
    #[must_use]
    pub fn browser(&self, evidence: &dyn Evidence) -> Option<AccessKey> {
        let text = evidence.cookie(&self.hand_cookies.browser).once()?;
        AccessKey::parse(text).ok()
    }

    /// The vouchers of the browser that asks.
    #[must_use]
    pub fn vouchers(&self, evidence: &dyn Evidence, secrets: &Secrets) -> Vec<Voucher> {
        let text = evidence.cookie(&self.hand_cookies.unlocked).once();
        text.map(|text| Voucher::all(text, secrets))
            .unwrap_or_default()
    }

    /// The text of the cookie of a browser that gave the passphrase of `key` just now; it holds as long as a session.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn unlocked(
        &self,
        evidence: &dyn Evidence,
        (key, hash): (KeyId, &PasswordHash),
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<String, NoRandom> {
        let end = now.checked_add(self.lifetime).unwrap_or(Timestamp::MAX);
        let new = Voucher::new(key, Given::Passphrase(hash), end, secrets)?;
        Ok(new.before(self.vouchers(evidence, secrets), secrets))
    }
}

impl Entry {
    /// Our word for the gate that the key, which asks for something, is good in these hands.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn vouch(
        &self,
        found: &Found,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Voucher, NoRandom> {
        let end = now.checked_add(self.lifetime).unwrap_or(Timestamp::MAX);
        Voucher::new(found.id, Given::All(found), end, secrets)
    }

    /// What the key is at the gate: in hands that show what it asks for, or ones that we vouched for.
    pub(super) fn hands_at_gate(
        &self,
        found: &Found,
        asking: &Asking<'_>,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Hands {
        let mut vouchers = asking.vouchers.iter();
        let given = Given::All(found);
        if vouchers.any(|voucher| voucher.is_good(&found.id, given, secrets, now)) {
            return Hands::Good;
        }
        self.hands(found, asking.evidence, secrets, now)
    }
}

impl Access {
    /// Claims the key, and all that it was derived from and must be claimed, for the browser of this random name; it is on
    /// the disk when this returns. All of them or none, and none that the browser has already.
    ///
    /// # Errors
    /// What the store says.
    pub async fn claim(
        &self,
        found: &Found,
        browser: &AccessKey,
        now: Moment,
    ) -> Result<Claimed, Refused> {
        let line = found.line().map(|key| Claiming {
            id: key.id,
            browser: Browser::of(browser, &key.id),
            passphrase: key.limits().and_then(|limits| limits.passphrase.clone()),
        });
        Ok(self.keys.claim(line.collect(), now.time).await?)
    }
}
