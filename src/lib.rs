//! editkey: capability access keys for editing files.
//!
//! ```text
//! visitor ─▶ grants ─▶ mint ─▶ store          issue:   a grant becomes a bookmark
//! key     ─▶ store  ─▶ resolve ─▶ file        redeem:  a bookmark becomes a file
//! ```
//! The map, in the order of the flow. Arrows between modules run one way; `tests/it/layering.rs` holds the table.
//!
//! - [`names`], [`error`]: the words that all stages share, and the kinds of refusal.
//! - [`cache`]: what was worked out, remembered within bounds.
//! - [`file_system`]: what kinds of file systems promise.
//! - [`http`]: the request taken apart, the answer put together; the only module that knows actix.
//! - [`access`]: the story, and the only place that composes the stages.
//! - [`visitor`]: who asks.
//! - [`grants`]: what they may do, and the permit that proves it.
//! - [`mint`]: a permit becomes a key.
//! - [`store`]: keys, sessions and last uses at rest.
//! - [`resolve`]: a record becomes a place, reached through an open handle.
//! - [`files`]: the bytes.
//! - [`gate`]: the verdict for a reverse proxy that asks.
//! - [`settings`]: what was typed becomes what it means.
//! - [`cli`]: the commands.

pub mod access;
pub mod cache;
pub mod cli;
pub mod error;
pub mod file_system;
pub mod files;
pub mod gate;
pub mod grants;
pub mod http;
pub mod mint;
pub mod names;
pub mod resolve;
pub mod settings;
pub mod store;
pub mod visitor;
