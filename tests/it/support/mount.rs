//! A small file system of its own for the key folder, so that a disk can be full or read-only for real.
//!
//! Mounting needs root, here or by `sudo`; without either the test fails and says so, it is never passed over.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use super::eventually;

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

/// A folder whose files another program gives (FUSE), as a file server would, until that dies.
pub(crate) struct Served {
    program: Child,
    mount: Mount,
}

impl Served {
    /// `folder` with what is in it.
    pub(crate) fn start(folder: &Path) -> Self {
        let device = || fs::metadata(folder).expect("a folder").dev();
        let before = device();
        let bindfs = ["bindfs", "-f", text(folder), text(folder)];
        let program = command(&bindfs).spawn().expect("bindfs");
        eventually("it is mounted", Duration::from_secs(20), || {
            device() != before
        });
        Self {
            program,
            mount: Mount(folder.to_owned()),
        }
    }

    /// From now on nothing answers there; what was there is there again once the value goes.
    pub(crate) fn die(&mut self) {
        let id = self.program.id();
        // By sudo, it is another's child.
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let children = children.unwrap_or_default();
        let id = children
            .split_whitespace()
            .next()
            .map_or(id.to_string(), str::to_owned);
        run(&["kill", "-9", &id]);
        self.program.wait().expect("its end");
        let dead = fs::read_dir(&self.mount.0).expect_err("nobody answers");
        assert_eq!(dead.kind(), std::io::ErrorKind::NotConnected, "{dead}");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The program, as root.
fn command(arguments: &[&str]) -> Command {
    let (program, rest) = arguments.split_first().expect("a program");
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new(program)
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", program]);
        sudo
    };
    command.args(rest);
    command
}

fn run(arguments: &[&str]) {
    let status = command(arguments).status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{arguments:?}: {status:?}; this test mounts a small file system, as root or by sudo"
    );
}
