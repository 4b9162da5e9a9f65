//! What is saved: atomically, with owner, mode and attributes kept, and never over a change.

use std::fs::{FileTimes, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::process::Command;
use std::sync::Barrier;
use std::time::Duration;

use super::*;

fn run(program: &str, arguments: &[&str], path: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(path).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn only_the_revision_that_was_seen_is_replaced() {
    let desk = Desk::new();
    let path = desk.write("f", "old");
    let other = desk.save(&path, &seen("other"), b"new");
    assert!(matches!(other, Err(SaveError::Changed)));
    assert!(matches!(
        desk.save(&path, &Precondition::Match(vec![]), b"new"),
        Err(SaveError::Changed)
    ));
    assert!(matches!(
        desk.save(&path, &Precondition::Absent, b"new"),
        Err(SaveError::Changed)
    ));
    assert_eq!(fs::read(&path).expect("read"), b"old");

    let before = fs::metadata(&path).expect("there").ino();
    let revision = desk
        .save(&path, &seen("old"), b"new\0\xff\r\n")
        .expect("saved");
    assert_eq!(fs::read(&path).expect("read"), b"new\0\xff\r\n");
    assert_eq!(desk.content(&path).revision, revision);
    assert_ne!(
        fs::metadata(&path).expect("there").ino(),
        before,
        "replaced, not overwritten"
    );
    assert!(
        desk.save(&path, &Precondition::Match(vec![revision]), b"")
            .is_ok()
    );
    assert_eq!(fs::read(&path).expect("read"), b"");

    fs::remove_file(&path).expect("removed");
    assert!(matches!(
        desk.save(&path, &seen(""), b"new"),
        Err(SaveError::Gone)
    ));
    let too_large = desk.save(&path, &Precondition::Absent, &vec![0; 1 << 21]);
    assert!(matches!(too_large, Err(SaveError::TooLarge)));
    assert!(desk.names().is_empty(), "nothing is left over");
}

#[test]
fn a_new_file_is_made_as_the_directory_says() {
    let desk = Desk::new();
    let shared = desk.base.join("shared");
    fs::create_dir(&shared).expect("made");
    chown(&shared, None, Some(4242)).expect("given");
    fs::set_permissions(&shared, Permissions::from_mode(0o2775)).expect("set");
    let plain = desk.write("plain", "");
    let path = shared.join("new");
    desk.save(&path, &Precondition::Absent, b"new")
        .expect("saved");
    let made = fs::metadata(&path).expect("there");
    assert_eq!(fs::read(&path).expect("read"), b"new");
    assert_eq!(made.gid(), 4242);
    assert_eq!(made.mode(), fs::metadata(plain).expect("there").mode());
    assert_eq!(names(&shared), ["new"]);
    let again = desk.save(&path, &Precondition::Absent, b"again");
    assert!(matches!(again, Err(SaveError::Changed)));
    let outside = desk.save(&desk.base.join("no/new"), &Precondition::Absent, b"");
    assert!(matches!(outside, Err(SaveError::Refused(Refusal::Outside))));

    symlink("nothing", shared.join("dangling")).expect("linked");
    let through = desk.save(&shared.join("dangling"), &Precondition::Absent, b"");
    assert!(matches!(through, Err(SaveError::Refused(Refusal::Link))));
    assert_eq!(names(&shared), ["dangling", "new"]);

    run("setfacl", &["-d", "-m", "u:4243:rwx"], &shared);
    let listed = shared.join("listed");
    desk.save(&listed, &Precondition::Absent, b"")
        .expect("saved");
    assert!(run("getfacl", &["-cnp"], &listed).contains("user:4243:rwx"));
}

#[test]
fn owner_mode_acl_and_attributes_stay() {
    let desk = Desk::new();
    // What the directory gives to new files must not come in with the replacement.
    run("setfacl", &["-d", "-m", "u:4244:rwx"], &desk.base);
    for (name, acl) in [("plain", None), ("listed", Some("u:4243:rw,g:4245:r"))] {
        let path = desk.write(name, "old");
        run("setfacl", &["-b"], &path);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("set");
        chown(&path, Some(4242), Some(4243)).expect("given");
        if let Some(acl) = acl {
            run("setfacl", &["-m", acl], &path);
        }
        run("setfattr", &["-n", "user.note", "-v", "kept"], &path);
        let look = || {
            (
                run("getfacl", &["-np"], &path),
                run("getfattr", &["-d"], &path),
            )
        };
        let before = look();
        let inode = fs::metadata(&path).expect("there").ino();
        desk.save(&path, &seen("old"), b"new").expect("saved");
        assert_eq!(look(), before);
        assert!(before.1.contains("kept"));
        assert_eq!(fs::read(&path).expect("read"), b"new");
        assert_ne!(fs::metadata(&path).expect("there").ino(), inode);
    }
    assert_eq!(desk.names(), ["listed", "plain"]);
}

#[test]
fn new_bytes_do_not_inherit_the_power_to_run_as_the_owner() {
    for hard_links in [HardLinks::Refuse, HardLinks::Write] {
        let desk = Desk::with(hard_links);
        let path = desk.write("f", "old");
        if hard_links == HardLinks::Write {
            fs::hard_link(&path, desk.base.join("g")).expect("linked");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o6755)).expect("set");
        desk.save(&path, &seen("old"), b"new").expect("saved");
        let mode = fs::metadata(&path).expect("there").mode();
        assert_eq!(mode & 0o7777, 0o755);
    }
}

#[test]
fn a_file_of_several_names_keeps_them() {
    let desk = Desk::with(HardLinks::Write);
    let path = desk.write("f", "a longer old text");
    let other = desk.base.join("g");
    fs::hard_link(&path, &other).expect("linked");
    desk.save(&path, &seen("a longer old text"), b"new")
        .expect("saved");
    assert_eq!(fs::read(&other).expect("read"), b"new");
    assert_eq!(desk.names(), ["f", "g"], "the copy is gone");
    let late = desk.save(&other, &seen("a longer old text"), b"late");
    assert!(matches!(late, Err(SaveError::Changed)));

    let careful = Desk::new();
    let path = careful.write("f", "old");
    fs::hard_link(&path, careful.base.join("g")).expect("linked");
    let refused = careful.save(&path, &seen("old"), b"new");
    assert!(matches!(
        refused,
        Err(SaveError::Refused(Refusal::HardLinks))
    ));
}

#[test]
fn of_saves_at_once_one_wins() {
    for hard_links in [HardLinks::Refuse, HardLinks::Write] {
        let desk = Desk::with(hard_links);
        let path = desk.write("f", "0");
        if hard_links == HardLinks::Write {
            fs::hard_link(&path, desk.base.join("g")).expect("linked");
        }
        let new = desk.base.join("new");
        for round in 0..20 {
            let barrier = Barrier::new(4);
            let race = |path: &Path, precondition: &Precondition| {
                let won = std::thread::scope(|scope| {
                    let savers: Vec<_> = (0..4)
                        .map(|saver| {
                            let (desk, barrier) = (&desk, &barrier);
                            scope.spawn(move || {
                                barrier.wait();
                                let bytes = format!("{round}/{saver}");
                                match desk.save(path, precondition, bytes.as_bytes()) {
                                    Ok(_) => Some(bytes),
                                    Err(SaveError::Changed) => None,
                                    Err(error) => panic!("{error}"),
                                }
                            })
                        })
                        .collect();
                    savers
                        .into_iter()
                        .filter_map(|saver| saver.join().expect("no panic"))
                        .collect::<Vec<_>>()
                });
                assert_eq!(won.len(), 1, "{won:?}");
                assert_eq!(fs::read_to_string(path).expect("read"), won[0]);
            };
            let old = fs::read(&path).expect("read");
            race(&path, &seen(old));
            race(&new, &Precondition::Absent);
            fs::remove_file(&new).expect("removed");
        }
    }
}

#[test]
fn a_file_that_is_locked_elsewhere_is_busy() {
    let desk = Desk::new();
    let path = desk.write("f", "old");
    let file = fs::File::open(&path).expect("opened");
    fs2::FileExt::lock_exclusive(&file).expect("locked");
    assert!(matches!(
        desk.save(&path, &seen("old"), b"new"),
        Err(SaveError::Busy)
    ));
    drop(file);
    assert!(desk.save(&path, &seen("old"), b"new").is_ok());
}

#[test]
fn what_killed_saves_left_goes_after_an_hour() {
    let desk = Desk::new();
    let path = desk.write("f", "old");
    let old = [
        ".editkey-0123456789abcdef.tmp",
        ".editkey-0123456789abcdef.copy",
        ".editkey-x.tmp",
    ];
    let hours_ago = SystemTime::now() - Duration::from_secs(7200);
    for name in old {
        desk.write(name, "");
        let file = fs::File::options()
            .write(true)
            .open(desk.base.join(name))
            .expect("opened");
        file.set_times(FileTimes::new().set_modified(hours_ago))
            .expect("set");
    }
    desk.write(".editkey-_-23456789abcdef.tmp", "");
    desk.save(&path, &seen("old"), b"new").expect("saved");
    assert_eq!(
        desk.names(),
        [
            ".editkey-0123456789abcdef.copy",
            ".editkey-_-23456789abcdef.tmp",
            ".editkey-x.tmp",
            "f"
        ]
    );
}
