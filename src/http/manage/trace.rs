//! What the audit log says about one key, newest first.

use actix_web::web;

use super::super::shared::Shared;
use super::row::When;
use crate::mint::KeyId;
use crate::store::audit;

/// Most lines on a page.
const LINES: usize = 50;
const NOTHING: &str = "The audit log says nothing of it, or there is none (setting audit.file).";
/// Where everybody shares the key.
pub(super) const NOT_THEIRS: &str = "Only an administrator sees who used it.";
const UNREADABLE: &str = "The audit log cannot be read now.";

/// One line.
pub(super) struct Line {
    pub(super) time: When,
    pub(super) act: &'static str,
    /// How often; empty for once.
    pub(super) times: String,
    pub(super) by: String,
    pub(super) from: String,
    pub(super) why: String,
}

/// The lines, and what is said where there are none.
pub(super) async fn of(shared: &Shared, id: &KeyId) -> (Vec<Line>, &'static str) {
    let (log, id) = (shared.access.audit.clone(), *id);
    let read = web::block(move || log.trace(&id, LINES)).await;
    match read.map_err(std::io::Error::other).flatten() {
        Ok(trace) => (trace.lines.iter().map(Line::of).collect(), NOTHING),
        Err(error) => {
            tracing::warn!("the audit log was not read: {error}");
            (Vec::new(), UNREADABLE)
        }
    }
}

impl Line {
    fn of(line: &audit::Line) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            time: When::at(Some(line.time)),
            act: line.act.as_str(),
            times: match line.count {
                1 => String::new(),
                count => format!("{count} times"),
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
