//! What is wanted, read in as few rounds as there are generations of keys to look through.

use std::collections::{HashMap, HashSet};

use super::super::line::DEPTH;
use super::super::wanted::{Want, Wanted};
use super::Shared;
use super::slots::{Index, Slot, whose};
use super::working::Working;
use crate::mint::KeyId;
use crate::store::StoreError;

/// Strings that are read at a time.
const AT_ONCE: usize = 1000;
/// Members of an index that are read at a time.
const MEMBERS: usize = 10_000;
/// Most strings of one look.
const MOST: usize = 1_000_000;

/// What is to be read next.
#[derive(Default)]
struct Next {
    /// Keys, each with how many stand below it of which one was wanted.
    keys: Vec<(KeyId, usize)>,
    /// Keys of which all that was derived is wanted.
    families: Vec<KeyId>,
    /// Keys of which what was derived from them themselves is wanted.
    parents: Vec<KeyId>,
    /// Asks, of which all that they got is.
    asks: Vec<Slot>,
    /// What became of keys.
    marks: Vec<Slot>,
}

/// What was gone through.
#[derive(Default)]
struct Seen {
    /// Keys, with the fewest that stand below.
    keys: HashMap<KeyId, usize>,
    families: HashSet<KeyId>,
}

impl Shared {
    /// What is wanted, as it stands now.
    pub(super) async fn load(&self, wanted: &Wanted) -> Result<Working, StoreError> {
        let mut working = Working::default();
        let (mut next, mut nameless) = (Next::default(), false);
        for want in &wanted.0 {
            match want {
                Want::Key(id) => next.keys.push((*id, 0)),
                Want::Family(id) => next.families.push(*id),
                Want::Children(id) => next.parents.push(*id),
                Want::Mark(id) => next.marks.push(Slot::Mark(*id)),
                Want::Ask(ask) => next.asks.push(Slot::of_ask(ask)),
                Want::Beginning(text) => {
                    let ids = self.beginning(text).await?;
                    next.keys.extend(ids.into_iter().map(|id| (id, 0)));
                }
                Want::Of(by) => {
                    let ids = self.of(Index::of_by(by)).await?;
                    next.keys.extend(ids.into_iter().map(|id| (id, 0)));
                }
                Want::Nameless => nameless = true,
            }
        }
        self.load_all(&mut working, next).await?;
        if nameless {
            working.table.nameless = self.count(Index::Nameless).await?;
        }
        Ok(working)
    }

    /// These keys, each with those that it was derived from.
    pub(super) async fn load_keys(&self, ids: &[KeyId]) -> Result<Working, StoreError> {
        let mut working = Working::default();
        let keys = ids.iter().map(|id| (*id, 0)).collect();
        let next = Next {
            keys,
            ..Next::default()
        };
        self.load_all(&mut working, next).await?;
        Ok(working)
    }

    async fn load_all(&self, working: &mut Working, mut next: Next) -> Result<(), StoreError> {
        let mut seen = Seen::default();
        while !next.is_nothing() {
            let keys = next.keys.iter().map(|(id, _)| Slot::Key(*id));
            let family = |id: &KeyId| [Slot::Key(*id), Slot::Children(*id)];
            let families = next.families.iter().chain(&next.parents);
            let families = families.flat_map(family);
            let others = next.asks.iter().chain(&next.marks).copied();
            let slots = keys.chain(families).chain(others);
            self.fetch(working, slots).await?;
            next = seen.go_on(working, next);
        }
        Ok(())
    }

    /// Reads these strings where they were not read yet.
    pub(super) async fn fetch(
        &self,
        working: &mut Working,
        slots: impl IntoIterator<Item = Slot>,
    ) -> Result<(), StoreError> {
        let mut new = HashSet::new();
        let unread = |slot: &Slot| !working.has(*slot) && new.insert(*slot);
        let slots: Vec<Slot> = slots.into_iter().filter(unread).collect();
        if working.reads.len() + slots.len() > MOST {
            return Err(StoreError::Limit("too many keys for one step"));
        }
        for slots in slots.chunks(AT_ONCE) {
            let mut ask = redis::pipe();
            ask.cmd("MGET");
            for slot in slots {
                ask.arg(slot.name(self.names()));
            }
            let (texts,): (Vec<Option<Vec<u8>>>,) = self.link.ask(ask).await?;
            if texts.len() != slots.len() {
                return Err(StoreError::Broken("an answer has too few values".into()));
            }
            for (slot, text) in slots.iter().zip(texts) {
                working.take(*slot, text);
            }
        }
        Ok(())
    }

    /// All whose ids begin like this, with two characters or more, and what became of others that do.
    pub(super) async fn beginning(&self, text: &str) -> Result<Vec<KeyId>, StoreError> {
        let Some(index) = Index::of_beginning(text) else {
            return Ok(Vec::new());
        };
        let mut ask = redis::pipe();
        ask.cmd("SMEMBERS").arg(index.name(self.names()));
        let (members,): (Vec<Vec<u8>>,) = self.link.ask(ask).await?;
        let ids = members.into_iter().filter_map(|id| id.try_into().ok());
        let ids = ids.map(KeyId::from_bytes);
        let ids = ids.filter(|id| id.named("").starts_with(text));
        Ok(ids.collect())
    }

    /// All that stand in an index, in the order of minting.
    async fn of(&self, index: Index) -> Result<Vec<KeyId>, StoreError> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let some = self.members(index, after.as_deref(), MEMBERS).await?;
            ids.extend(some.iter().filter_map(|member| whose(member)));
            let Some(last) = some.into_iter().next_back() else {
                return Ok(ids);
            };
            after = Some(last);
        }
    }

    /// How many stand in an index.
    pub(super) async fn count(&self, index: Index) -> Result<usize, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("ZCARD").arg(index.name(self.names()));
        let (count,) = self.link.ask(ask).await?;
        Ok(count)
    }
}

impl Next {
    fn is_nothing(&self) -> bool {
        let others = self.asks.is_empty() && self.marks.is_empty() && self.parents.is_empty();
        self.keys.is_empty() && self.families.is_empty() && others
    }
}

impl Seen {
    /// What is to be read after `now`, which was.
    fn go_on(&mut self, working: &Working, now: Next) -> Next {
        let mut next = Next::default();
        let asked = now.asks.into_iter();
        next.keys
            .extend(asked.flat_map(|slot| working.list(slot)).map(|id| (id, 0)));
        let above = |id: &KeyId| working.table.find(id)?.parent();
        for id in now.families.iter().filter(|id| self.families.insert(**id)) {
            next.families.extend(working.list(Slot::Children(*id)));
            self.keys.insert(*id, 0);
            next.keys.extend(above(id).map(|parent| (parent, 1)));
        }
        for id in now.parents {
            let children = working.list(Slot::Children(id));
            next.keys.extend(children.into_iter().map(|id| (id, 0)));
            next.keys.push((id, 0));
        }
        for (id, below) in now.keys {
            let known = self.keys.get(&id).is_some_and(|known| *known <= below);
            if !known {
                self.keys.insert(id, below);
                let parent = above(&id).filter(|_| below < DEPTH);
                next.keys.extend(parent.map(|parent| (parent, below + 1)));
            }
        }
        next
    }
}
