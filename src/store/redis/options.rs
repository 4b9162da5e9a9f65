//! How the link works, and how it stands.

use std::sync::Arc;
use std::time::Duration;

/// How the link works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What all our keys at the server begin with, in braces.
    pub prefix: String,
    /// Longest that what was read counts without a sign from the server; also the longest that a revocation takes.
    pub stale: Duration,
    /// Longest wait for an answer.
    pub within: Duration,
    /// Bytes that a node may take: what it remembers of what was read is so much less that the whole of it stays below.
    pub cache: u64,
    /// So many replicas must have a change before it is acknowledged.
    pub replicas: u32,
}

/// How the link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// The server answers and takes writes.
    Up,
    /// It answers, but takes no writes; why.
    ReadOnly(Arc<str>),
    /// It does not answer; why.
    Down(Arc<str>),
}
