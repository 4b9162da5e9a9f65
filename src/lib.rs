//! editkey.

pub mod grants;
pub mod mint;
pub mod names;
pub mod store;
pub mod visitor;
