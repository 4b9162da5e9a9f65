//! What was made of a thing, kept with it: a session, or a file's bytes, are looked at with every request, and seldom
//! change.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What the first reader made of a thing. It goes when the thing goes, and never stands for another one.
#[derive(Default)]
pub struct Made(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Made {
    /// What `make` makes of the thing this belongs to: as it was made before, where that was the same type.
    pub fn by<T: Send + Sync + 'static>(&self, make: impl Fn() -> T) -> Arc<T> {
        let made = self.0.get_or_init(|| Arc::new(make()));
        let made = Arc::clone(made).downcast();
        made.unwrap_or_else(|_| Arc::new(make()))
    }
}

impl Clone for Made {
    /// Another thing, of which nothing was made yet.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Made")
    }
}
