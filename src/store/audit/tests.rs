//! What the audit log keeps, counts and drops; how it is set aside; how it is read back.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::mint::AccessKey;

fn place(folder: &Path) -> AuditFile {
    AuditFile {
        path: folder.join("audit.log"),
        address: Addresses::Truncated,
        size: 16 * 1024 * 1024,
        keep: 8,
    }
}

fn key(number: usize) -> KeyId {
    let text = format!("{number:024}");
    AccessKey::parse(&text).expect("a key").id()
}

fn start() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn after(secs: i64) -> Timestamp {
    start() + SignedDuration::from_secs(secs)
}

fn event(act: Act, number: usize, time: Timestamp) -> Event {
    Event {
        from: Some("192.0.2.77".parse().expect("an address")),
        ..Event::of(act, key(number), time)
    }
}

/// All lines, the oldest first.
fn all(place: &AuditFile) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut follower = Follower::of(place).expect("a log");
    let each = &mut |line| {
        lines.push(line);
        Ok(())
    };
    follower.more(&Wanted::default(), each).expect("read");
    lines
}

fn told(lines: &[Line], act: Act) -> u64 {
    let those = lines.iter().filter(|line| line.act == act);
    those.map(|line| line.count).sum()
}

#[test]
fn repeats_within_a_minute_are_one_line_with_a_count_and_both_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let audit = Audit::to(place.clone());
    let inner = audit.log.as_ref().expect("a log");
    for second in 0..=70 {
        audit.note(event(Act::Open, 1, after(second)));
        audit.note(event(Act::Open, 2, after(second)).because("gate"));
        audit.note(event(Act::Save, 1, after(second)));
        inner.write(Some(after(second)));
    }
    let lines = all(&place);
    let opens: Vec<&Line> = lines
        .iter()
        .filter(|line| line.act == Act::Open && line.key == Some(key(1)))
        .collect();
    let [first, repeats] = opens.as_slice() else {
        panic!("{opens:?}");
    };
    assert_eq!((first.count, first.time, first.first), (1, start(), None));
    assert_eq!(
        (repeats.count, repeats.first, repeats.time),
        (60, Some(after(1)), after(60))
    );
    assert_eq!(told(&lines, Act::Save), 71, "a change is a line of its own");
    drop(audit);
    let lines = all(&place);
    assert_eq!(
        told(&lines, Act::Open),
        142,
        "the end writes what was counted"
    );
    assert_eq!(
        lines.iter().filter(|line| line.act == Act::Save).count(),
        71
    );
}

#[test]
fn however_many_come_before_they_are_written_each_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let audit = Audit::to(place.clone());
    let inner = audit.log.as_ref().expect("a log");
    for time in [start(), after(1)] {
        for number in 0..40_000 {
            audit.note(event(Act::Open, number % 3, time));
        }
        inner.write(Some(time));
    }
    drop(audit);
    let lines = all(&place);
    let of = |number| {
        let lines = lines.iter().filter(|line| line.key == Some(key(number)));
        lines.map(|line| line.count).sum::<u64>()
    };
    assert_eq!([of(0), of(1), of(2)], [26_668, 26_666, 26_666]);
    assert_eq!(told(&lines, Act::Dropped), 0);
    assert_eq!(lines.len(), 6, "a line of the first, and one of the rest");
}

#[test]
fn a_flood_is_dropped_and_counted_and_no_change_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let audit = Audit::to(place.clone());
    let many = 100_000;
    for number in 0..many {
        audit.note(event(Act::Refuse, number, start()).because("unknown"));
        if number % 100 == 0 {
            audit.note(event(Act::Mint, number, start()));
        }
    }
    audit.finish();
    let lines = all(&place);
    assert_eq!(told(&lines, Act::Mint), many as u64 / 100);
    let refused = told(&lines, Act::Refuse);
    assert!((1_000..2_000).contains(&refused), "{refused}");
    assert_eq!(refused + told(&lines, Act::Dropped), many as u64);
    let size = fs::metadata(&place.path).expect("the log").len();
    assert!(size < 1024 * 1024, "{size}");
}

#[test]
fn what_is_dropped_of_a_flood_is_counted_each_for_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let audit = Audit::to(place.clone());
    for number in 0..5_000 {
        for _ in 0..3 {
            audit.note(event(Act::Refuse, number, start()).because("unknown"));
        }
    }
    audit.finish();
    let dropped = told(&all(&place), Act::Dropped);
    assert!(dropped > 9_000, "{dropped}");
    let lost = Loss::ALL.map(|loss| audit.heard().lost(loss));
    assert_eq!(
        (audit.heard().of(Act::Refuse), lost),
        (15_000, [dropped, 0])
    );
}

