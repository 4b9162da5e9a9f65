//! The directories above an open one, as the disk has them now, whatever the path once said.
//!
//! It must never go by spellings: each parent is found by `..` from an open handle and known by device and inode.

use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, statat};

use super::identity::Node;
use super::{Protected, Refusal};

/// Walks from `node`, whose handle is `from`, that many directories up; none is editkey's own. Returns the last.
///
/// # Errors
/// [`Refusal::Protected`]; [`Refusal::Outside`] where there is no way up.
pub(super) fn climb(
    from: BorrowedFd<'_>,
    node: Node,
    levels: usize,
    protected: &Protected,
) -> Result<Node, Refusal> {
    let mut up = String::with_capacity(levels * 3);
    let mut last = node;
    for _ in 0..levels {
        up.push_str("../");
        let stat = statat(from, up.as_str(), AtFlags::empty()).map_err(Refusal::of_directory)?;
        last = Node::of(&stat);
        if protected.is_directory(last) {
            return Err(Refusal::Protected);
        }
    }
    Ok(last)
}

/// How many directories a clean path has below the one it starts from.
pub(super) fn depth(below: &str) -> usize {
    below
        .split('/')
        .filter(|component| !component.is_empty())
        .count()
}
