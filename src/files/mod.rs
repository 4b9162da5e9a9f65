//! Stage 7, the bytes: reading them with their revision, and putting new ones in their place.
//!
//! It must never open a path: every file is reached through a [`crate::resolve::SafePath`] or its directory's handle.
//! It must never leave a file half written where a whole one stood, nor replace bytes its caller has not seen.

mod attributes;
pub mod editor_config;
mod in_place;
mod leftovers;
mod lock;
mod read;
mod revision;
mod save;
mod temporary;
mod whole;

pub use leftovers::is_temporary;
pub use read::{Content, Large, Read, ReadError, Reader};
pub use revision::Revision;
pub use save::{Precondition, SaveError, Saver};

#[cfg(test)]
mod tests;
