//! What the audit log says about one key, newest first.

use actix_web::web;

use super::super::shared::Shared;
use super::super::words::Words;
use super::row::When;
use crate::mint::KeyId;
use crate::store::audit;

/// Most lines on a page.
const LINES: usize = 50;

/// One line.
pub(super) struct Line {
    pub(super) time: When,
    pub(super) act: String,
    /// How often; empty for once.
    pub(super) times: String,
    pub(super) by: String,
    pub(super) from: String,
    /// The log's word, for a person.
    pub(super) why: String,
    /// Whether that is the log's own word, which is English.
    pub(super) as_logged: bool,
}

/// The lines, and what is said where there are none.
pub(super) async fn of(shared: &Shared, id: &KeyId, words: &Words) -> (Vec<Line>, String) {
    let (log, id) = (shared.access.audit.clone(), *id);
    let read = web::block(move || log.trace(&id, LINES)).await;
    match read.map_err(std::io::Error::other).flatten() {
        Ok(trace) => {
            let lines = trace.lines.iter().map(|line| Line::of(line, words));
            (lines.collect(), words.say("trace-nothing"))
        }
        Err(error) => {
            tracing::warn!("the audit log was not read: {error}");
            (Vec::new(), words.say("trace-unreadable"))
        }
    }
}

impl Line {
    fn of(line: &audit::Line, words: &Words) -> Self {
        let logged = line.why.as_deref().unwrap_or_default();
        let why = said(logged, words);
        Self {
            time: When::at(Some(line.time)),
            act: words.with("trace-act", &[("act", &line.act.as_str())]),
            times: match line.count {
                1 => String::new(),
                count => words.with("trace-times", &[("count", &count)]),
            },
            by: line.by.as_deref().unwrap_or_default().to_owned(),
            from: line
                .from
                .map(|from| audit::address(&from))
                .unwrap_or_default(),
            as_logged: why == logged,
            why,
        }
    }
}

/// What the log says in `logged`, to a person; what no file of words has stays as it is.
fn said(logged: &str, words: &Words) -> String {
    if logged.is_empty() {
        return String::new();
    }
    // A time or an id stands at the end.
    let (phrase, what) = match logged.rsplit_once(' ') {
        Some((phrase, what)) if what.contains(|of: char| of.is_ascii_digit()) => (phrase, what),
        _ => (logged, ""),
    };
    let why = phrase.replace(' ', "-");
    words.with(
        "trace-said",
        &[("why", &why), ("what", &what), ("text", &logged)],
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::words::Languages;
    use super::*;

    fn spoken(tag: &str) -> Words {
        Languages::embedded().first_of(&[tag.parse().expect("a language")])
    }

    #[test]
    fn a_person_reads_the_words_of_the_log_in_their_own_language() {
        let id = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWo";
        let words = [
            "page, file, near, raw, gate, enter, unknown, expired, idle, outside, missing, directory, view only, other visitor, \
             lost grant, not in hand, not here, other name, refused, the key it was derived from is gone, never used, \
             its file is missing, its directory is missing, expired at 2026-11-23T10:00:00Z, minted at 2026-11-23T10:00:00Z, \
             unused for too long since 2026-11-23T10:00:00Z, last used on 2026-11-23",
            &format!("from {id}"),
        ]
        .join(", ");
        for logged in words.split(", ") {
            let german = said(logged, &spoken("de"));
            assert_ne!(german, logged);
            let what = logged.rsplit_once(' ').map_or("", |(_, what)| what);
            let kept = !what.contains('2') || german.ends_with(what);
            assert!(kept, "{logged}: {german}");
            assert_ne!(said(logged, &spoken("en")), "");
        }
        assert_eq!(
            said("last used on 2026-11-23", &spoken("en")),
            "last used on 2026-11-23"
        );
        assert_eq!(
            said(&format!("from {id}"), &spoken("de")),
            format!("von {id}")
        );
    }

    #[test]
    fn a_word_that_no_file_has_stays_as_it_is() {
        for logged in [
            "",
            "something new",
            "something at 2",
            "view-2",
            "trace-said",
        ] {
            assert_eq!(said(logged, &spoken("de")), logged);
        }
    }
}
