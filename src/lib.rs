//! editkey: capability access keys for editing files.
#![doc = ""]

pub mod names;
