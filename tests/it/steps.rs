//! A story in a real browser and what happens beside it, step by step: each waits until the other has come so far.
//! It must never let a step pass by the clock.

use std::fs;
use std::path::PathBuf;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::never_lost::{PATIENCE, TYPED};
use crate::story::browser;
use crate::support::{TestApp, Tree, eventually};

/// Where a story and its test tell each other how far they are.
pub(crate) struct Steps(PathBuf);

impl Steps {
    pub(crate) fn of(tree: &Tree) -> Self {
        Self(tree.path.join("log/step"))
    }

    fn name(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }

    fn file(&self, step: &str) -> PathBuf {
        PathBuf::from(format!("{}.{step}", self.name()))
    }

    /// Waits until the story has come so far.
    pub(crate) fn wait(&self, step: &str) {
        let file = self.file(step);
        eventually(step, PATIENCE, || file.exists());
    }

    /// Does what belongs there, and lets the story go on.
    pub(crate) fn at(&self, step: &str, deed: impl FnOnce()) {
        self.wait(step);
        deed();
        fs::write(self.file(&format!("{step}.done")), "").expect("a file");
    }
}

/// The story, while `meanwhile` happens beside it.
pub(crate) fn beside<T: Send>(
    story: &str,
    url: &str,
    steps: &Steps,
    meanwhile: impl FnOnce() -> T + Send,
) -> (Value, T) {
    beside_as(story, "", url, steps, meanwhile)
}

/// The same of a story that has several ways.
pub(crate) fn beside_as<T: Send>(
    story: &str,
    way: &str,
    url: &str,
    steps: &Steps,
    meanwhile: impl FnOnce() -> T + Send,
) -> (Value, T) {
    let more = ["--type", TYPED, "--choice", way, "--ready", steps.name()];
    thread::scope(|scope| {
        let done = scope.spawn(meanwhile);
        let told = browser(story, url, &more);
        (told, done.join().expect("it happened"))
    })
}

/// The server stands still from now on: each of its threads does, which takes a moment on a busy machine.
pub(crate) fn stop(app: &TestApp) {
    signal(app, Signal::STOP);
    let threads = format!("/proc/{}/task", app.id());
    eventually("the server stands still", PATIENCE, || {
        let threads = fs::read_dir(&threads).expect("its threads");
        threads.flatten().all(|thread| {
            let told = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            let state = told.rsplit_once(") ").map(|(_, state)| state);
            state.is_some_and(|state| state.starts_with('T'))
        })
    });
}

/// It goes on.
pub(crate) fn go_on(app: &TestApp) {
    signal(app, Signal::CONT);
}

fn signal(app: &TestApp, signal: Signal) {
    let id = i32::try_from(app.id()).expect("a process id");
    let process = Pid::from_raw(id).expect("a process");
    kill_process(process, signal).expect("the signal");
}
