//! editkey.

pub mod files;
pub mod grants;
pub mod mint;
pub mod names;
pub mod resolve;
pub mod store;
pub mod visitor;
