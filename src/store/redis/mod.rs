//! Redis or Valkey: where keys, sessions and what goes with them stand when several nodes share them.
//!
//! [`Link`] is the one way to the server. What it answers was so at the server at that moment, or is still so as far as
//! the server has told within [`Options::stale`]; whatever is committed stands at the server, and at so many replicas as
//! the settings ask for, before the answer comes. Where the server is away it says so at once; it never guesses.

mod address;
mod attend;
mod change;
mod check;
mod forget;
mod fresh;
mod kinds;
mod lane;
mod link;
mod names;
mod near;
mod options;
mod reach;
mod script;
mod seek;
mod session;
mod shared;
mod step;
mod throttle;
mod told;
mod waits;

pub use address::{RedisPlace, StoreAddress, TlsFiles, Where};
pub use change::{Change, Outcome};
pub use link::Link;
pub(in crate::store) use names::Names;
pub use options::{LinkState, Options};
