//! The way to the server.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};
use std::time::Instant;

use redis::{FromRedisValue, Pipeline, Value, from_redis_value};

use super::address::StoreAddress;
use super::attend;
use super::change::{Change, Outcome};
use super::forget::Forget;
use super::lane;
use super::names::Names;
use super::options::{LinkState, Options};
use super::session::Session;
use super::shared::Shared;
use super::step;
use super::told::Trouble;
use super::waits::Waits;
use crate::store::StoreError;

/// The way to the server. Cheap to clone; may be asked from any thread, in a runtime or not.
#[derive(Clone)]
pub struct Link {
    names: Names,
    owner: Arc<Owner>,
}

/// Ends the thread when the last link is gone.
struct Owner {
    shared: Arc<Shared>,
    started: Once,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.done.notify_one();
    }
}

impl Link {
    /// The way to the server at `address`. Nothing is asked yet.
    #[must_use]
    pub fn to(address: StoreAddress, options: &Options) -> Self {
        let names = Names::below(&options.prefix);
        let shared = Arc::new(Shared::new(address, options, &names));
        let started = Once::new();
        Self {
            names,
            owner: Arc::new(Owner { shared, started }),
        }
    }

    /// What our keys are called.
    pub(in crate::store) fn names(&self) -> &Names {
        &self.names
    }

