//! What callers and the link's own thread share: the connections at hand, how they stand, and what is remembered.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::address::StoreAddress;
use super::names::Names;
use super::near::Near;
use super::options::{LinkState, Options};
use super::session::Session;
use super::told::{Remedy, Trouble};

/// One for all clones of a link.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) address: StoreAddress,
    pub(super) near: Near,
    /// A key that is read to see whether the server answers for ours.
    pub(super) probe: Vec<u8>,
    /// A key that is written to see whether the server takes writes again.
    pub(super) trial: Vec<u8>,
    /// Wakes whoever waits, to look at the clock and at the session.
    pub(super) ticks: Notify,
    /// Requests that wait for an answer.
    pub(super) asked: AtomicUsize,
    /// Set when nobody has a link any more.
    pub(super) done: Notify,
    /// Wakes the one who attends to the session, since something is wrong with it.
    pub(super) look: Notify,
    wrong: Mutex<Option<(u64, Arc<str>)>>,
    session: RwLock<Option<Arc<Session>>>,
    stands: Mutex<Stands>,
    /// Whether the last change was refused in a way that concerns all changes, or none was tried yet.
    pub(super) untried: AtomicBool,
    /// What runs on the link's own thread, once that was started.
    pub(super) runtime: OnceLock<Handle>,
}

struct Stands {
    state: LinkState,
    /// Whether connecting was tried at all; before that, whoever asks waits.
    tried: bool,
    /// Why there is no sign from the server, should that be so.
    silent: Arc<str>,
}

impl Shared {
    pub(super) fn new(address: StoreAddress, options: &Options, names: &Names) -> Self {
        Self {
            options: options.clone(),
            address,
            near: Near::keeping(options.cache),
            probe: names.the("format"),
            trial: names.the("trial"),
            ticks: Notify::new(),
            asked: AtomicUsize::new(0),
            done: Notify::new(),
            look: Notify::new(),
            wrong: Mutex::default(),
            session: RwLock::default(),
            stands: Mutex::new(Stands {
                state: LinkState::Down("Redis was not asked yet".into()),
                tried: false,
                silent: silence(),
            }),
            untried: AtomicBool::new(true),
            runtime: OnceLock::new(),
        }
    }

    /// How often those who wait look at the clock.
    pub(super) fn tick(&self) -> Duration {
        let longest = self.options.within / 16;
        longest.clamp(Duration::from_millis(2), Duration::from_millis(100))
    }

    /// The connections, if there are any.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        let session = self.session.read();
        session.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why there are no connections; `None` where the first are being made.
    pub(super) fn why_down(&self) -> Option<Arc<str>> {
        let stands = self.stands();
        stands.tried.then(|| match &stands.state {
            LinkState::Down(why) | LinkState::ReadOnly(why) => Arc::clone(why),
            LinkState::Up => Arc::clone(&stands.silent),
        })
    }

    /// How the link stands.
    pub(super) fn state(&self) -> LinkState {
        let holds = self.near.holds();
        let stands = self.stands();
        match &stands.state {
            LinkState::Up | LinkState::ReadOnly(_) if !holds => {
                LinkState::Down(Arc::clone(&stands.silent))
            }
            LinkState::Up => LinkState::Up,
            LinkState::ReadOnly(why) => LinkState::ReadOnly(Arc::clone(why)),
            LinkState::Down(why) => LinkState::Down(Arc::clone(why)),
        }
    }

    /// Why the server gave no sign.
    pub(super) fn why_silent(&self) -> Arc<str> {
        Arc::clone(&self.stands().silent)
    }

    /// Should the server be silent from here on, this is why.
    pub(super) fn silent_since(&self, why: Option<Arc<str>>) {
        self.stands().silent = why.unwrap_or_else(silence);
    }

    /// From here on these are the connections.
    pub(super) fn publish(&self, session: Arc<Session>) {
        self.untried.store(true, Ordering::Release);
        self.put(Some(session));
        let mut stands = self.stands();
        stands.state = LinkState::Up;
        stands.tried = true;
        stands.silent = silence();
        drop(stands);
        self.ticks.notify_waiters();
    }

    /// There are none from here on, and why.
    pub(super) fn down(&self, why: Arc<str>) {
        if let Some(session) = self.put(None) {
            session.end();
        }
        let mut stands = self.stands();
        stands.state = LinkState::Down(why);
        stands.tried = true;
        drop(stands);
        self.ticks.notify_waiters();
    }

    /// Does about `trouble` in the connections of this epoch what is to be done about it.
    pub(super) fn trouble(&self, epoch: u64, trouble: &Trouble) {
        match trouble.remedy {
            Remedy::Look => self.wrong(epoch, Arc::clone(&trouble.why)),
            Remedy::Full | Remedy::NoWrites => self.no_writes(&trouble.why),
            Remedy::Later | Remedy::Foreign | Remedy::NoScript => {}
        }
    }

    /// The connection of this epoch broke.
    pub(super) fn broken(&self, epoch: u64) {
        self.wrong(epoch, "the connection to Redis broke".into());
    }

    /// What is wrong with the connections of this epoch, if anything.
    pub(super) fn what_is_wrong(&self, epoch: u64) -> Option<Arc<str>> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let of_these = wrong.as_ref().filter(|(of, _)| *of == epoch);
        of_these.map(|(_, why)| Arc::clone(why))
    }

    fn wrong(&self, epoch: u64, why: Arc<str>) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        // The first cause is the one; and none of earlier connections counts.
        if wrong.as_ref().is_none_or(|(of, _)| *of < epoch) {
            *wrong = Some((epoch, why));
        }
        drop(wrong);
        self.look.notify_one();
    }

    /// Too few replicas had a change.
    pub(super) fn alone(&self, trouble: &Trouble) {
        if let Some(session) = self.session() {
            session.alone.store(true, Ordering::Release);
        }
        self.no_writes(&trouble.why);
    }

    fn no_writes(&self, why: &Arc<str>) {
        self.untried.store(true, Ordering::Release);
        let mut stands = self.stands();
        if !matches!(stands.state, LinkState::Down(_)) {
            stands.state = LinkState::ReadOnly(Arc::clone(why));
        }
    }

    /// A change was made.
    pub(super) fn writes(&self) {
        if !self.untried.swap(false, Ordering::AcqRel) {
            return;
        }
        if let Some(session) = self.session() {
            session.alone.store(false, Ordering::Release);
        }
        let mut stands = self.stands();
        if matches!(stands.state, LinkState::ReadOnly(_)) {
            stands.state = LinkState::Up;
        }
    }

    fn put(&self, session: Option<Arc<Session>>) -> Option<Arc<Session>> {
        let place = self.session.write();
        std::mem::replace(&mut *place.unwrap_or_else(PoisonError::into_inner), session)
    }

    fn stands(&self) -> MutexGuard<'_, Stands> {
        self.stands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn silence() -> Arc<str> {
    "Redis did not answer in time".into()
}
