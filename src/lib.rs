//! editkey.

pub mod access;
pub mod cli;
pub mod error;
pub mod files;
pub mod grants;
pub mod http;
pub mod mint;
pub mod names;
pub mod resolve;
pub mod settings;
pub mod store;
pub mod visitor;
