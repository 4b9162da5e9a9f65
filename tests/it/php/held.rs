//! Sessions of PHP that are held open: whatever becomes of their files is seen at once.

use std::fs::{self, FileTimes};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::files::{Folder, POWER, mode};

type Deed = fn(&Path, &Path);

/// What may become of a session that is held open; the second path is one beside it.
const DEEDS: [(&str, Deed); 8] = [
    ("the group may write", |at, _| mode(at, 0o620)),
    ("removed", |at, _| fs::remove_file(at).expect("removed")),
    ("moved away", |at, to| fs::rename(at, to).expect("moved")),
    ("two names", |at, to| {
        fs::hard_link(at, to).expect("linked");
    }),
    ("itself by a link", |at, to| {
        fs::rename(at, to).expect("moved");
        symlink(to, at).expect("linked");
    }),
    ("another in its place", |at, to| {
        fs::write(to, "x|i:1;").expect("written");
        fs::rename(to, at).expect("moved");
    }),
    ("written", |at, _| fs::write(at, "x|i:1;").expect("written")),
    ("too old", |at, _| {
        let then = SystemTime::now() - Duration::from_secs(1500);
        let file = fs::File::options().write(true).open(at).expect("ours");
        file.set_times(FileTimes::new().set_modified(then))
            .expect("set");
    }),
];

#[test]
fn whatever_becomes_of_a_held_session_is_seen_at_once() {
    let mut folder = Folder::new(|_| {});
    let id = |number: usize| format!("{number:0>26}");
    for number in 0..DEEDS.len() {
        folder.id = id(number);
        folder.good(POWER);
    }
    // Only what was left alone for two seconds is held.
    std::thread::sleep(Duration::from_millis(3100));
    for (number, (what, deed)) in DEEDS.into_iter().enumerate() {
        folder.id = id(number);
        for _ in 0..3 {
            assert_eq!(folder.status(), 302, "{what}, before");
        }
        let path = folder.path();
        deed(&path, &path.with_file_name(format!("beside-{number}")));
        assert_eq!(folder.status(), 403, "{what}");
    }
}
