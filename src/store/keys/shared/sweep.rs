//! Keys at a server that ended long ago: they are taken out with all that names them, a part of them each minute.
//!
//! Each is gone by itself a day later, also where nobody sweeps; then lists and indices name it until they are read. What
//! hands wrote and no index names is put into them here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::plan::Pending;
use super::super::wanted::Wanted;
use super::super::{Found, KeyTable};
use super::Shared;
use super::put::STAYS;
use super::slots::{Index, Slot, whose};
use super::step::Step;
use super::working::Working;
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Entries, Look};
use crate::store::redis::Change;

/// How long before a record is gone by itself its key is taken out, in seconds.
const BEFORE: i64 = 86_400;
/// Keys that are looked at a time.
const STEP: usize = 500;
/// Fewest keys that are looked at in one go, and in how many goes all are.
const LEAST: usize = 2000;
const GOES: usize = 720;
/// Names at the server that are looked at in one go.
const NAMES: usize = 20_000;
const NAMES_AT_ONCE: usize = 1000;

impl Shared {
    /// Goes on with the sweep. Returns how many it took out.
    pub(in super::super) async fn sweep(&self, now: Timestamp) -> Result<usize, StoreError> {
        let place = self.names().the("swept");
        let mut ask = redis::pipe();
        ask.cmd("GET").arg(&place);
        let (mut last,): (Option<Vec<u8>>,) = self.link.ask(ask).await?;
        let most = LEAST.max(self.count(Index::All).await? / GOES);
        let (mut looked, mut swept) = (0, 0);
        while looked < most {
            let members = self.members(Index::All, last.as_deref(), STEP).await?;
            last = members.last().cloned();
            if last.is_none() {
                break;
            }
            looked += members.len();
            swept += self.sweep_some(&members, now).await?;
        }
        let mut change = Change::default();
        match last {
            Some(last) => change.set(&place, last, None),
            None => change.run(redis::Cmd::del(&place)),
        }
        self.link.commit(change).await?;
        self.adopt().await?;
        self.trim_marks().await?;
        Ok(swept)
    }

    async fn sweep_some(&self, members: &[Vec<u8>], now: Timestamp) -> Result<usize, StoreError> {
        let ids: Vec<KeyId> = members.iter().filter_map(|member| whose(member)).collect();
        let working = self.load_keys(&ids).await?;
        self.clean(Index::All, members, &working).await;
        let over = move |found: &Found| {
            let end = found.expires.map(Timestamp::as_second);
            end.is_some_and(|end| end + STAYS - BEFORE <= now.as_second())
        };
        let found = ids.iter().filter_map(|id| working.table.find(id));
        let ids: Vec<KeyId> = found.filter(over).map(|found| found.id).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let wanted = Wanted::keys(&ids);
        let plan = move |look: &Look<'_, KeyTable>, pending: &mut Pending, out: &mut Entries| {
            let still = |id: &&KeyId| look.table.find(id).is_some_and(|found| over(&found));
            let removed = ids.iter().filter(still);
            removed.filter(|id| pending.remove(look, out, id)).count()
        };
        self.edit(&wanted, plan).await
    }

    /// Goes on through all names at the server, and puts those keys into lists and indices that no index names.
    async fn adopt(&self) -> Result<(), StoreError> {
        let place = self.names().the("looked");
        let mut ask = redis::pipe();
        ask.cmd("GET").arg(&place);
        let (cursor,): (Option<u64>,) = self.link.ask(ask).await?;
        let mut cursor = cursor.unwrap_or(0);
        for _ in 0..NAMES / NAMES_AT_ONCE {
            let (next, ids) = self.scan(cursor).await?;
            self.adopt_some(ids).await?;
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        let mut change = Change::default();
        change.set(&place, cursor, None);
        self.link.commit(change).await.map(drop)
    }

    /// The keys of some names at the server, whatever indices say, and where it goes on; 0 at the end.
    async fn scan(&self, cursor: u64) -> Result<(u64, Vec<KeyId>), StoreError> {
        let mut ask = redis::pipe();
        let pattern = [&escaped(&self.records), &b"*"[..]].concat();
        ask.cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern);
        ask.arg("COUNT").arg(NAMES_AT_ONCE);
        let ((next, names),): ((u64, Vec<Vec<u8>>),) = self.link.ask(ask).await?;
        let id = |name: &Vec<u8>| {
            let text = std::str::from_utf8(name.strip_prefix(&*self.records)?).ok()?;
            KeyId::parse(text).ok()
        };
        Ok((next, names.iter().filter_map(id).collect()))
    }

    /// All records that are not understood, and why.
    pub(in super::super) async fn refused(&self) -> Result<Vec<(KeyId, String)>, StoreError> {
        let (mut cursor, mut refused) = (0, BTreeMap::new());
        loop {
            let (next, ids) = self.scan(cursor).await?;
            let mut working = Working::default();
            self.fetch(&mut working, ids.into_iter().map(Slot::Key))
                .await?;
            refused.extend(working.problems);
            cursor = next;
            if cursor == 0 {
                return Ok(refused.into_iter().collect());
            }
        }
    }

    async fn adopt_some(&self, ids: Vec<KeyId>) -> Result<(), StoreError> {
        let working = self.load_keys(&ids).await?;
        let mut there = ids;
        there.retain(|id| working.record(id).is_some());
        if there.is_empty() {
            return Ok(());
        }
        let mut ask = redis::pipe();
        let all = Index::All.name(self.names());
        for id in &there {
            ask.cmd("ZSCORE").arg(&all).arg(id.as_bytes());
        }
        let scores: Vec<Option<f64>> = self.link.ask(ask).await?;
        let strays = there
            .iter()
            .zip(scores)
            .filter(|(_, score)| score.is_none());
        let strays: Vec<KeyId> = strays.map(|(id, _)| *id).collect();
        for strays in strays.chunks(STEP) {
            let mut working = Working::default();
            let keys = strays.iter().map(|id| Slot::Key(*id));
            self.fetch(&mut working, keys).await?;
            let step = Step::adopting(strays, &working);
            self.fetch(&mut working, step.slots()).await?;
            let change = self.change(&step, &working, super::Also::default());
            // Where one of them changed meanwhile, they are found again.
            self.link.commit(change).await?;
        }
        Ok(())
    }
}

/// The text as a pattern that nothing else fits.
fn escaped(text: &[u8]) -> Vec<u8> {
    let special = |byte: &u8| b"*?[]\\^".contains(byte);
    let escaped = text.iter().flat_map(|byte| {
        let escape = special(byte).then_some(b'\\');
        escape.into_iter().chain([*byte])
    });
    escaped.collect()
}
