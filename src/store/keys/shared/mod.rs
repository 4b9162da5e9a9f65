//! The keys where several nodes share them: at a server, and here no more of them than somebody is looking at.
//!
//! A look or a change reads what it is about into a small [`KeyTable`] and goes on as it does over the
//! key file; what a change puts is committed in one step where nothing of what it read has changed. See `docs/redis.md`.

mod backup;
mod going;
mod group;
mod lease;
mod listing;
mod load;
mod marks;
mod moving;
mod order;
mod put;
mod slots;
mod step;
mod sweep;
mod walk;
mod working;
mod write;

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::plan::Pending;
use super::wanted::{Want, Wanted};
use super::{Found, KeyTable, NAMELESS_KEYS};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::log::{Entries, Look};
use crate::store::redis::{Change, Link, LinkState, Names, Outcome};
use group::Group;
pub use moving::Entries as Moved;
use order::Numbers;
use slots::{Index, Slot};
use step::{Also, Step};
pub(super) use walk::Walk;
use working::{Working, single};

/// How often a change is planned anew since others changed the same. Each time one of those was done, so it ends late.
const TRIES: usize = 1000;
/// Those who change the same key here take turns once they were in each other's way.
const TURNS: usize = 64;
/// Most keys that one step takes out.
const STEP: usize = 500;
/// Most bytes of a name that is looked up without memory of its own.
const NAME: usize = 256;
/// Bytes that a remembered key takes beside those of its texts.
const AROUND: usize = size_of::<Found>() + 256;

/// The keys at a server.
#[derive(Clone)]
pub(in crate::store) struct Shared {
    link: Link,
    turns: Arc<[Mutex<()>]>,
    /// What the names of records begin with.
    records: Arc<[u8]>,
    group: Arc<Group>,
    /// What this process calls itself where one of several does something.
    token: Arc<[u8]>,
    numbers: Arc<Numbers>,
}

impl Shared {
    /// Those that this link leads to.
    pub(super) fn over(link: Link) -> Self {
        Self {
            records: link.names().of("k", b"").into(),
            link,
            group: Arc::default(),
            turns: (0..TURNS).map(|_| Mutex::default()).collect(),
            token: lease::token().unwrap_or_default().into(),
            numbers: Arc::default(),
        }
    }

    /// The step as the server takes it.
    fn change(&self, step: &Step, working: &Working, also: Also) -> Change {
        step.change(working, (self.names(), &self.numbers), also)
    }

    /// What `read` makes of what is wanted, as it stands at the server.
    pub(super) async fn look<R>(
        &self,
        wanted: &Wanted,
        mut read: impl FnMut(&Look<'_, KeyTable>) -> R,
    ) -> Result<R, StoreError> {
        let working = self.load(wanted).await?;
        Ok(read(&working.look()))
    }

    /// What `plan` answers, once all that it put stands at the server. It runs again where something that is wanted has
    /// changed meanwhile.
    pub(super) async fn edit<R: Send + 'static>(
        &self,
        wanted: &Wanted,
        plan: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        if group::is_one_ask(wanted) {
            return self.together(wanted.clone(), plan).await;
        }
        // Whoever asks for a new key looked for an earlier one before: there is none, or the step says so.
        let guess = is_ask(wanted);
        self.edit_with(wanted, plan, &Also::default, guess).await
    }

    /// The same, with what goes along where anything is put; from a `guess` that nothing is there, where that is so.
    async fn edit_with<R>(
        &self,
        wanted: &Wanted,
        mut plan: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> R,
        also: &(dyn Fn() -> Also + Sync),
        mut guess: bool,
    ) -> Result<R, StoreError> {
        let (mut touched, mut turn) = (Vec::new(), None);
        for _ in 0..TRIES {
            let mut working = if guess {
                Working::default()
            } else {
                self.load(wanted).await?
            };
            self.fetch(&mut working, touched).await?;
            let (mut pending, mut entries) = (Pending::default(), Entries::default());
            pending.marks.extend(working.marks.iter());
            let answer = plan(&working.look(), &mut pending, &mut entries);
            let mut step = Step::of(entries, &pending, &working)?;
            if step.is_nothing() {
                self.settle().await?;
                return Ok(answer);
            }
            if step.only_removes() && step.len() > STEP {
                return self.remove(step, &working).await.map(|()| answer);
            }
            self.complete(&mut step, &mut working).await?;
            let mut change = self.change(&step, &working, also());
            if step.is_new_key() && wanted.0.contains(&Want::Nameless) {
                let nameless = Index::Nameless.name(self.names());
                change.room(nameless, Vec::new(), NAMELESS_KEYS);
            }
            match self.link.commit(change).await? {
                Outcome::Done(_) => return Ok(answer),
                Outcome::Conflict => {}
            }
            touched = step.slots();
            guess = false;
            if turn.is_none() {
                turn = self.take_turn(wanted).await;
            }
        }
        Err(busy())
    }

