//! Last uses in Redis: one hash, of ids and `DAY COUNT`. What several nodes counted adds up.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::table::Used;
use super::waiting::Waiting;
use crate::cache::{Cache, cache};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::redis::{Change, Link};

/// Keys that one step adds, and that are asked for or removed at a time.
pub(super) const AT_ONCE: usize = 500;
/// Keys whose last known day is remembered.
const REMEMBERED: usize = 100_000;
const USES: &str = "u";

/// Takes the later day and adds the count, of each key in one step. Days are in the one form that sorts as text.
const ADD: &str = "
for at = 1, #ARGV, 3 do
    local day, count = ARGV[at + 1], tonumber(ARGV[at + 2])
    local kept = redis.call('HGET', KEYS[1], ARGV[at])
    if kept then
        local before, counted = string.match(kept, '^(%d+-%d+-%d+) (%d+)$')
        if before and before > day then day = before end
        if before then count = count + tonumber(counted) end
    end
    redis.call('HSET', KEYS[1], ARGV[at], day .. ' ' .. string.format('%.0f', count))
end
return 0";

/// Ids and what stands under them.
type Texts = Vec<(Vec<u8>, String)>;

/// What stands at the server.
#[derive(Clone)]
pub(super) struct AtServer {
    link: Link,
    /// Days that the server, or we to it, told of keys: none was used earlier last, each perhaps later.
    known: Arc<Cache<KeyId, Date>>,
}

impl AtServer {
    pub(super) fn over(link: Link) -> Self {
        Self {
            link,
            known: Arc::new(cache(REMEMBERED)),
        }
    }

    pub(super) fn known(&self, id: &KeyId) -> Option<Date> {
        self.known.get(id)
    }

    pub(super) async fn last(&self, id: &KeyId) -> Result<Option<Date>, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("HGET").arg(self.uses_name()).arg(id.as_bytes());
        let (text,): (Option<String>,) = self.link.ask(ask).await?;
        let day = text.and_then(|text| read(&text)).map(|used| used.day);
        if let Some(day) = day {
            self.known.insert(*id, day);
        }
        Ok(day)
    }

    pub(super) async fn of(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, Used>, StoreError> {
        let mut uses = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let mut ask = redis::pipe();
            ask.cmd("HMGET").arg(self.uses_name());
            for id in ids {
                ask.arg(id.as_bytes());
            }
            let (texts,): (Vec<Option<String>>,) = self.link.ask(ask).await?;
            let both = ids.iter().zip(texts);
            uses.extend(both.filter_map(|(id, text)| Some((*id, read(&text?)?))));
        }
        Ok(uses)
    }

    /// All of them, in portions.
    pub(super) async fn uses(&self) -> Result<HashMap<KeyId, Used>, StoreError> {
        let (mut uses, mut cursor) = (HashMap::new(), 0_u64);
        loop {
            let mut ask = redis::pipe();
            ask.cmd("HSCAN").arg(self.uses_name()).arg(cursor);
            ask.arg("COUNT").arg(AT_ONCE);
            let ((next, some),): ((u64, Texts),) = self.link.ask(ask).await?;
            let understood = some.into_iter().filter_map(|(id, text)| {
                let id = KeyId::from_bytes(id.try_into().ok()?);
                Some((id, read(&text)?))
            });
            uses.extend(understood);
            if next == 0 {
                return Ok(uses);
            }
            cursor = next;
        }
    }

    /// Adds what was counted here, in one step.
    pub(super) async fn add(&self, uses: &[(KeyId, Waiting)]) -> Result<(), StoreError> {
        let mut arguments = Vec::with_capacity(uses.len() * 3);
        for (id, one) in uses {
            let day = one.day().to_string().into_bytes();
            let count = one.uses().to_string().into_bytes();
            arguments.extend([id.as_bytes().to_vec(), day, count]);
        }
        let (): () = self.link.run(ADD, &[&self.uses_name()], &arguments).await?;
        for (id, one) in uses {
            self.known.insert(*id, one.day());
        }
        Ok(())
    }

    /// How many keys there are that were used.
    pub(super) async fn count(&self) -> Result<u64, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("HLEN").arg(self.uses_name());
        let (count,) = self.link.ask(ask).await?;
        Ok(count)
    }

    /// Sets these, whatever was counted before.
    pub(super) async fn set(&self, uses: &[(KeyId, Used)]) -> Result<(), StoreError> {
        for uses in uses.chunks(AT_ONCE) {
            let mut set = redis::cmd("HSET");
            set.arg(self.uses_name());
            for (id, used) in uses {
                set.arg(id.as_bytes()).arg(written(*used));
                self.known.insert(*id, used.day);
            }
            let mut change = Change::default();
            change.run(set);
            self.link.commit(change).await?;
        }
        Ok(())
    }

    pub(super) async fn forget(&self, ids: &[KeyId]) -> Result<(), StoreError> {
        for ids in ids.chunks(AT_ONCE) {
            let mut remove = redis::cmd("HDEL");
            remove.arg(self.uses_name());
            for id in ids {
                remove.arg(id.as_bytes());
                self.known.remove(id);
            }
            let mut change = Change::default();
            change.run(remove);
            self.link.commit(change).await?;
        }
        Ok(())
    }

    fn uses_name(&self) -> Vec<u8> {
        self.link.names().the(USES)
    }
}

/// As it is written.
fn written(used: Used) -> String {
    format!("{} {}", used.day, used.count)
}

/// What such a text says; nothing where it is none.
fn read(text: &str) -> Option<Used> {
    let (day, count) = text.split_once(' ')?;
    Some(Used {
        day: day.parse().ok()?,
        count: count.parse().ok()?,
    })
}
