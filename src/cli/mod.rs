//! The commands: arguments in, text and an exit code out.
//!
//! A command writes to what it is given, never to the program's own output directly, so that a test can read it.

pub mod config;
pub mod hosts;
