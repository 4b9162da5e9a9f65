//! File systems that hold no files: what they show is made by the kernel as it is read.
//!
//! What cannot be told must never be taken for a file system that does.

use std::os::fd::AsFd;

/// Whether the kernel makes the files there up as they are read: such files change what they say, act when they are
/// written, or reach into processes.
#[cfg(target_os = "linux")]
pub(super) fn made_up(handle: impl AsFd) -> bool {
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
pub(super) fn made_up(_handle: impl AsFd) -> bool {
    false
}
