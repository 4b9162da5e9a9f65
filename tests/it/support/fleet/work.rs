//! Clients that mint, open, save and revoke while nodes and servers are killed, and keep count of what they were told.
//!
//! Each keeps its own ledger: what was acknowledged must hold, what got no answer may or may not. An answer that says
//! "not now" (502, 503, 504, 507, or none at all) refuses nothing for good and loses nothing; any other answer that the
//! ledger does not foresee is wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::super::wire::encode;
use super::super::{Reply, hash_text};
use super::Fleet;
use super::client::Client;

/// What one client waits before it asks again for what was refused for now.
const PAUSE: Duration = Duration::from_millis(20);
/// Keys of a client that have files; the others stay without.
const FILES: usize = 50;
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

/// A key that was acknowledged, and what its file may hold.
struct Held {
    name: String,
    key: String,
    /// What the last acknowledged save wrote.
    written: Option<String>,
    /// What saves since then wrote that got no answer.
    perhaps: Vec<String>,
}

/// What all clients share.
struct Shared<'a> {
    fleet: &'a Fleet,
    plan: &'a Plan<'a>,
    done: AtomicUsize,
    put_off: AtomicUsize,
    over: AtomicBool,
    wrong: Mutex<Vec<String>>,
    began: Instant,
}

impl Shared<'_> {
    fn wrong(&self, what: String) {
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
        !self.over.load(Ordering::Relaxed)
            && self.done.load(Ordering::Relaxed) < self.plan.operations
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
    if next < plan.troubles.len() {
        shared.wrong(format!(
            "only {next} of {} troubles were made",
            plan.troubles.len()
        ));
    }
}

