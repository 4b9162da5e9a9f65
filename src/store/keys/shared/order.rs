//! Going through an index in the order of the list: by the second in which keys were minted, and by their ids within one.
//!
//! The server keeps them by second and then by a number that only grows, so that a new one comes to stand at the end, where a
//! server finds its place soonest. That number says nothing, and is never looked at.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Shared;
use super::slots::{ID, Index, member, second};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::keys::search::Order;

/// What the scores of one second are apart from those of the next.
const SECOND: u64 = 1_000_000;

/// The numbers of those that come to stand in an index.
#[derive(Default)]
pub(super) struct Numbers(AtomicU64);

impl Numbers {
    /// The score of the next one, which was minted in this second.
    pub(super) fn score(&self, created: u32) -> u64 {
        let number = self.0.fetch_add(1, Ordering::Relaxed) % SECOND;
        u64::from(created) * SECOND + number
    }
}

/// In which second a score says that a key was minted.
fn second_of(score: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what hands wrote is no worse at an end of the list than elsewhere"
    )]
    let second = (score / 1e6) as u32;
    second
}

impl Shared {
    /// The next members of an index behind one, in the order of minting.
    pub(super) async fn members(
        &self,
        index: Index,
        after: Option<&[u8]>,
        most: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.members_from(index, after, Order::Asc, most).await
    }

    /// The same in either order.
    pub(super) async fn members_from(
        &self,
        index: Index,
        last: Option<&[u8]>,
        order: Order,
        most: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let rising = order == Order::Asc;
        let name = index.name(self.names());
        let behind = |one: &Vec<u8>| match last {
            Some(last) if rising => one.as_slice() > last,
            Some(last) => one.as_slice() < last,
            None => true,
        };
        let begun = last.and_then(second);
        let mut found = match begun {
            Some(second) => self.of_second(&name, second).await?,
            None => Vec::new(),
        };
        found.retain(behind);
        if found.len() < most {
            found.extend(self.beyond(&name, begun, rising, most).await?);
        }
        found.sort_unstable();
        if !rising {
            found.reverse();
        }
        found.truncate(most);
        Ok(found)
    }

    /// All of one second.
    async fn of_second(&self, name: &[u8], second: u32) -> Result<Vec<Vec<u8>>, StoreError> {
        let first = u64::from(second) * SECOND;
        let mut ask = redis::pipe();
        ask.cmd("ZRANGEBYSCORE").arg(name);
        ask.arg(first).arg(format!("({}", first + SECOND));
        let (ids,): (Vec<Vec<u8>>,) = self.link.ask(ask).await?;
        Ok(ids.iter().filter_map(|id| placed(second, id)).collect())
    }

    /// Some of the seconds behind one, or before it, each of them whole; nothing where there are none.
    async fn beyond(
        &self,
        name: &[u8],
        mut begun: Option<u32>,
        rising: bool,
        most: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        loop {
            let mut ask = redis::pipe();
            if rising {
                let from = begun.map(|second| (u64::from(second) + 1) * SECOND);
                let from = from.map_or_else(|| "-inf".to_owned(), |from| from.to_string());
                ask.cmd("ZRANGEBYSCORE").arg(name).arg(from).arg("+inf");
            } else {
                let from = begun.map(|second| u64::from(second) * SECOND);
                let from = from.map_or_else(|| "+inf".to_owned(), |from| format!("({from}"));
                ask.cmd("ZREVRANGEBYSCORE").arg(name).arg(from).arg("-inf");
            }
            ask.arg("WITHSCORES").arg("LIMIT").arg(0).arg(most);
            let (some,): (Vec<(Vec<u8>, f64)>,) = self.link.ask(ask).await?;
            let Some(last) = some.last().map(|(_, score)| second_of(*score)) else {
                return Ok(Vec::new());
            };
            // Of the last one there may be more.
            let whole = some.len() < most;
            let seconds = some.iter().map(|(id, score)| (id, second_of(*score)));
            let mut found: Vec<Vec<u8>> = seconds
                .filter(|(_, second)| whole || *second != last)
                .filter_map(|(id, second)| placed(second, id))
                .collect();
            if found.is_empty() && !whole {
                found = self.of_second(name, last).await?;
            }
            // What hands put there hides nothing behind it; a second that cannot be is the end.
            if !found.is_empty() || whole || begun == Some(last) {
                return Ok(found);
            }
            begun = Some(last);
        }
    }
}

/// An id as it stands in the order of the list.
fn placed(second: u32, id: &[u8]) -> Option<Vec<u8>> {
    let id: [u8; ID] = id.try_into().ok()?;
    Some(member(second, &KeyId::from_bytes(id)).to_vec())
}
