//! What keys became of that are gone: `gone.json`, beside the key file.
//!
//! Neither an older key file nor an undo may bring back what was revoked, so a revocation is written here before the key
//! is taken out. Few look at it and rarely: it is read when it is needed, and nothing of it is kept in memory.

use std::path::{Path, PathBuf};

use hashbrown::{DefaultHashBuilder, HashMap};
use jiff::Timestamp;

use super::table::PREFIX;
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Applied, Log, Span, Table};

/// Most keys that are remembered. Beyond them those that were pruned longest ago are forgotten first.
pub(super) const MOST: usize = 1_000_000;
/// Bytes of an entry beside its value.
const AROUND: u64 = 56;
/// What is written of a revoked key.
const REVOKED: &str = "revoked";
/// What is written of a pruned key begins like this; then follows which prune it was.
const PRUNED: &str = "pruned";

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It was revoked, for good.
    Revoked,
    /// It was pruned, by the prune of that second where that is known.
    Pruned(Option<u32>),
}

impl Mark {
    /// Why the key is not brought in again.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::Revoked => "it was revoked here",
            Self::Pruned(_) => "it was pruned here; 'editkey prune --undo' brings back what was",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            REVOKED => Some(Self::Revoked),
            PRUNED => Some(Self::Pruned(None)),
            _ => super::backup::seconds(text.strip_prefix(PRUNED)?.strip_prefix('-')?)
                .map(|secs| Self::Pruned(Some(secs))),
        }
    }

    pub(super) fn json(self) -> String {
        match self {
            Self::Revoked => format!("\"{REVOKED}\""),
            Self::Pruned(None) => format!("\"{PRUNED}\""),
            Self::Pruned(Some(secs)) => format!("\"{PRUNED}-{}\"", super::backup::spelled(secs)),
        }
    }
}

/// The marks in memory, and where each stands.
#[derive(Default)]
pub(super) struct MarkTable {
    marks: HashMap<KeyId, (Mark, Span), DefaultHashBuilder>,
    bytes: u64,
    /// The mark that was read last, and as what: those of one prune are all the same.
    last: Option<(Box<[u8]>, Mark)>,
}

impl Table for MarkTable {
    type Pending = ();

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        let id = name.strip_prefix(PREFIX).map(KeyId::parse);
        let Some(Ok(id)) = id else {
            return Applied::Refused("its name is no key id".to_owned());
        };
        let before = match json.map(|json| self.read(json)) {
            None => self.marks.remove(&id),
            Some(Ok(mark)) => {
                self.bytes += AROUND + u64::from(span.length);
                self.marks.insert(id, (mark, span))
            }
            Some(Err(error)) if error.is_data() => {
                return Applied::Refused("not a text".to_owned());
            }
            Some(Err(_)) => return Applied::NotJson,
        };
        if let Some((_, span)) = before {
            self.bytes = self.bytes.saturating_sub(AROUND + u64::from(span.length));
        }
        Applied::Taken
    }

    fn live_bytes(&self) -> u64 {
        self.bytes
    }

    fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
        let mut all: Vec<_> = self
            .marks
            .iter()
            .map(|(id, (_, span))| (id, *span))
            .collect();
        all.sort_unstable_by_key(|(_, span)| span.offset);
        for (id, span) in all {
            each(&id.named(PREFIX), span);
        }
    }
}

impl MarkTable {
    fn read(&mut self, json: &[u8]) -> serde_json::Result<Mark> {
        if let Some((_, mark)) = self.last.as_ref().filter(|(text, _)| **text == *json) {
            return Ok(*mark);
        }
        let text: String = serde_json::from_slice(json)?;
        // What cannot be understood is the stricter of the two.
        let mark = Mark::parse(&text).unwrap_or(Mark::Revoked);
        self.last = Some((json.into(), mark));
        Ok(mark)
    }

    /// Those to forget, so that `new` more have room.
    fn over(&self, new: usize, most: usize) -> Vec<KeyId> {
        let over = (self.marks.len() + new)
            .saturating_sub(most)
            .min(self.marks.len());
        if over == 0 {
            return Vec::new();
        }
        let mut all: Vec<_> = self
            .marks
            .iter()
            .map(|(id, (mark, span))| (*mark == Mark::Revoked, span.offset, *id))
            .collect();
        // Which those are is all that matters, not their order.
        if over < all.len() {
            all.select_nth_unstable(over);
        }
        all.into_iter().take(over).map(|(.., id)| id).collect()
    }
}

/// Where the marks stand.
#[derive(Clone)]
pub struct Gone {
    path: PathBuf,
}

/// The marks, opened for a while.
pub(super) struct Marks(Log<MarkTable>);

impl Gone {
    /// Those that go with this key file.
    pub(super) fn beside(key_file: &Path) -> Self {
        Self {
            path: Self::path_beside(key_file),
        }
    }

    /// Where those stand that go with this key file.
    #[must_use]
    pub fn path_beside(key_file: &Path) -> PathBuf {
        key_file.with_file_name("gone.json")
    }

