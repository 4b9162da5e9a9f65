//! New keys that are asked for at the same time go to the server together: one step for all of them costs it a third of
//! what a step for each does.
//!
//! It must never answer one of them before the step stands; and where anything stands in the way of one, each is done by
//! itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;

use super::super::KeyTable;
use super::super::plan::Pending;
use super::super::wanted::{Want, Wanted};
use super::Shared;
use super::step::{Also, Step};
use super::working::Working;
use crate::store::StoreError;
use crate::store::log::{Change, Entries, Look, edit};
use crate::store::redis::Outcome;

/// Most new keys of one step.
const TOGETHER: usize = 64;
/// Steps that are on their way at the same time, however few ask: while one waits for the disk, the next is made.
const STEPS: usize = 3;
/// The same where so many wait that a step is full: at a server far away nobody waits for what others asked before.
const FULL_STEPS: usize = 64;

/// Those who wait.
#[derive(Default)]
pub(super) struct Group(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    asks: Vec<One>,
    steps: usize,
}

/// One ask for a new key.
struct One {
    wanted: Wanted,
    change: Box<dyn Change<KeyTable>>,
}

impl Group {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more who waits, and whether one more step is due for that.
    fn add(&self, one: One) -> bool {
        let mut waiting = self.waiting();
        waiting.asks.push(one);
        let full = waiting.asks.len().is_multiple_of(TOGETHER) && waiting.steps < FULL_STEPS;
        let due = full || waiting.steps < STEPS;
        waiting.steps += usize::from(due);
        due
    }

    /// The next ones; `None` where nobody waits, or too few for so many steps, and one less is on its way.
    fn next(&self) -> Option<Vec<One>> {
        let mut waiting = self.waiting();
        // Whoever gave up has been told that it may stand; better that it does not.
        waiting.asks.retain(|one| one.change.is_awaited());
        let few = waiting.asks.len() < TOGETHER && waiting.steps > STEPS;
        if waiting.asks.is_empty() || few {
            waiting.steps -= 1;
            return None;
        }
        let count = waiting.asks.len().min(TOGETHER);
        Some(waiting.asks.drain(..count).collect())
    }
}

/// Who makes one step after another. Where that ends early, whoever would wait in vain is told.
struct Maker {
    shared: Shared,
    done: bool,
}

impl Maker {
    async fn run(mut self) {
        while let Some(asks) = self.shared.group.next() {
            self.shared.one_step(asks).await;
        }
        self.done = true;
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let left = {
            let mut waiting = self.shared.group.waiting();
            waiting.steps -= 1;
            let nobody = waiting.steps == 0;
            nobody.then(|| std::mem::take(&mut waiting.asks))
        };
        // What is dropped is answered.
        drop(left);
    }
}

/// Whether all that is wanted is what one ask got.
pub(super) fn is_one_ask(wanted: &Wanted) -> bool {
    matches!(wanted.0.as_slice(), [Want::Ask(_)])
}

impl Shared {
    /// What `plan` answers, once what it put stands at the server, together with what others ask for now.
    pub(super) async fn together<R: Send + 'static>(
        &self,
        wanted: Wanted,
        plan: impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        let (change, answer) = edit(plan);
        if self.group.add(One { wanted, change }) {
            let (shared, done) = (self.clone(), false);
            // By itself, so that nobody's leaving ends what others wait for.
            self.link.spawn(Maker { shared, done }.run());
        }
        let ended = || StoreError::Away("the server is ending".into());
        let answer = self.link.patiently(answer).await?;
        answer.unwrap_or_else(|_| Err(ended()))
    }

    async fn one_step(&self, mut asks: Vec<One>) {
        match self.try_one_step(&mut asks).await {
            Ok(true) => asks.into_iter().for_each(|one| one.change.done(Ok(()))),
            Ok(false) => drop(join_all(asks.into_iter().map(|one| self.by_itself(one))).await),
            Err(error) => asks
                .into_iter()
                .for_each(|one| one.change.done(Err(error.clone()))),
        }
    }

    /// Whether it stands now; where it does not, nothing was done.
    async fn try_one_step(&self, asks: &mut [One]) -> Result<bool, StoreError> {
        let working = Working::default();
        let (mut pending, mut entries) = (Pending::default(), Entries::default());
        for one in asks {
            one.change.plan(&working.look(), &mut pending, &mut entries);
        }
        let step = Step::of(entries, &pending, &working)?;
        if !step.is_only_new() {
            return Ok(false);
        }
        let change = self.change(&step, &working, Also::default());
        let outcome = self.link.commit(change).await?;
        Ok(matches!(outcome, Outcome::Done(_)))
    }

    /// Done as one that nobody waits beside, from what stands at the server.
    async fn by_itself(&self, one: One) {
        let One { wanted, mut change } = one;
        let plan = |look: &Look<'_, KeyTable>, pending: &mut Pending, entries: &mut Entries| {
            change.plan(look, pending, entries);
        };
        let done = self.edit_with(&wanted, plan, &Also::default, false).await;
        change.done(done);
    }
}
