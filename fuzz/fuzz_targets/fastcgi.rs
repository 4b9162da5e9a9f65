//! Any bytes as a web server's records: no panic, no more held than is said, and the same however they are cut.

#![no_main]

use editkey::http::{Broken, Decoder, Event, VARIABLES};
use libfuzzer_sys::fuzz_target;

/// What bytes that come in parts of this length come to.
fn events(bytes: &[u8], part: usize) -> (Vec<Event>, Option<Broken>) {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    for part in bytes.chunks(part) {
        decoder.feed(part);
        loop {
            match decoder.event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(broken) => return (events, Some(broken)),
            }
        }
        // A request's variables, one record that is not whole, and the part that came last.
        assert!(decoder.held() <= VARIABLES + 8 + 0xffff + 0xff + part.len());
    }
    (events, None)
}

fuzz_target!(|bytes: &[u8]| {
    let (all, broken) = events(bytes, bytes.len().max(1));
    let (cut, cut_broken) = events(bytes, 7);
    assert_eq!((&all, broken), (&cut, cut_broken));
    for event in &all {
        if let Event::Asked(asked) = event {
            let _ = asked.variables.as_ref().map(|all| all.header("cookie").once());
        }
    }
});
