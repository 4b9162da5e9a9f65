//! Going through keys at a server. What an index names and is not there any more is taken out of it on the way.

use super::super::pass::Pass;
use super::super::{Found, KeyTable};
use super::Shared;
use super::slots::{Index, Slot, whose};
use super::working::Working;
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::Look;
use crate::store::redis::Change;

impl Shared {
    /// What `read` makes of the next keys of a pass.
    pub(in super::super) async fn some<R>(
        &self,
        pass: &mut Pass,
        most: usize,
        mut read: impl FnMut(&Look<'_, KeyTable>, Vec<Found>) -> R,
    ) -> Result<Option<R>, StoreError> {
        let members = self.members(Index::All, pass.last.as_deref(), most).await?;
        pass.all = self.count(Index::All).await?;
        let Some(last) = members.last().cloned() else {
            return Ok(None);
        };
        let ids: Vec<KeyId> = members.iter().filter_map(|member| whose(member)).collect();
        let working = self.load_keys(&ids).await?;
        self.clean(Index::All, &members, &working).await;
        let some: Vec<Found> = ids.iter().filter_map(|id| working.table.find(id)).collect();
        pass.done += some.len();
        pass.last = Some(last);
        Ok(Some(read(&working.look(), some)))
    }

    /// Takes those members out of an index whose keys are not there any more.
    pub(super) async fn clean(&self, index: Index, members: &[Vec<u8>], working: &Working) {
        if let Err(error) = self.try_clean(index, members, working).await {
            tracing::debug!("an index names keys that are gone: {error}");
        }
    }

    async fn try_clean(
        &self,
        index: Index,
        members: &[Vec<u8>],
        working: &Working,
    ) -> Result<(), StoreError> {
        let named = members.iter().filter_map(|member| whose(member));
        let ids: Vec<KeyId> = named.filter(|id| working.is_away(id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let (mut change, mut marked) = (Change::default(), Working::default());
        self.fetch(&mut marked, ids.iter().map(|id| Slot::Mark(*id)))
            .await?;
        for id in ids.iter().copied() {
            change.expect(Slot::Key(id).name(self.names()), None);
            if let (Some(index), false) = (Index::of_mark(&id), marked.marks.contains_key(&id)) {
                let name = index.name(self.names());
                change.run(redis::Cmd::srem(name, id.as_bytes()));
            }
        }
        for index in [index, Index::All, Index::Nameless] {
            let mut remove = redis::cmd("ZREM");
            remove.arg(index.name(self.names()));
            for id in &ids {
                remove.arg(id.as_bytes());
            }
            change.run(remove);
        }
        // Where one of them came back meanwhile, somebody else does it another time.
        self.link.commit(change).await.map(drop)
    }
}