    /// Reads what `step` writes and was not read. A new key is taken to stand in nobody's way: the step says where it does.
    async fn complete(&self, step: &mut Step, working: &mut Working) -> Result<(), StoreError> {
        if !step.is_new_key() {
            self.fetch(working, step.slots()).await?;
        }
        if step.revokes() {
            step.now = self.now().await?;
        }
        Ok(())
    }

    /// Takes many keys out, parents before what was derived from them, in several steps: whatever is read of them meanwhile.
    async fn remove(&self, step: Step, working: &Working) -> Result<(), StoreError> {
        for mut part in step.parts(STEP, working) {
            let mut tries = 0..TRIES;
            loop {
                let ids: Vec<KeyId> = part.ids().collect();
                let mut working = self.load_keys(&ids).await?;
                part.look_again(&working);
                self.complete(&mut part, &mut working).await?;
                let change = self.change(&part, &working, Also::default());
                match self.link.commit(change).await? {
                    Outcome::Done(_) => break,
                    Outcome::Conflict if tries.next().is_some() => {}
                    Outcome::Conflict => return Err(busy()),
                }
            }
        }
        Ok(())
    }

    /// The turn of those who change the same as this does.
    async fn take_turn(&self, wanted: &Wanted) -> Option<MutexGuard<'_, ()>> {
        let number = wanted.0.first().map_or(0, |want| match want {
            Want::Key(id) | Want::Family(id) | Want::Children(id) | Want::Mark(id) => first(id),
            Want::Ask(ask) => match Slot::of_ask(ask) {
                Slot::Ask(id) | Slot::Key(id) | Slot::Mark(id) | Slot::Children(id) => first(&id),
            },
            Want::Beginning(_) | Want::Of(_) | Want::Nameless => 0,
        });
        Some(self.turns.get(number % TURNS)?.lock().await)
    }

    /// The server's time, in seconds since 1970.
    async fn now(&self) -> Result<i64, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("TIME");
        let ((secs, _),): ((i64, i64),) = self.link.ask(ask).await?;
        Ok(secs)
    }

    fn names(&self) -> &Names {
        self.link.names()
    }

    /// What was read is kept when this returns, whoever wrote it.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        self.link.settle().await
    }

    /// How the link stands.
    pub(super) fn state(&self) -> LinkState {
        self.link.state()
    }

    /// The key itself, expired or not, as [`standing`](Self::standing).
    pub(super) async fn find(&self, id: &KeyId) -> Result<Option<Found>, StoreError> {
        if let Some(found) = self.remembered(id) {
            return Ok(Some(Found::clone(&found)));
        }
        let (id, name) = (*id, Slot::Key(*id).name(self.names()));
        let parse = move |json: Vec<u8>| Some((single(id, &json)?, json.len() + AROUND));
        let read = self.link.read(&name, parse).await?;
        Ok(read.as_deref().cloned())
    }

    /// The key, from what is remembered.
    fn remembered(&self, id: &KeyId) -> Option<Arc<Found>> {
        let (mut name, text) = ([0; NAME], id.text());
        let (beginning, rest) = name.split_at_mut_checked(self.records.len())?;
        let end = rest.first_chunk_mut()?;
        beginning.copy_from_slice(&self.records);
        *end = text;
        let length = self.records.len() + KeyId::CHARS;
        self.link.remembered(name.get(..length)?)
    }

    /// The key as it counts together with those it was derived from, expired or not: from what is remembered of the server's
    /// answers, where that still holds.
    pub(super) async fn standing(&self, id: &KeyId) -> Result<Option<Found>, StoreError> {
        let Some(mut key) = self.find(id).await? else {
            return Ok(None);
        };
        while let Some(parent) = key.next_above() {
            let parent = self.find(&parent).await?;
            if !parent.is_some_and(|parent| key.stand_on(parent)) {
                return Ok(None);
            }
        }
        Ok(Some(key))
    }
}

/// Whether nothing is wanted but what an ask got, and room for one more.
fn is_ask(wanted: &Wanted) -> bool {
    let mut wants = wanted.0.iter();
    !wanted.0.is_empty() && wants.all(|want| matches!(want, Want::Ask(_) | Want::Nameless))
}

fn first(id: &KeyId) -> usize {
    let [first, ..] = id.as_bytes();
    usize::from(*first)
}

fn busy() -> StoreError {
    StoreError::Busy("the store in Redis".into())
}
