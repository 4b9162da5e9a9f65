//! File systems without room, read-only ones, and single files that are mounts of their own.

use std::process::Command;

use super::*;

fn mount(arguments: &[&str], at: &Path) {
    let done = Command::new("mount").args(arguments).arg(at).status();
    assert!(
        done.expect("mount runs").success(),
        "these tests run as root"
    );
}

/// A mount, taken away again.
struct Mounted(PathBuf);

impl Mounted {
    fn new(arguments: &[&str], at: &Path) -> Self {
        mount(arguments, at);
        Self(at.to_owned())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn room(desk: &Desk) -> (Mounted, PathBuf) {
    let at = desk.base.join("room");
    fs::create_dir(&at).expect("made");
    let mounted = Mounted::new(&["-t", "tmpfs", "-o", "size=256k", "tmpfs"], &at);
    (mounted, at)
}

#[test]
fn without_room_the_old_bytes_stay() {
    let desk = Desk::with(HardLinks::Write);
    let (_mounted, at) = room(&desk);
    let path = at.join("f");
    let old = vec![b'o'; 60_000];
    fs::write(&path, &old).expect("written");
    let new = vec![b'n'; 300_000];
    assert!(matches!(
        desk.save(&path, &seen(&old), &new),
        Err(SaveError::Full(_))
    ));
    let made = desk.save(&at.join("new"), &Precondition::Absent, &new);
    assert!(matches!(made, Err(SaveError::Full(_))));
    assert_eq!(fs::read(&path).expect("read"), old);
    assert_eq!(names(&at), ["f"]);

    // In place, too: there is room for the copy, then not for all of the new bytes.
    fs::hard_link(&path, at.join("g")).expect("linked");
    assert!(matches!(
        desk.save(&path, &seen(&old), &new),
        Err(SaveError::Full(_))
    ));
    assert_eq!(fs::read(&path).expect("read"), old);
    // And none for the copy.
    fs::write(at.join("filler"), vec![0; 180_000]).expect("written");
    assert!(matches!(
        desk.save(&path, &seen(&old), b"new"),
        Err(SaveError::Full(_))
    ));
    assert_eq!(fs::read(&path).expect("read"), old);
    assert_eq!(names(&at), ["f", "filler", "g"]);
}

#[test]
fn a_read_only_file_system_says_so() {
    let desk = Desk::new();
    let (_mounted, at) = room(&desk);
    let path = at.join("f");
    fs::write(&path, "old").expect("written");
    mount(&["-o", "remount,ro"], &at);
    assert!(matches!(
        desk.save(&path, &seen("old"), b"new"),
        Err(SaveError::ReadOnly)
    ));
    let made = desk.save(&at.join("new"), &Precondition::Absent, b"new");
    assert!(matches!(made, Err(SaveError::ReadOnly)));
    assert_eq!(desk.content(&path).bytes, "old");
}

#[test]
fn a_file_that_cannot_be_replaced_is_written_in_place() {
    let mut desk = Desk::new();
    let recovery = tempfile::tempdir().expect("a directory");
    let path = desk.write("f", "old");
    let real = path.to_str().expect("UTF-8").to_owned();
    // A single file that is a mount, as containers have them: nothing takes its name.
    let mounted = Mounted::new(&["--bind", &real], &path);
    desk.save(&path, &seen("old"), b"beside").expect("saved");
    assert_eq!(fs::read(&path).expect("read"), b"beside");
    assert_eq!(desk.names(), ["f"]);
    drop(mounted);
    assert_eq!(
        fs::read(&path).expect("read"),
        b"beside",
        "it was the file itself"
    );

    // In a directory that takes no copy, the recovery directory does; without one, nothing is written.
    let (_mounted, at) = room(&desk);
    let inner = at.join("f");
    fs::write(&inner, "").expect("written");
    let _file = Mounted::new(&["--bind", &real], &inner);
    mount(&["-o", "remount,ro"], &at);
    let denied = desk.save(&inner, &seen("beside"), b"new");
    assert!(matches!(denied, Err(SaveError::Denied)), "{denied:?}");
    desk.saver = Saver::new(LIMIT, Some(recovery.path().to_owned()));
    desk.save(&inner, &seen("beside"), b"elsewhere")
        .expect("saved");
    assert_eq!(fs::read(&path).expect("read"), b"elsewhere");
    assert!(names(recovery.path()).is_empty());
}

#[test]
fn a_mounted_file_that_the_kernel_makes_up_is_refused() {
    let desk = Desk::new();
    let path = desk.write("f", "");
    let _mounted = Mounted::new(&["--bind", "/proc/self/status"], &path);
    let refused = desk.read_at(&path, SystemTime::now()).map(|_| ());
    assert_eq!(refused, Err(ReadError::Refused(Refusal::NotRegular)));
}
