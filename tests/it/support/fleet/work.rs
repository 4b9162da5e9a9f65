//! Clients that mint, open, save and revoke while nodes and servers are killed, and keep count of what they were told.
//!
//! Each keeps its own ledger: what was acknowledged must hold, what got no answer may or may not. An answer that says
//! "not now" (502, 503, 504, 507, or none at all) refuses nothing for good and loses nothing; any other answer that the
//! ledger does not foresee is wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Fleet;
use super::worker::Worker;

/// So many wrong answers are enough.
const WRONG: usize = 20;

/// A thing done to nodes or servers, and what it is called.
pub(crate) type Trouble<'a> = (&'a str, Box<dyn Fn() + Sync + 'a>);

/// How much is done, and what happens meanwhile.
pub(crate) struct Plan<'a> {
    /// Answered operations, of all clients together.
    pub(crate) operations: usize,
    pub(crate) clients: usize,
    /// A revocation is in force everywhere after so long.
    pub(crate) bound: Duration,
    /// Longest that all of it may take.
    pub(crate) limit: Duration,
    /// One after another, evenly over the operations.
    pub(crate) troubles: Vec<Trouble<'a>>,
}

/// What came of it.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Done {
    pub(crate) minted: usize,
    pub(crate) opened: usize,
    pub(crate) saved: usize,
    pub(crate) revoked: usize,
    /// Asks that were refused for now, or got no answer.
    pub(crate) put_off: usize,
}

/// What all clients share.
pub(super) struct Shared<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) plan: &'a Plan<'a>,
    pub(super) done: AtomicUsize,
    pub(super) put_off: AtomicUsize,
    over: AtomicBool,
    wrong: Mutex<Vec<String>>,
    pub(super) began: Instant,
    /// Troubles that are over.
    made: AtomicUsize,
}

impl Shared<'_> {
    pub(super) fn wrong(&self, what: String) {
        let mut wrong = self.wrong.lock().expect("the list");
        eprintln!("WRONG: {what}");
        wrong.push(what);
        if wrong.len() >= WRONG {
            self.over.store(true, Ordering::Relaxed);
        }
    }

    fn go_on(&self) -> bool {
        if self.began.elapsed() > self.plan.limit && !self.over.swap(true, Ordering::Relaxed) {
            self.wrong(format!("not done within {:?}", self.plan.limit));
        }
        let done = self.done.load(Ordering::Relaxed) >= self.plan.operations;
        let made = self.made.load(Ordering::Relaxed) >= self.plan.troubles.len();
        !(self.over.load(Ordering::Relaxed) || done && made)
    }
}

/// Does all of it and fails where anything acknowledged was lost, or anything revoked opened after the bound.
pub(crate) fn done(fleet: &Fleet, plan: &Plan) -> Done {
    let shared = Shared {
        fleet,
        plan,
        done: AtomicUsize::new(0),
        put_off: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        wrong: Mutex::default(),
        began: Instant::now(),
        made: AtomicUsize::new(0),
    };
    let mut workers: Vec<Worker> = (0..plan.clients)
        .map(|at| Worker::new(&shared, at))
        .collect();
    eprintln!(
        "{} clients have their sessions after {:?}",
        plan.clients,
        shared.began.elapsed()
    );
    thread::scope(|scope| {
        scope.spawn(|| troubled(&shared));
        for worker in &mut workers {
            scope.spawn(|| {
                while worker.shared.go_on() {
                    worker.one();
                }
            });
        }
    });
    eprintln!("looked at again, all that was acknowledged:");
    // The last revocations have their time, too.
    thread::sleep(plan.bound);
    thread::scope(|scope| {
        for worker in &mut workers {
            scope.spawn(|| worker.at_the_end());
        }
    });
    let mut sum = workers.iter().fold(Done::default(), |sum, worker| Done {
        minted: sum.minted + worker.count.minted,
        opened: sum.opened + worker.count.opened,
        saved: sum.saved + worker.count.saved,
        revoked: sum.revoked + worker.count.revoked,
        put_off: 0,
    });
    sum.put_off = shared.put_off.load(Ordering::Relaxed);
    eprintln!("{sum:?} in {:?}", shared.began.elapsed());
    let wrong = shared.wrong.into_inner().expect("the list");
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    sum
}

/// Makes trouble at its times and says how far the work is.
fn troubled(shared: &Shared) {
    let (plan, mut said, mut next) = (shared.plan, Instant::now(), 0);
    while shared.go_on() {
        let done = shared.done.load(Ordering::Relaxed);
        let due = (next + 1) * plan.operations / (plan.troubles.len() + 1);
        if let Some((name, trouble)) = plan.troubles.get(next).filter(|_| done >= due) {
            eprintln!(
                "{:6.1}s {done:9} done: {name}",
                shared.began.elapsed().as_secs_f64()
            );
            trouble();
            eprintln!(
                "{:6.1}s           over: {name}",
                shared.began.elapsed().as_secs_f64()
            );
            next += 1;
            shared.made.store(next, Ordering::Relaxed);
        }
        if said.elapsed() > Duration::from_secs(5) {
            said = Instant::now();
            let (seconds, put_off) = (
                shared.began.elapsed().as_secs_f64(),
                shared.put_off.load(Ordering::Relaxed),
            );
            eprintln!(
                "{seconds:6.1}s {done:9} of {}, {put_off} put off",
                plan.operations
            );
        }
        thread::sleep(Duration::from_millis(10));
    }
}