#[test]
fn several_writers_that_set_the_file_aside_lose_and_tear_nothing() {
    const EACH: usize = 1_000;
    let folder = tempfile::tempdir().expect("a folder");
    let place = AuditFile {
        size: 16 * 1024,
        keep: 100,
        ..place(folder.path())
    };
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let audit = Audit::to(place.clone());
            scope.spawn(move || {
                for number in 0..EACH {
                    audit.note(event(Act::Save, writer * EACH + number, start()));
                    if number % 7 == 0 {
                        audit.finish();
                    }
                }
            });
        }
        let reading = Follower::of(&place).expect("a log");
        scope.spawn(|| followed(reading, 4 * EACH));
    });
    let lines = all(&place);
    let keys: std::collections::HashSet<_> = lines.iter().filter_map(|line| line.key).collect();
    assert_eq!((lines.len(), keys.len()), (4 * EACH, 4 * EACH));
    let older = place.older().filter(|path| path.exists()).count();
    assert!(older > 20, "{older}");
    for path in std::iter::once(place.path.clone()).chain(place.older()) {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        assert!(text.len() as u64 <= place.size && text.ends_with('\n'));
        assert!(
            text.lines()
                .all(|line| Line::read(line.as_bytes()).is_some())
        );
        let mode = fs::metadata(&path).expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// Whoever follows sees each line once, while the file is set aside again and again.
fn followed(mut follower: Follower, count: usize) {
    let mut seen = std::collections::HashSet::new();
    let give_up = std::time::Instant::now() + Duration::from_secs(20);
    while seen.len() < count {
        assert!(std::time::Instant::now() < give_up, "{} seen", seen.len());
        let each = &mut |line: Line| {
            assert!(seen.insert(line.key), "twice: {line:?}");
            Ok(())
        };
        follower.more(&Wanted::default(), each).expect("read");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn old_files_are_bounded_also_when_fewer_are_kept_than_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let fill = |keep: u32| {
        let place = AuditFile {
            size: 1024,
            keep,
            ..place(folder.path())
        };
        let audit = Audit::to(place);
        for number in 0..200 {
            audit.note(event(Act::Save, number, start()));
            audit.finish();
        }
        fs::read_dir(folder.path()).expect("a folder").count()
    };
    // The log, its lock, and what is kept.
    assert_eq!(fill(5), 7);
    assert_eq!(fill(2), 4);
}

#[test]
fn a_line_that_somebody_died_in_is_passed_over_and_nothing_is_written_into_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let audit = Audit::to(place.clone());
    audit.note(event(Act::Save, 1, start()));
    audit.finish();
    let whole = fs::read(&place.path).expect("the log");
    for cut in 1..whole.len() {
        fs::write(&place.path, &whole[..cut]).expect("a torn log");
        audit.note(event(Act::Mint, 2, start()));
        audit.finish();
        let lines = all(&place);
        assert_eq!(told(&lines, Act::Mint), 1, "cut at {cut}");
        let trace = audit.trace(&key(2), 10).expect("a trace");
        assert_eq!(trace.lines.len(), 1, "cut at {cut}");
    }
}

#[test]
fn what_cannot_be_written_waits_and_is_written_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    fs::create_dir(&place.path).expect("something in its place");
    let audit = Audit::to(place.clone());
    audit.note(event(Act::Mint, 1, start()));
    audit.finish();
    assert!(!audit.trusted());
    for number in 0..10 {
        audit.note(event(Act::Open, number, start()));
    }
    audit.note(event(Act::Revoke, 1, after(1)));
    audit.finish();
    fs::remove_dir(&place.path).expect("out of the way");
    audit.finish();
    assert!(audit.trusted());
    let lines = all(&place);
    assert_eq!((told(&lines, Act::Mint), told(&lines, Act::Revoke)), (1, 1));
    assert_eq!(told(&lines, Act::Dropped), 10, "opens are only counted");
    let lost = Loss::ALL.map(|loss| audit.heard().lost(loss));
    assert_eq!((audit.heard().of(Act::Open), lost), (10, [10, 0]));
}

