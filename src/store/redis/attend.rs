//! The link's own thread: it connects, looks after the connections while they last, and connects anew.
//!
//! It is the only place that gives what is remembered its time: from when a beat was sent that has been answered, and
//! from when those who know the primary were asked who named this one.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::change::Change;
use super::reach::Reach;
use super::seek::{Found, Seeker};
use super::session::{self, Opened, Session};
use super::shared::Shared;
use super::step;
use super::told::{Remedy, Trouble};

/// Shortest and longest pause before connecting anew.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// A connection that is silent for so long says something: a server may close what is silent.
const QUIET: Duration = Duration::from_secs(10);
/// Longest time for connecting, so that a network that is whole again is noticed soon.
const CONNECTING: Duration = Duration::from_secs(2);

/// Starts the thread. It ends when nobody has the link any more.
pub(super) fn start(shared: Arc<Shared>) {
    let known = Arc::clone(&shared);
    let (tell, told) = std::sync::mpsc::channel();
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build();
        match runtime {
            Ok(runtime) => {
                let _ = tell.send(runtime.handle().clone());
                runtime.block_on(async {
                    tokio::select! {
                        () = connect(&shared) => {}
                        () = tick(&shared) => {}
                        () = shared.done.notified() => {}
                    }
                });
            }
            Err(error) => shared.down(format!("no thread for Redis: {error}").into()),
        }
        shared.near.let_go();
        shared.down("the link to Redis has ended".into());
    };
    let started = std::thread::Builder::new()
        .name("redis".to_owned())
        .spawn(run);
    match started {
        // It tells at once, or never.
        Ok(_) => {
            if let Ok(runtime) = told.recv() {
                let _ = known.runtime.set(runtime);
            }
        }
        Err(error) => known.down(format!("no thread for Redis: {error}").into()),
    }
}

async fn tick(shared: &Shared) {
    loop {
        sleep(shared.tick()).await;
        shared.ticks.notify_waiters();
    }
}

async fn connect(shared: &Arc<Shared>) {
    let limit = shared.options.within.min(CONNECTING);
    // Who knows the primary is no use later than what was read counts.
    let seeking = limit.min(shared.options.stale);
    let mut seeker = Seeker::new(&shared.address, &shared.probe, seeking);
    let reach = Reach::servers(&shared.address, limit);
    let mut pause = PAUSE.0;
    loop {
        let began = Instant::now();
        let trouble = match open(shared, &mut seeker, &reach, limit).await {
            Err(trouble) => trouble,
            Ok((opened, found)) => attend(shared, opened, found, &mut seeker).await,
        };
        if began.elapsed() > PAUSE.1 * 4 {
            pause = PAUSE.0;
        }
        tracing::debug!(why = &*trouble.why, "the store in Redis is away");
        shared.down(trouble.why);
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

async fn open(
    shared: &Arc<Shared>,
    seeker: &mut Seeker,
    reach: &Reach,
    limit: Duration,
) -> Result<(Opened, Found), Trouble> {
    let slow = || Trouble::look("Redis did not answer in time");
    let found = timeout(limit, seeker.find()).await.map_err(|_| slow())??;
    let opened = timeout(limit, session::open(shared, reach, &found.place)).await;
    Ok((opened.map_err(|_| slow())??, found))
}

/// Looks after the connections until they are of no use, and says why.
async fn attend(
    shared: &Arc<Shared>,
    mut opened: Opened,
    found: Found,
    seeker: &mut Seeker,
) -> Trouble {
    let stale = shared.options.stale;
    let signs = Signs {
        beaten: Cell::new(opened.beaten),
        named: Cell::new(found.asked),
    };
    shared.near.hold_until(signs.until(stale));
    shared.publish(Arc::clone(&opened.session));
    let session = &opened.session;
    let trouble = tokio::select! {
        trouble = beats(shared, session, &signs) => trouble,
        trouble = names(shared, &found, seeker, &signs) => trouble,
        trouble = wrong(shared, session.epoch) => trouble,
        trouble = quiet(session) => trouble,
    };
    session.end();
    opened.tasks.abort_all();
    trouble
}

/// The last signs that all is well.
struct Signs {
    beaten: Cell<Instant>,
    named: Cell<Option<Instant>>,
}

impl Signs {
    fn until(&self, stale: Duration) -> Instant {
        let beaten = self.beaten.get();
        self.named.get().map_or(beaten, |named| named.min(beaten)) + stale
    }
}

async fn beats(shared: &Arc<Shared>, session: &Arc<Session>, signs: &Signs) -> Trouble {
    let stale = shared.options.stale;
    let longest = shared.options.within.max(stale);
    let mut trial: Option<JoinHandle<()>> = None;
    loop {
        if shared.untried.load(Ordering::Acquire)
            && trial.as_ref().is_none_or(JoinHandle::is_finished)
        {
            trial = try_writing(shared, session);
        }
        sleep(stale / 5).await;
        let sent = Instant::now();
        match timeout(longest, session.beat(&shared.probe)).await {
            Ok(Ok(())) => {
                signs.beaten.set(sent);
                if signs.named.get().is_none() {
                    shared.silent_since(None);
                }
                shared.near.hold_until(signs.until(stale));
            }
            // It is there, and says nothing that could be relied on.
            Ok(Err(trouble)) if trouble.remedy == Remedy::Later => {
                shared.silent_since(Some(trouble.why));
            }
            Ok(Err(trouble)) => return trouble,
            Err(_) => return Trouble::look("Redis did not answer in time"),
        }
    }
}

/// Writes something that ends at once: what comes of it is noticed where changes are answered.
fn try_writing(shared: &Arc<Shared>, session: &Arc<Session>) -> Option<JoinHandle<()>> {
    let mut set = redis::cmd("SET");
    set.arg(&shared.trial).arg("").arg("PX").arg(1000);
    let mut change = Change::default();
    change.run(set);
    let call = step::call(&session.script, &change, shared.options.replicas).ok()?;
    let (shared, session) = (Arc::clone(shared), Arc::clone(session));
    Some(tokio::spawn(async move {
        drop(session.change(&shared, call, true).await);
    }))
}

/// Asks again and again whether this is the primary still, where somebody knows.
async fn names(shared: &Shared, found: &Found, seeker: &mut Seeker, signs: &Signs) -> Trouble {
    if !seeker.is_asked_again() {
        std::future::pending::<()>().await;
    }
    let stale = shared.options.stale;
    loop {
        sleep(stale / 3).await;
        match seeker.find().await {
            Ok(now) if now.place == found.place => {
                signs.named.set(now.asked);
                shared.silent_since(None);
                shared.near.hold_until(signs.until(stale));
            }
            Ok(_) => return Trouble::look("the sentinels name another primary"),
            Err(trouble) => shared.silent_since(Some(trouble.why)),
        }
    }
}

async fn wrong(shared: &Shared, epoch: u64) -> Trouble {
    loop {
        if let Some(why) = shared.what_is_wrong(epoch) {
            return Trouble::look(why);
        }
        shared.look.notified().await;
    }
}

/// Says something, now and then, where no beat goes.
async fn quiet(session: &Session) -> Trouble {
    loop {
        sleep(QUIET).await;
        for connection in session.lanes.iter().chain([&session.asks]) {
            let ping = redis::cmd("PING");
            if let Err(error) = ping.exec_async(&mut connection.clone()).await {
                return error.into();
            }
        }
    }
}