    /// The answers to these commands, which only read. They are sent together.
    ///
    /// # Errors
    /// [`StoreError::Away`]; [`StoreError::Broken`] for what is not as asked for.
    pub async fn ask<R: FromRedisValue + Send + 'static>(
        &self,
        commands: Pipeline,
    ) -> Result<R, StoreError> {
        Box::pin(self.ask_now(commands)).await
    }

    async fn ask_now<R: FromRedisValue + Send + 'static>(
        &self,
        commands: Pipeline,
    ) -> Result<R, StoreError> {
        let begun = Instant::now();
        let session = self.session(begun).await?;
        let answer = if commands.is_empty() {
            from_redis_value(Value::Array(Vec::new())).map_err(redis::RedisError::from)
        } else {
            let mut connection = session.asks.clone();
            let answer = commands.query_async(&mut connection);
            self.in_time(&session, begun, answer).await?
        };
        answer.map_err(|error| self.troubled(&session, &error.into()))
    }

    /// Does `change` in one step; it stands where it is to stand when this returns, and nothing that it concerns is
    /// remembered here as it was before. A server that is full still takes a change whose first writing command frees.
    ///
    /// # Errors
    /// [`StoreError::Away`], after which it may stand or not; [`StoreError::Full`], [`StoreError::Limit`] and
    /// [`StoreError::Broken`], after which it does not.
    pub async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        if change.is_empty() {
            return Ok(Outcome::Done(0));
        }
        Box::pin(self.commit_now(change)).await
    }

    async fn commit_now(&self, change: Change) -> Result<Outcome, StoreError> {
        let begun = Instant::now();
        let session = self.session(begun).await?;
        if session.alone.load(Ordering::Acquire) {
            return Err(lane::alone().told());
        }
        let call = step::call(&session.script, &change, self.owner.shared.options.replicas)?;
        let writes = change.writing().next().is_some();
        // Whatever becomes of it, also where nobody waits for it any more.
        let _forget = Forget::after(&self.owner.shared, &self.names, change);
        let done = session.change(&self.owner.shared, call, writes);
        let told = self.in_time(&session, begun, done).await?;
        told.map_err(|trouble| trouble.told())
    }

    /// What is remembered of the string at `key`, which [`read`](Self::read) read as a `V`: what stands at the server at
    /// this moment, as far as it told within [`Options::stale`]. What ends by the clock is for the caller to see. Never
    /// waits.
    #[must_use]
    pub fn remembered<V: Send + Sync + 'static>(&self, key: &[u8]) -> Option<Arc<V>> {
        self.owner.shared.near.find(key)
    }

    /// What `parse` makes of the string at `key`, with the bytes that it takes in memory; it is remembered until the server
    /// says that it changed. What is not there, or not understood, is not remembered.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn read<V: Send + Sync + 'static>(
        &self,
        key: &[u8],
        parse: impl FnOnce(Vec<u8>) -> Option<(V, usize)> + Send + 'static,
    ) -> Result<Option<Arc<V>>, StoreError> {
        Box::pin(self.read_now(key, parse)).await
    }

    async fn read_now<V: Send + Sync + 'static>(
        &self,
        key: &[u8],
        parse: impl FnOnce(Vec<u8>) -> Option<(V, usize)> + Send + 'static,
    ) -> Result<Option<Arc<V>>, StoreError> {
        let begun = Instant::now();
        let session = self.session(begun).await?;
        let near = &self.owner.shared.near;
        if let Some(known) = near.find(key) {
            return Ok(Some(known));
        }
        // Before it is sent, so that no news of the key is missed.
        let Some(mark) = near.mark(key, session.epoch) else {
            return Err(self.gone());
        };
        let mut connection = session.near.clone();
        let mut get = redis::cmd("GET");
        get.arg(key);
        let answer = get.query_async::<Option<Vec<u8>>>(&mut connection);
        let answer = self.in_time(&session, begun, answer).await?;
        let Some(bytes) = answer.map_err(|error| self.troubled(&session, &error.into()))? else {
            return Ok(None);
        };
        let Some((value, bytes)) = parse(bytes) else {
            return Ok(None);
        };
        let value = Arc::new(value);
        mark.keep(Arc::clone(&value), bytes);
        Ok(Some(value))
    }

    /// Comes back once so many replicas have all that stands at the server as the settings ask for: what was read there may
    /// be somebody's change that was not acknowledged, and could be lost still.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub(in crate::store) async fn settle(&self) -> Result<(), StoreError> {
        if self.owner.shared.options.replicas == 0 {
            return Ok(());
        }
        let mut nothing = Change::default();
        nothing.expect(self.names.the("nothing"), None);
        self.commit(nothing).await.map(drop)
    }

    /// How the link stands. Asks nothing, but begins to connect where nothing was asked before.
    #[must_use]
    pub fn state(&self) -> LinkState {
        self.start();
        self.owner.shared.state()
    }

    /// What it was made for.
    pub(super) fn asked_for(&self) -> (&StoreAddress, &Options) {
        (&self.owner.shared.address, &self.owner.shared.options)
    }

    /// Does `what` on the link's own thread, as long as somebody has a link. Where there is no such thread, `what` is dropped.
    pub(in crate::store) fn spawn(&self, what: impl Future<Output = ()> + Send + 'static) {
        self.start();
        if let Some(runtime) = self.owner.shared.runtime.get() {
            runtime.spawn(what);
        }
    }

    fn start(&self) {
        let owner = &self.owner;
        owner
            .started
            .call_once(|| attend::start(Arc::clone(&owner.shared)));
    }

    /// The connections at hand, with the server's sign that all is well; the first ones are waited for.
    async fn session(&self, begun: Instant) -> Result<Arc<Session>, StoreError> {
        self.start();
        let shared = &self.owner.shared;
        loop {
            let tick = shared.ticks.notified();
            if let Some(session) = shared.session() {
                if shared.near.holds() {
                    return Ok(session);
                }
                return Err(StoreError::Away(shared.why_silent()));
            }
            if let Some(why) = shared.why_down() {
                return Err(StoreError::Away(why));
            }
            if begun.elapsed() + shared.tick() > shared.options.within {
                return Err(StoreError::Away(shared.why_silent()));
            }
            tick.await;
        }
    }

    /// What `answer` comes to, while the connections last and the wait is not too long; and the server must have given
    /// a sign within the bound when it came.
    async fn in_time<T>(
        &self,
        session: &Session,
        begun: Instant,
        answer: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        let shared = &self.owner.shared;
        let ended = || session.has_ended();
        let told = self.waited(begun, answer, ended).await?;
        if session.has_ended() {
            return Err(self.gone());
        }
        if !shared.near.holds() {
            return Err(StoreError::Away(shared.why_silent()));
        }
        Ok(told)
    }

    /// What `answer` comes to, which hangs on the server, unless it takes longer than a request may.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub(in crate::store) async fn patiently<T>(
        &self,
        answer: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        self.waited(Instant::now(), answer, || false).await
    }

    /// What `answer` comes to, unless the wait since `begun` gets too long, too many wait, or `ended` says that it is no use.
    async fn waited<T>(
        &self,
        begun: Instant,
        answer: impl Future<Output = T>,
        ended: impl Fn() -> bool,
    ) -> Result<T, StoreError> {
        let shared = &self.owner.shared;
        let _waits = Waits::one_more(shared)?;
        let mut answer = std::pin::pin!(answer);
        loop {
            let tick = shared.ticks.notified();
            tokio::select! {
                biased;
                told = &mut answer => return Ok(told),
                () = tick => {}
            }
            if ended() {
                return Err(self.gone());
            }
            if begun.elapsed() + shared.tick() > shared.options.within {
                return Err(StoreError::Away("Redis did not answer in time".into()));
            }
        }
    }

    fn troubled(&self, session: &Session, trouble: &Trouble) -> StoreError {
        self.owner.shared.trouble(session.epoch, trouble);
        trouble.told()
    }

    fn gone(&self) -> StoreError {
        let why = self.owner.shared.why_down();
        StoreError::Away(why.unwrap_or_else(|| "the connection to Redis broke".into()))
    }
}