#[test]
fn memory_is_bounded_while_nothing_can_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    fs::create_dir(&place.path).expect("something in its place");
    let audit = Audit::to(place.clone());
    let many = 60_000;
    for number in 0..many {
        let by = "x".repeat(390).into();
        audit.note(Event {
            by: Some(by),
            ..event(Act::Save, number, start())
        });
    }
    audit.finish();
    fs::remove_dir(&place.path).expect("out of the way");
    audit.finish();
    let lines = all(&place);
    let saved = told(&lines, Act::Save);
    assert!(saved < many as u64, "{saved}");
    assert_eq!(saved + told(&lines, Act::Dropped), many as u64);
    let lost = audit.heard().lost(Loss::NotWritten);
    assert_eq!(
        (audit.heard().of(Act::Save), lost),
        (many as u64, many as u64 - saved)
    );
    let dropped = lines.iter().find(|line| line.act == Act::Dropped);
    assert_eq!(
        dropped.and_then(|line| line.why.as_deref()),
        Some("not written")
    );
}

#[test]
fn addresses_stand_there_as_the_settings_allow() {
    let shown = |text: &str, addresses| {
        let from: IpAddr = text.parse().expect("an address");
        line::shown(from, addresses).as_ref().map(address)
    };
    for (from, truncated, full) in [
        ("192.0.2.77", "192.0.2.0/24", "192.0.2.77"),
        ("::ffff:192.0.2.77", "192.0.2.0/24", "192.0.2.77"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48", "2001:db8:1:2:3::4"),
    ] {
        assert_eq!(
            shown(from, Addresses::Truncated).as_deref(),
            Some(truncated)
        );
        assert_eq!(shown(from, Addresses::Full).as_deref(), Some(full));
        assert_eq!(shown(from, Addresses::None), None);
    }
}

#[test]
fn a_trace_is_newest_first_and_reads_no_more_than_it_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = AuditFile {
        size: 128 * 1024,
        ..place(folder.path())
    };
    let audit = Audit::to(place.clone());
    for number in 0..5_000_u16 {
        let key = usize::from(number % 10);
        audit.note(event(Act::Save, key, after(i64::from(number))));
        if number % 50 == 0 {
            audit.finish();
        }
    }
    audit.finish();
    let trace = audit.trace(&key(3), 40).expect("a trace");
    assert_eq!((trace.lines.len(), trace.more), (40, true));
    let times: Vec<Timestamp> = trace.lines.iter().map(|line| line.time).collect();
    assert_eq!(times.first(), Some(&after(4_993)));
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]));
    let every = audit.trace(&key(3), 10_000).expect("a trace");
    assert_eq!((every.lines.len(), every.more), (500, false));
    let wanted = Wanted {
        key: Some(key(3).to_string()),
        ..Wanted::default()
    };
    let bounded = read(&place, &wanted, 10_000, 100_000).expect("a trace");
    assert!(bounded.more && (50..100).contains(&bounded.lines.len()));
    assert!(audit.trace(&key(77), 5).expect("a trace").lines.is_empty());
}

#[test]
fn what_is_said_of_an_event_comes_back_from_its_line() {
    let line = Line {
        key: Some(key(1)),
        by: Some("host/cms:\"ann\"\n".into()),
        from: line::shown(
            "192.0.2.7".parse().expect("an address"),
            Addresses::Truncated,
        ),
        why: Some("unknown".into()),
        ..Line::bare(start(), Act::Refuse)
    };
    let mut text = Vec::new();
    line.write_to(&mut text);
    assert_eq!(text.split(|byte| *byte == b'\n').count(), 2);
    assert_eq!(Line::read(text.trim_ascii_end()), Some(line));
    for act in Act::ALL {
        let mut text = Vec::new();
        Line::bare(start(), act).write_to(&mut text);
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(
            text.contains(&format!("\"act\":\"{}\"", act.as_str())),
            "{text}"
        );
    }
}

#[test]
fn nothing_is_made_before_there_is_something_to_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let audit = Audit::to(place(folder.path()));
    audit.finish();
    drop(audit);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_link_in_the_place_of_the_log_is_not_written_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "").expect("a file");
    let place = place(folder.path());
    std::os::unix::fs::symlink(&elsewhere, &place.path).expect("a link");
    let audit = Audit::to(place);
    audit.note(event(Act::Mint, 1, start()));
    audit.finish();
    assert!(!audit.trusted());
    assert_eq!(fs::metadata(&elsewhere).expect("a file").size(), 0);
}