/// One client and its ledger.
struct Worker<'a> {
    shared: &'a Shared<'a>,
    number: usize,
    proxy: Client,
    nodes: Vec<Client>,
    cookies: String,
    folder: String,
    held: Vec<Held>,
    /// Revoked keys, and when that was acknowledged; those before `checked` were looked at.
    gone: Vec<(String, Instant)>,
    checked: usize,
    dice: u64,
    named: usize,
    count: Done,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared<'a>, number: usize) -> Self {
        let fleet = shared.fleet;
        let folder = format!("root/a/client-{number}");
        std::fs::create_dir_all(fleet.tree.path.join(&folder)).expect("a folder");
        Self {
            shared,
            number,
            proxy: Client::at(fleet.address()),
            nodes: fleet
                .addresses
                .iter()
                .map(|&node| Client::at(node))
                .collect(),
            cookies: fleet.session(&format!("client{number}"), &folder),
            folder: encode(&fleet.tree.at(&folder)),
            held: Vec::new(),
            gone: Vec::new(),
            checked: 0,
            dice: 0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1),
            named: 0,
            count: Done::default(),
        }
    }

    /// The next number of a generator that gives the same ones in each run.
    fn dice(&mut self, sides: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        usize::try_from(self.dice % sides as u64).expect("small")
    }

    /// One operation, and a look at what was revoked long enough ago.
    fn one(&mut self) {
        let answered = match self.dice(10) {
            0..4 => self.mint(),
            4..7 => self.open(),
            7..9 => self.save(),
            _ => self.revoke(),
        };
        match answered {
            Some(()) => {
                self.shared.done.fetch_add(1, Ordering::Relaxed);
            }
            None => {
                self.shared.put_off.fetch_add(1, Ordering::Relaxed);
                thread::sleep(PAUSE);
            }
        }
        while let Some((key, since)) = self.gone.get(self.checked).cloned()
            && since.elapsed() > self.shared.plan.bound
        {
            self.checked += 1;
            self.refused_everywhere(&key);
        }
    }

    fn asked(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let reply = self.proxy.ask(method, target, headers, body)?;
        (!put_off(&reply)).then_some(reply)
    }

    fn unforeseen(&self, what: &str, reply: &Reply) {
        let said = reply.text().chars().take(200).collect::<String>();
        let (number, status) = (self.number, reply.status);
        self.shared
            .wrong(format!("client {number}: {what}: {status} {said}"));
    }

    fn mint(&mut self) -> Option<()> {
        let name = format!("{}.md", self.named);
        let target = format!("/redirect?dirname={}&basename={name}", self.folder);
        let cookies = self.cookies.clone();
        let reply = self.asked("GET", &target, &[("Cookie", &cookies)], "")?;
        match reply.key() {
            Some(key) if reply.status == 302 => {
                self.named += 1;
                self.count.minted += 1;
                self.held.push(Held {
                    name,
                    key,
                    written: None,
                    perhaps: Vec::new(),
                });
            }
            _ => self.unforeseen("a mint", &reply),
        }
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = self.dice(self.held.len());
        self.read(at)?;
        self.count.opened += 1;
        Some(())
    }

    /// Reads the file of a key and holds it against the ledger; its entity tag where there is one.
    fn read(&mut self, at: usize) -> Option<Option<String>> {
        let bearer = format!("Bearer {}", self.held[at].key);
        let reply = self.asked("GET", "/api/file", &[("Authorization", &bearer)], "")?;
        let held = &mut self.held[at];
        let text = reply.text();
        let good = match reply.status {
            404 => held.written.is_none(),
            200 if held.written.as_ref() == Some(&text) => true,
            200 if held.perhaps.contains(&text) => {
                held.written = Some(text);
                true
            }
            _ => false,
        };
        if !good {
            let what = format!(
                "key of {}, whose file holds {:?} or {:?}",
                held.name, held.written, held.perhaps
            );
            self.unforeseen(&what, &reply);
        }
        Some(reply.header("etag").map(str::to_owned))
    }

    fn save(&mut self) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = self.dice(self.held.len().min(FILES));
        let etag = self.read(at)?;
        let (bearer, turn) = (
            format!("Bearer {}", self.held[at].key),
            self.dice(usize::MAX),
        );
        let text = format!("client {} wrote {turn:x}\n", self.number);
        let condition = etag
            .as_deref()
            .map_or(("If-None-Match", "*"), |tag| ("If-Match", tag));
        self.held[at].perhaps.push(text.clone());
        let reply = self.asked(
            "PUT",
            "/api/file",
            &[("Authorization", &bearer), condition],
            &text,
        )?;
        let held = &mut self.held[at];
        match reply.status {
            201 | 204 => {
                held.written = Some(text);
                held.perhaps.clear();
                self.count.saved += 1;
            }
            // One that got no answer came to its end just now.
            412 if held.perhaps.len() > 1 => {
                held.perhaps.pop();
            }
            _ => self.unforeseen("a save", &reply),
        }
        Some(())
    }

    fn revoke(&mut self) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = self.dice(self.held.len());
        let held = self.held.swap_remove(at);
        let target = format!("/api/keys/{}", hash_text(&held.key));
        let bearer = format!("Bearer {}", self.shared.fleet.admin);
        let mut tried = 0;
        while self.shared.began.elapsed() < self.shared.plan.limit {
            tried += 1;
            let Some(reply) = self.asked("DELETE", &target, &[("Authorization", &bearer)], "")
            else {
                self.shared.put_off.fetch_add(1, Ordering::Relaxed);
                thread::sleep(PAUSE);
                continue;
            };
            // The proxy asks no second node for a revocation; one that got no answer may have been done.
            if reply.status == 204 || (reply.status == 404 && tried > 1) {
                self.gone.push((held.key, Instant::now()));
                self.count.revoked += 1;
            } else {
                self.unforeseen(&format!("the revocation of {}", held.name), &reply);
            }
            return Some(());
        }
        None
    }

    fn refused_everywhere(&mut self, key: &str) {
        for at in 0..self.nodes.len() {
            let bearer = format!("Bearer {key}");
            // A node that is being killed opens nothing either.
            let reply = self.nodes[at].ask("GET", "/api/key", &[("Authorization", &bearer)], "");
            if let Some(reply) = reply
                && !put_off(&reply)
                && !refused(&reply)
            {
                self.unforeseen(&format!("a revoked key at node {at}"), &reply);
            }
        }
    }

    /// Everything once more, when all is quiet: no answer is put off any more.
    fn at_the_end(&mut self) {
        for at in 0..self.held.len() {
            if self.read(at).is_none() && self.read(at).is_none() {
                self.shared
                    .wrong(format!("client {}: no answer at the end", self.number));
                return;
            }
        }
        for (key, _) in std::mem::take(&mut self.gone) {
            let bearer = format!("Bearer {key}");
            let reply = self.asked("GET", "/api/key", &[("Authorization", &bearer)], "");
            match reply {
                Some(reply) if refused(&reply) => {}
                Some(reply) => self.unforeseen("a revoked key, at the end", &reply),
                None => self.shared.wrong("no answer at the end".to_owned()),
            }
        }
    }
}

fn put_off(reply: &Reply) -> bool {
    matches!(reply.status, 502 | 503 | 504 | 507)
}

/// The key is none; who asks for such keys again and again is told to wait, whoever has a right one is not.
fn refused(reply: &Reply) -> bool {
    matches!(reply.status, 403 | 429)
}
