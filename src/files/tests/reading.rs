//! What is read: the bytes, their revision, and what is remembered of them.

use std::fs::{File, FileTimes};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

const REPLACED_READS: usize = 20_000;

fn later(secs: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(secs)
}

#[test]
fn bytes_come_as_they_are_with_their_revision() {
    let desk = Desk::new();
    for bytes in [
        &b""[..],
        b"one\r\ntwo",
        b"\xef\xbb\xbfbom\n",
        b"nul\0",
        b"\xff\xfe latin \xe9",
        &vec![b'x'; 140_000],
    ] {
        let path = desk.write("f", bytes);
        let content = desk.content(&path);
        assert_eq!(content.bytes, bytes);
        assert_eq!(content.revision, Revision::of_contents(bytes));
        assert_eq!(content.utf8, std::str::from_utf8(bytes).is_ok());
        let modified = fs::metadata(&path).and_then(|found| found.modified());
        assert_eq!(content.modified, modified.expect("a time"));
    }
}

#[test]
fn only_what_was_left_alone_is_remembered() {
    let desk = Desk::new();
    for size in [1024, 100_000, 140_000] {
        let path = desk.write("f", vec![b'a'; size]);
        let read = |now| match desk.read_at(&path, now).expect("readable") {
            Read::Whole(content) => content,
            Read::Large(_) => panic!("not so large"),
        };
        let small = size <= 100_000;
        // Read too soon: the second read is another one, and so are its bytes.
        let first = read(SystemTime::now());
        let second = read(later(3));
        assert_ne!(first.bytes.as_ptr(), second.bytes.as_ptr());
        // Read when it had settled: the same bytes, or the same revision.
        let third = read(later(3));
        assert_eq!(small, second.bytes.as_ptr() == third.bytes.as_ptr());
        assert_eq!(second.revision, third.revision);

        // Whoever sets the old time again is found out by the other time.
        let old = fs::metadata(&path)
            .and_then(|found| found.modified())
            .expect("a time");
        desk.write("f", vec![b'b'; size]);
        let file = File::options().append(true).open(&path).expect("opened");
        file.set_times(FileTimes::new().set_modified(old))
            .expect("set");
        assert_eq!(read(later(3)).bytes, vec![b'b'; size]);
        assert_eq!(
            read(later(3)).revision,
            Revision::of_contents(&vec![b'b'; size])
        );
    }
}

#[test]
fn a_remembered_file_is_refused_as_any_other() {
    let desk = Desk::new();
    let path = desk.write("f", "x");
    assert!(desk.read_at(&path, later(3)).is_ok());
    fs::hard_link(&path, desk.base.join("g")).expect("linked");
    let refused = desk.read_at(&path, later(3)).map(|_| ());
    assert_eq!(refused, Err(ReadError::Refused(Refusal::HardLinks)));
}

#[test]
fn above_the_limit_there_are_ranges_and_no_contents() {
    let desk = Desk::new();
    let bytes: Vec<u8> = (0..=LIMIT).map(|at| at.to_le_bytes()[0]).collect();
    let path = desk.write("f", &bytes);
    let Ok(Read::Large(large)) = desk.read_at(&path, SystemTime::now()) else {
        panic!("it is large");
    };
    assert_eq!(large.size, LIMIT + 1);
    assert!(large.revision.to_string().starts_with("\"s-"));
    assert_eq!(
        large.read_range(1000, 5000).expect("read"),
        bytes[1000..6000]
    );
    assert_eq!(
        large.read_range(LIMIT, 10).expect("read"),
        bytes[bytes.len() - 1..]
    );
    assert!(large.read_range(LIMIT + 5, 10).expect("read").is_empty());
    let saved = desk.save(&path, &Precondition::Match(vec![large.revision]), b"x");
    assert!(matches!(saved, Err(SaveError::TooLarge)));
    assert_eq!(fs::read(&path).expect("read"), bytes);
}

#[test]
fn a_file_that_is_replaced_without_rest_is_read_each_time() {
    let desk = Desk::new();
    let path = desk.write("f", "0");
    let (next, stop) = (desk.base.join("next"), AtomicBool::new(false));
    thread::scope(|scope| {
        let replacing = scope.spawn(|| {
            let mut times = 1_u64;
            while !stop.load(Ordering::Relaxed) {
                fs::write(&next, times.to_string()).expect("written");
                fs::rename(&next, &path).expect("renamed");
                times += 1;
            }
            times
        });
        let mut last = 0;
        let found: Vec<Result<(), ReadError>> = (0..REPLACED_READS)
            .map(|_| match desk.read_at(&path, SystemTime::now())? {
                Read::Whole(content) => {
                    let text = std::str::from_utf8(&content.bytes).expect("UTF-8");
                    let number: u64 = text.parse().expect("one whole text");
                    assert!(number >= last, "{number} after {last}");
                    last = number;
                    Ok(())
                }
                Read::Large(_) => panic!("not so large"),
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        let times = replacing.join().expect("its end");
        let refused: Vec<_> = found.iter().filter_map(|one| one.err()).collect();
        assert!(refused.is_empty(), "{refused:?} of {times} times");
        assert!(last > 0, "it was not replaced meanwhile");
    });
}
