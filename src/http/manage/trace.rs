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
    /// As the log has it.
    pub(super) why: String,
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
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            time: When::at(Some(line.time)),
            act: words.with("trace-act", &[("act", &line.act.as_str())]),
            times: match line.count {
                1 => String::new(),
                count => words.with("trace-times", &[("count", &count)]),
            },
            by: text(line.by.as_deref()),
            from: line
                .from
                .map(|from| audit::address(&from))
                .unwrap_or_default(),
            why: text(line.why.as_deref()),
        }
    }
}
