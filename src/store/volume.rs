//! What kind of file system something lies on: this machine's own, or one that others may write to as well.
//!
//! It must never be taken for a permission: what cannot be told is taken for the machine's own, and only warned of less.

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
