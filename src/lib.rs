//! editkey: capability access keys for editing files.
#![doc = ""]

pub mod cli;
pub mod names;
pub mod settings;
