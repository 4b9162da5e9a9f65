//! The gate: the verdict for a reverse proxy that asks before it serves.
//!
//! ```text
//! what the proxy says ─▶ Question ─▶ (access: who, which file, which key) ─▶ Verdict ─▶ what the proxy understands
//! ```
//! Pure: it knows neither the disk nor a clock nor a server. It must never decide about another address than the one that
//! the proxy will serve: a spelling that could be read in two ways is refused, never repaired.

mod answer;
mod behind;
mod dialect;
mod forwarded;
mod original;
mod path;
mod sign_in;
mod table;
mod target;
mod verdict;

pub use answer::{Answer, Ways};
pub use dialect::{Dialect, Question, Request, Unfit, Waits};
pub use path::{NotPlain, UrlPath};
pub use sign_in::ReturnHosts;
pub use table::{Beside, Decides, Entry, NotPrefix, Prefix, Table, Twice, Wanted};
pub use target::{NotTarget, Target};
pub use verdict::{Identity, Verdict, requirement};
