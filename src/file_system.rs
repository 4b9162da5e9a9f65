//! What kind of file system something lies on: whether it holds files, whether others may write to it as well, and what a
//! handle tells there.
//!
//! It must never be taken for a permission, nor promise what is not known: what cannot be told holds no files, is this
//! machine's own, and its handles tell nothing.

use std::os::fd::AsFd;
use std::path::Path;

/// A file system that other machines, or another program, may change too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// As people call it.
    pub name: &'static str,
    /// Whether a lock (`flock`) is kept where all its machines see it, unless the mount says otherwise.
    pub locks_reach: bool,
}

/// The kind of file system at `path`; nothing where it is this machine's own or cannot be told.
#[must_use]
#[cfg(target_os = "linux")]
pub fn remote_at(path: &Path) -> Option<Remote> {
    let found = rustix::fs::statfs(path).ok()?;
    // The number is of 32 bits, and signed on some machines.
    remote(u64::try_from(found.f_type).ok()? & 0xffff_ffff)
}

/// Elsewhere there is no common way to ask.
#[must_use]
#[cfg(not(target_os = "linux"))]
pub fn remote_at(_path: &Path) -> Option<Remote> {
    None
}

/// By the magic numbers of `linux/magic.h` and of file systems that come from elsewhere.
fn remote(magic: u64) -> Option<Remote> {
    let (name, locks_reach) = match magic {
        0x6969 => ("NFS", true),
        0x0bd0_0bd0 => ("Lustre", true),
        0x00c3_6400 => ("Ceph", true),
        0x0116_1970 => ("GFS2", true),
        0x7461_636f => ("OCFS2", true),
        0x4750_4653 => ("GPFS", true),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => ("SMB", false),
        0x6573_5546 => ("FUSE", false),
        0x0102_1997 => ("9P", false),
        0x5346_414f | 0x6b41_4653 => ("AFS", false),
        0x786f_4256 => ("a VirtualBox folder", false),
        _ => return None,
    };
    Some(Remote { name, locks_reach })
}

/// Whether the kernel makes the files there up as they are read: such files change what they say, act when they are
/// written, or reach into processes.
#[cfg(target_os = "linux")]
pub(crate) fn made_up(handle: impl AsFd) -> bool {
    /// The magic numbers of `linux/magic.h`: proc, sysfs, debugfs, tracefs, cgroup (both), securityfs, configfs,
    /// selinuxfs, smackfs, pstore, efivarfs, devpts, binfmt, nsfs, bpf, fusectl, mqueue, resctrl, apparmor.
    const MADE_UP: [u64; 20] = [
        0x9fa0,
        0x6265_6572,
        0x6462_6720,
        0x7472_6163,
        0x0027_e0eb,
        0x6367_7270,
        0x7363_6673,
        0x6265_6570,
        0xf97c_ff8c,
        0x4341_5d53,
        0x6165_676c,
        0xde5e_81e4,
        0x1cd1,
        0x4249_4e4d,
        0x6e73_6673,
        0xcafe_4a11,
        0x6573_5543,
        0x1980_0202,
        0x0765_5821,
        0x5a3c_69f0,
    ];
    rustix::fs::fstatfs(handle).map_or(true, |found| {
        u64::try_from(found.f_type).map_or(true, |magic| MADE_UP.contains(&magic))
    })
}

/// Elsewhere nothing of the kind is mounted by default, and there is no common way to ask.
#[cfg(not(target_os = "linux"))]
pub(crate) fn made_up(_handle: impl AsFd) -> bool {
    false
}

/// Whether the handle of a file or directory there tells when its name is taken away or given to another: these file
/// systems set the time of an inode's last change (`st_ctime`) when it is renamed, exchanged with another (`RENAME_EXCHANGE`)
/// or unlinked, as they do when its content changes. POSIX leaves that to them. Linux' ext2 to ext4, btrfs and tmpfs do it;
/// XFS and F2FS do not when two names are exchanged.
#[cfg(target_os = "linux")]
pub(crate) fn handles_tell(handle: impl AsFd) -> bool {
    const TELL: [u64; 3] = [0xef53, 0x9123_683e, 0x0102_1994];
    rustix::fs::fstatfs(handle).is_ok_and(|found| {
        u64::try_from(found.f_type).is_ok_and(|magic| TELL.contains(&(magic & 0xffff_ffff)))
    })
}

/// Elsewhere there is no common way to ask.
#[cfg(not(target_os = "linux"))]
pub(crate) fn handles_tell(_handle: impl AsFd) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_several_machines_are_told_by_their_numbers() {
        for (magic, name, locks_reach) in [
            (0x6969, "NFS", true),
            (0xff53_4d42, "SMB", false),
            (0xfe53_4d42, "SMB", false),
            (0x6573_5546, "FUSE", false),
            (0x00c3_6400, "Ceph", true),
        ] {
            assert_eq!(
                remote(magic),
                Some(Remote { name, locks_reach }),
                "{magic:x}"
            );
        }
        // ext4, XFS, btrfs, tmpfs, overlay, ZFS.
        for magic in [
            0xef53,
            0x5846_5342,
            0x9123_683e,
            0x0102_1994,
            0x794c_7630,
            0x2fc1_2fc1,
            0,
        ] {
            assert_eq!(remote(magic), None, "{magic:x}");
        }
        assert_eq!(remote_at(Path::new("/proc")), None);
        assert_eq!(remote_at(Path::new("/nowhere")), None);
    }
}
