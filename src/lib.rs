//! editkey: capability access keys for editing files.
#![doc = ""]

pub mod files;
pub mod names;
pub mod resolve;
