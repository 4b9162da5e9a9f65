//! Stage 5: keys at rest, and with them sessions and last uses.
//!
//! Whatever is handed out stands on the disk first. Nothing here knows what a file below a root holds.

mod error;
mod keys;
mod log;
pub mod ownership;

pub use error::StoreError;
pub use keys::{Ask, Found, KeyTable, Keys, Minted, NAMELESS_KEYS};
pub use log::{Look, Problem};
