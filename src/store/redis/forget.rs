//! What is remembered of the server's answers is forgotten where a change concerns it, whatever becomes of the change.

use redis::Arg;

use super::change::Change;
use super::names::Names;
use super::shared::Shared;

/// Forgets what a change concerns when it is dropped.
pub(super) struct Forget<'a> {
    shared: &'a Shared,
    names: &'a Names,
    change: Change,
}

impl<'a> Forget<'a> {
    pub(super) fn after(shared: &'a Shared, names: &'a Names, change: Change) -> Self {
        Self {
            shared,
            names,
            change,
        }
    }
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        let near = &self.shared.near;
        for (key, _) in &self.change.compare {
            near.forget(key);
        }
        for command in self.change.writing() {
            for word in command.args_iter() {
                if let Arg::Simple(word) = word
                    && self.names.are_ours(word)
                {
                    near.forget(word);
                }
            }
        }
    }
}
