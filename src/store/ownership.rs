//! Whose files these are: what editkey creates belongs to the account that runs it, also when root ran the command.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{Gid, Uid, fchown, fstat};

/// Gives a new file the owner of its folder when we are root, so that a command run by root locks nobody out.
pub(crate) fn like_folder(path: &Path, file: &File) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let owner = rustix::fs::stat(folder)?;
    give(file, owner.st_uid, owner.st_gid)
}

/// Gives a new file the owner and mode of the one it will replace.
pub(crate) fn like_file(old: &File, new: &File) -> io::Result<()> {
    let owner = fstat(old)?;
    if rustix::process::geteuid().is_root() {
        give(new, owner.st_uid, owner.st_gid)?;
    }
    rustix::fs::fchmod(new, rustix::fs::Mode::from_raw_mode(owner.st_mode & 0o600))?;
    Ok(())
}

fn give(file: &File, uid: u32, gid: u32) -> io::Result<()> {
    Ok(fchown(
        file,
        Some(Uid::from_raw(uid)),
        Some(Gid::from_raw(gid)),
    )?)
}
