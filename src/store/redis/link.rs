//! The way to the server.

use std::sync::Arc;
use std::time::Duration;

use redis::{FromRedisValue, Pipeline};

use super::address::StoreAddress;
use super::change::{Change, Outcome};
use super::names::Names;
use crate::store::StoreError;

/// How the link works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What all our keys at the server begin with, in braces.
    pub prefix: String,
    /// Longest that what was read counts without a sign from the server; also the longest that a revocation takes.
    pub stale: Duration,
    /// Longest wait for an answer.
    pub within: Duration,
    /// Most bytes that are remembered of what was read.
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

/// The way to the server. Cheap to clone; may be asked from any thread, in a runtime or not.
#[derive(Clone)]
pub struct Link {
    names: Names,
}

impl Link {
    /// The way to the server at `address`. Nothing is asked yet.
    #[must_use]
    pub fn to(_address: StoreAddress, options: &Options) -> Self {
        Self {
            names: Names::below(&options.prefix),
        }
    }

    /// What our keys are called.
    pub(in crate::store) fn names(&self) -> &Names {
        &self.names
    }

    /// The answers to these commands, which only read. They are sent together.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn ask<R: FromRedisValue + Send + 'static>(
        &self,
        _commands: Pipeline,
    ) -> Result<R, StoreError> {
        Err(StoreError::Away("not built yet".into()))
    }

    /// Does `change` in one step; it stands where it is to stand when this returns.
    ///
    /// # Errors
    /// [`StoreError::Away`], after which it may stand or not; [`StoreError::Full`].
    pub async fn commit(&self, _change: Change) -> Result<Outcome, StoreError> {
        Err(StoreError::Away("not built yet".into()))
    }

    /// What is remembered of the string at `key`, which [`read`](Self::read) read as a `V`: what stands at the server at
    /// this moment, as far as it told within [`Options::stale`]. Never waits.
    #[must_use]
    pub fn remembered<V: Send + Sync + 'static>(&self, _key: &[u8]) -> Option<Arc<V>> {
        None
    }

    /// What `parse` makes of the string at `key`, with the bytes that it takes in memory; it is remembered until the server
    /// says that it changed. What is not there, or not understood, is not remembered.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn read<V: Send + Sync + 'static>(
        &self,
        _key: &[u8],
        _parse: impl FnOnce(Vec<u8>) -> Option<(V, usize)> + Send + 'static,
    ) -> Result<Option<Arc<V>>, StoreError> {
        Err(StoreError::Away("not built yet".into()))
    }

    /// What the server is not set up to keep, each in a sentence for whoever runs it.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        Err(StoreError::Away("not built yet".into()))
    }

    /// How the link stands.
    #[must_use]
    pub fn state(&self) -> LinkState {
        LinkState::Down("not built yet".into())
    }
}
