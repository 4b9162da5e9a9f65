//! A process that is stopped in the middle of what it does.

/// A process that is stopped, and goes on when the value goes.
pub(crate) struct Paused(rustix::process::Pid);

impl Paused {
    pub(super) fn new(id: u32) -> Self {
        let id = i32::try_from(id)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let id = id.expect("its id");
        rustix::process::kill_process(id, rustix::process::Signal::STOP).expect("stopped");
        Self(id)
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.0, rustix::process::Signal::CONT);
    }
}