    /// Their file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn open(&self) -> Marks {
        Marks(Log::at(&self.path))
    }

    /// What became of a key. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub fn find_blocking(&self, id: &KeyId) -> Result<Option<Mark>, StoreError> {
        self.open().look(|mark| mark(id))
    }

    /// The keys that were pruned and whose ids begin like this. Blocks.
    ///
    /// # Errors
    /// As [`find_blocking`](Self::find_blocking).
    pub fn pruned_blocking(&self, beginning: &str) -> Result<Vec<KeyId>, StoreError> {
        self.open().0.look_blocking(|look| {
            let marks = look.table.marks.iter();
            let pruned = marks.filter(|(_, (mark, _))| *mark != Mark::Revoked);
            let ids = pruned.map(|(id, _)| *id);
            ids.filter(|id| id.to_string().starts_with(beginning))
                .collect()
        })
    }
}

impl Marks {
    /// `read`'s answer, which may ask what became of a key.
    pub(super) fn look<R>(
        &self,
        read: impl Fn(&dyn Fn(&KeyId) -> Option<Mark>) -> R,
    ) -> Result<R, StoreError> {
        self.0.look_blocking(|look| {
            read(&|id: &KeyId| look.table.marks.get(id).map(|(mark, _)| *mark))
        })
    }

    /// Writes that these became so. What was revoked stays revoked.
    pub(super) fn put(&self, ids: Vec<KeyId>, mark: Mark) -> Result<(), StoreError> {
        self.put_most(ids, mark, MOST)
    }

    fn put_most(&self, ids: Vec<KeyId>, mark: Mark, most: usize) -> Result<(), StoreError> {
        self.0.edit_blocking(move |look, (), out| {
            let new: Vec<&KeyId> = ids
                .iter()
                .filter(|id| {
                    let before = look.table.marks.get(*id).map(|(mark, _)| *mark);
                    before != Some(mark) && before != Some(Mark::Revoked)
                })
                .collect();
            for id in look.table.over(new.len(), most) {
                out.put(id.named(PREFIX), None);
            }
            let json = mark.json();
            for id in new {
                out.put(id.named(PREFIX), Some(json.clone()));
            }
        })
    }

    /// Forgets those that were pruned by this very prune: they are back.
    pub(super) fn forget(&self, ids: Vec<KeyId>, mark: Mark) -> Result<(), StoreError> {
        self.0.edit_blocking(move |look, (), out| {
            let marked = |id: &&KeyId| {
                look.table
                    .marks
                    .get(*id)
                    .is_some_and(|(now, _)| *now == mark)
            };
            for id in ids.iter().filter(marked) {
                out.put(id.named(PREFIX), None);
            }
        })
    }
}

/// The second of `time`, as prunes are named.
pub(super) fn secs(time: Timestamp) -> u32 {
    u32::try_from(time.as_second()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> KeyId {
        let key = format!("{number:024}");
        crate::mint::AccessKey::parse(&key).expect("a key").id()
    }

    #[test]
    fn what_was_revoked_stays_revoked_and_is_forgotten_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let gone = Gone::beside(&folder.path().join("accesskeys.json"));
        let marks = gone.open();
        let pruned = Mark::Pruned(Some(1_800_000_000));
        marks.put(vec![id(1)], Mark::Revoked).expect("written");
        marks
            .put(vec![id(1), id(2), id(3)], pruned)
            .expect("written");
        let find = |number| gone.find_blocking(&id(number)).expect("readable");
        assert_eq!(find(1), Some(Mark::Revoked));
        assert_eq!(find(2), Some(pruned));
        // Two have room: the oldest that was pruned goes, the revoked one stays.
        marks.put_most(vec![id(4)], pruned, 2).expect("written");
        assert_eq!(
            (find(1), find(2), find(3)),
            (Some(Mark::Revoked), None, None)
        );
        assert_eq!(find(4), Some(pruned));
        marks.put(vec![id(4)], Mark::Revoked).expect("written");
        marks.forget(vec![id(4)], pruned).expect("written");
        assert_eq!(
            find(4),
            Some(Mark::Revoked),
            "another prune's mark, or none"
        );
    }

    #[test]
    fn a_mark_comes_back_as_it_went_and_what_is_unknown_is_revoked() {
        for mark in [
            Mark::Revoked,
            Mark::Pruned(None),
            Mark::Pruned(Some(1_795_323_600)),
        ] {
            let json = mark.json();
            assert_eq!(Mark::parse(json.trim_matches('"')), Some(mark), "{json}");
        }
        let mut table = MarkTable::default();
        let span = Span {
            offset: 0,
            length: 6,
        };
        let name = id(1).named(PREFIX);
        assert_eq!(table.apply(&name, Some(b"\"else\""), span), Applied::Taken);
        assert_eq!(
            table.marks.get(&id(1)).map(|(mark, _)| *mark),
            Some(Mark::Revoked)
        );
        assert_eq!(table.apply(&name, None, span), Applied::Taken);
        assert_eq!(table.live_bytes(), 0);
    }
}
