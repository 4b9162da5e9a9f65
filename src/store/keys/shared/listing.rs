//! Lists of keys at a server: gone through some at a time, with never more of them in memory than that and a page.
//!
//! A list of the newest without more wishes is read from its index alone, so that its first page is quick however many
//! there are. What an index still names and is not there any more is taken out of it on the way.

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::super::Found;
use super::super::best::Page;
use super::super::cursor::{Cursor, Mark, Value};
use super::super::row::secs;
use super::super::search::{Hit, Hits, Search, Seen, Sort};
use super::super::uses::{KnownUses as _, Uses};
use super::super::wanted::Want;
use super::Shared;
use super::slots::{Index, member, whose};
use super::walk::Walk;
use super::working::Working;
use crate::mint::KeyId;
use crate::store::{StoreError, Used};

/// Keys that are gone through at a time.
const SOME: usize = 4096;

/// Reads the uses of these keys.
pub(in super::super) type ReadUses<'a> =
    dyn Fn(&[KeyId]) -> Result<HashMap<KeyId, Used>, StoreError> + 'a;

/// Some keys, with those that they were derived from.
struct Part {
    working: Working,
    /// The rows before this one are those that the index names.
    end: u32,
    uses: HashMap<KeyId, Used>,
}

impl Shared {
    /// The page that is asked for.
    pub(in super::super) async fn search(
        &self,
        walk: Walk<'_>,
        uses: &ReadUses<'_>,
    ) -> Result<Hits, StoreError> {
        if let Some(index) = walk.index() {
            return self.first_of(index, &walk, uses).await;
        }
        let mut page = Page::of(walk.search);
        for index in walk.indices() {
            let mut after = None;
            while let Some((some, last)) = self.next(index, after.as_deref(), uses).await? {
                let beside = walk.beside(&some.uses);
                let table = &some.working.table;
                table.search_some(walk.whose, walk.search, &beside, some.end, &mut page);
                after = Some(last);
            }
        }
        Ok(page.into_hits())
    }

    /// Calls `each` with all that are asked for and stand behind `after`, in the order of minting, until it has enough.
    pub(in super::super) async fn each_wanted(
        &self,
        walk: Walk<'_>,
        after: Option<KeyId>,
        uses: &ReadUses<'_>,
        each: &mut dyn FnMut(Found, Uses) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut last = match after {
            Some(id) => {
                let found = self.load_keys(&[id]).await?.table.find(&id);
                found.map(|found| member(secs(found.created), &id).to_vec())
            }
            None => None,
        };
        while let Some((some, next)) = self.next(Index::All, last.as_deref(), uses).await? {
            let (beside, table) = (walk.beside(&some.uses), &some.working.table);
            let mut ended = ControlFlow::Continue(());
            table.scan(walk.whose, walk.search, &beside, 0, &mut |at, _| {
                if at >= some.end {
                    return ControlFlow::Break(());
                }
                if let Some(found) = table.found(at) {
                    let used = some.uses.of(&found.id);
                    ended = each(found, used);
                }
                ended
            });
            if ended.is_break() {
                return Ok(());
            }
            last = Some(next);
        }
        Ok(())
    }

    /// The key, and those around it.
    pub(in super::super) async fn see(
        &self,
        id: &KeyId,
        uses: &ReadUses<'_>,
        now: Timestamp,
    ) -> Result<Option<Seen>, StoreError> {
        let working = self.load(&Want::Family(*id).into()).await?;
        let uses = uses(&working.ids())?;
        Ok(working.table.see(id, &uses, now))
    }

    /// The next keys of an index and their uses, and what was read of it last; nothing at its end.
    async fn next(
        &self,
        index: Index,
        after: Option<&[u8]>,
        uses: &ReadUses<'_>,
    ) -> Result<Option<(Part, Vec<u8>)>, StoreError> {
        let members = self.members(index, after, SOME).await?;
        let Some(last) = members.last().cloned() else {
            return Ok(None);
        };
        let some = self.some_of(index, &members, uses).await?;
        Ok(Some((some, last)))
    }

    async fn some_of(
        &self,
        index: Index,
        members: &[Vec<u8>],
        uses: &ReadUses<'_>,
    ) -> Result<Part, StoreError> {
        let ids: Vec<KeyId> = members.iter().filter_map(|member| whose(member)).collect();
        let working = self.load_keys(&ids).await?;
        self.clean(index, members, &working).await;
        let there = ids.iter().filter(|id| working.table.at(id).is_some());
        Ok(Part {
            end: u32::try_from(there.count()).unwrap_or(u32::MAX),
            uses: uses(&working.ids())?,
            working,
        })
    }

    /// A page of an index whose order is that of the list.
    async fn first_of(
        &self,
        index: Index,
        walk: &Walk<'_>,
        uses: &ReadUses<'_>,
    ) -> Result<Hits, StoreError> {
        let Search { order, limit, .. } = walk.search;
        let mut last = walk.search.after.as_ref().map(|Cursor(mark)| {
            let Value::Number(secs) = mark.value else {
                return Vec::new();
            };
            let secs = u32::try_from(secs).unwrap_or(u32::MAX);
            member(secs, &mark.id).to_vec()
        });
        let mut keys: Vec<Hit> = Vec::new();
        // One more tells that there are more.
        while keys.len() <= *limit {
            let most = limit.saturating_add(1).clamp(64, SOME);
            let members = self
                .members_from(index, last.as_deref(), *order, most)
                .await?;
            let Some(next) = members.last().cloned() else {
                break;
            };
            let some = self.some_of(index, &members, uses).await?;
            let (beside, table) = (walk.beside(&some.uses), &some.working.table);
            let ids = members.iter().filter_map(|member| whose(member));
            let found = ids.filter_map(|id| table.find(&id));
            keys.extend(found.map(|found| table.hit(found, &beside)));
            last = Some(next);
        }
        let more = keys.len() > *limit;
        keys.truncate(*limit);
        let next = keys.last().filter(|_| more).map(|hit| {
            Cursor(Mark {
                sort: Sort::Created,
                order: *order,
                value: Value::Number(secs(hit.found.created).into()),
                id: hit.found.id,
            })
        });
        Ok(Hits {
            total: self.count(index).await?,
            next,
            keys,
        })
    }
}
