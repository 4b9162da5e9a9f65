//! A small file system of its own for the key folder, so that a disk can be full or read-only for real.
//!
//! Mounting needs root, here or by `sudo`; without either the test fails and says so, it is never passed over.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A mount; it is taken away when the value goes.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// A file system of `kib` KiB in memory at `folder`, owned by us, mode 0700.
    pub(crate) fn small(folder: &Path, kib: u32) -> Self {
        let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
        let options = format!(
            "size={kib}k,mode=0700,uid={},gid={}",
            user.as_raw(),
            group.as_raw()
        );
        run(&[
            "mount",
            "-t",
            "tmpfs",
            "-o",
            &options,
            "tmpfs",
            text(folder),
        ]);
        Self(folder.to_owned())
    }

    /// `folder` with what is in it, by a program of the user's (FUSE) in between.
    pub(crate) fn by_fuse(folder: &Path) -> Self {
        run(&["bindfs", text(folder), text(folder)]);
        Self(folder.to_owned())
    }

    /// Makes it read-only; nothing may have a file there open for writing.
    pub(crate) fn read_only(&self) {
        run(&["mount", "-o", "remount,ro", text(&self.0)]);
    }

    /// Makes it writable again.
    pub(crate) fn writable(&self) {
        run(&["mount", "-o", "remount,rw", text(&self.0)]);
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, since the server in it may be killed only after this.
        run(&["umount", "-l", text(&self.0)]);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn run(arguments: &[&str]) {
    let (program, rest) = arguments.split_first().expect("a program");
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new(program)
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", program]);
        sudo
    };
    let status = command.args(rest).status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{arguments:?}: {status:?}; this test mounts a small file system, as root or by sudo"
    );
}
