//! Owner, group, mode, ACL and extended attributes of a file, carried over to the one that replaces it.
//!
//! It must never succeed in part: where one of them cannot be kept, the file is not replaced.

use std::fs::File;

use rustix::fs::{
    Gid, Mode, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr, fremovexattr, fsetxattr,
};
use rustix::io::Errno;

use crate::resolve::Identity;

use super::save::SaveError;
use super::whole::look;

/// Most bytes that the names, or one value, can have on Linux.
const ATTRIBUTE_BYTES: usize = 64 * 1024;
/// The permissions among the bits of a mode, without those that lend the owner's or the group's powers to whoever
/// runs the file: new bytes must not inherit them, as they would not from any write but root's.
const PERMISSIONS: u32 = 0o1777;
const POWERS: u32 = 0o6000;
/// What the kernel itself says of the contents, and a power that it takes away at every write.
const OF_CONTENTS: [&[u8]; 3] = [b"security.ima", b"security.evm", b"security.capability"];

/// Gives `to` all that `from`, of which `wanted` is the last look, has; checked by another look.
///
/// # Errors
/// [`SaveError::Denied`] where something cannot be kept; else [`SaveError::Full`] or [`SaveError::Io`].
pub(super) fn carry(from: &File, wanted: &Identity, to: &File) -> Result<(), SaveError> {
    try_carry(from, wanted, to).map_err(|errno| match errno {
        Errno::NOSPC | Errno::DQUOT | Errno::IO => SaveError::of(errno),
        _ => SaveError::Denied,
    })
}

/// Takes the powers of set-user-id and set-group-id from a file that is about to get other bytes.
///
/// # Errors
/// As `fchmod`.
pub(super) fn disarm(file: &File, identity: &Identity) -> Result<(), Errno> {
    if identity.mode & POWERS == 0 {
        return Ok(());
    }
    fchmod(file, Mode::from_raw_mode(identity.mode & PERMISSIONS))
}

fn try_carry(from: &File, wanted: &Identity, to: &File) -> Result<(), Errno> {
    let found = look(to)?;
    if (found.uid, found.gid) != (wanted.uid, wanted.gid) {
        let (owner, group) = (Uid::from_raw(wanted.uid), Gid::from_raw(wanted.gid));
        fchown(to, Some(owner), Some(group))?;
    }
    carry_extended(from, to)?;
    // After the ACL, whose mask these bits are, and after the owner, whose change takes bits away.
    fchmod(to, Mode::from_raw_mode(wanted.mode & PERMISSIONS))?;
    let kept = look(to)?;
    let wanted_mode = wanted.mode & !POWERS;
    if (kept.uid, kept.gid, kept.mode) == (wanted.uid, wanted.gid, wanted_mode) {
        Ok(())
    } else {
        Err(Errno::PERM)
    }
}

fn carry_extended(from: &File, to: &File) -> Result<(), Errno> {
    let wanted = names(from)?;
    for name in &wanted {
        let value = value(from, name)?;
        if self::value(to, name).as_ref() != Ok(&value) {
            fsetxattr(to, name.as_slice(), &value, XattrFlags::empty())?;
        }
    }
    // What the directory gave the new file by default.
    for name in names(to)? {
        if !wanted.contains(&name) {
            fremovexattr(to, name.as_slice())?;
        }
    }
    Ok(())
}

fn names(file: &File) -> Result<Vec<Vec<u8>>, Errno> {
    let mut list = vec![0; ATTRIBUTE_BYTES];
    let length = match flistxattr(file, list.as_mut_slice()) {
        Ok(length) => length,
        Err(Errno::NOTSUP | Errno::NOSYS) => 0,
        Err(errno) => return Err(errno),
    };
    list.truncate(length);
    Ok(list
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty() && !OF_CONTENTS.contains(name))
        .map(<[u8]>::to_vec)
        .collect())
}

fn value(file: &File, name: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut value = vec![0; ATTRIBUTE_BYTES];
    let length = fgetxattr(file, name, value.as_mut_slice())?;
    value.truncate(length);
    Ok(value)
}
