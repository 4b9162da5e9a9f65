//! `/metrics`: what the server has done and how it stands, in numbers, for `metrics_networks` only.
//!
//! Whoever else asks is answered as at an address that is not there. Nothing is said of any key, visitor or file: each
//! label's values are words of ours, and few. What is counted is counted by one addition; all else is looked up when
//! somebody asks.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::answer::nowhere;
use super::facts;
use super::health::Standing;
use super::shared::Shared;
use crate::store::redis::LinkState;
use crate::store::{Act, Loss};

/// What the text is.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The classes of answers that are counted.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// The first digit of the first of them.
const FIRST: usize = 2;

/// How many answers were given over HTTP, by class.
#[derive(Default)]
pub(super) struct Answers([AtomicU64; CLASSES.len()]);

impl Answers {
    /// Counts an answer: one addition, which orders nothing.
    pub(super) fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).checked_sub(FIRST);
        if let Some(count) = class.and_then(|class| self.0.get(class)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn by_class(&self) -> [(&'static str, u64); CLASSES.len()] {
        let mut counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        CLASSES.map(|class| (class, counts.next().unwrap_or_default()))
    }
}

/// The numbers.
pub(super) async fn get(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || !facts::in_metrics_networks(&request, &shared) {
        return nowhere(&request, &shared);
    }
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Numbers::of(&shared).await));
    let mut numbers = String::new();
    if let Err(error) = text::encode(&mut numbers, &registry) {
        tracing::error!("metrics: {error}");
        return HttpResponse::InternalServerError().finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, OPEN_METRICS))
        .body(numbers)
}

/// All that is told, as it was at one moment.
#[derive(Debug)]
struct Numbers {
    started: i64,
    acts: Vec<(&'static str, u64)>,
    losses: [(&'static str, u64); Loss::ALL.len()],
    answers: [(&'static str, u64); CLASSES.len()],
    standing: Standing,
    sessions: Option<usize>,
    audit_trusted: bool,
    store_reachable: Option<bool>,
}

impl Numbers {
    async fn of(shared: &Shared) -> Self {
        let audit = &shared.access.audit;
        let heard = audit.heard();
        let noted = Act::ALL.into_iter().filter(|act| *act != Act::Dropped);
        let link = shared.store.as_ref().map(|member| member.link().state());
        Self {
            started: shared.started.as_second(),
            acts: noted.map(|act| (act.as_str(), heard.of(act))).collect(),
            losses: Loss::ALL.map(|loss| (loss.as_str(), heard.lost(loss))),
            answers: shared.answers.by_class(),
            standing: Standing::of(shared).await,
            sessions: shared.entry.sessions.count().await,
            audit_trusted: audit.trusted(),
            store_reachable: link.map(|link| !matches!(link, LinkState::Down(_))),
        }
    }
}

impl Collector for Numbers {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        page.build()?;
        page.started(self.started)?;
        let help =
            "What was done to keys since the start; refuse: a key or an ask for one was refused.";
        page.counters("editkey_acts", help, "act", &self.acts)?;
        let help = "Events that do not stand in the audit log for themselves.";
        page.counters("editkey_audit_dropped", help, "why", &self.losses)?;
        let help = "Answers over HTTP by class.";
        page.counters("editkey_answers", help, "code", &self.answers)?;
        let (resolvable, writable) = match &self.standing {
            Standing::Good(count) => {
                let help = "Keys there are.";
                page.number("editkey_keys", help, *count)?;
                (true, true)
            }
            Standing::ReadOnly(_) => (true, false),
            Standing::StoreAway(_) | Standing::Away(_) => (false, false),
        };
        let help = "Whether keys can be resolved: 0 where /readyz is 503.";
        page.yes("editkey_keys_resolvable", help, Some(resolvable))?;
        let help = "Whether keys can be minted and changed.";
        page.yes("editkey_keys_writable", help, Some(writable))?;
        let help = "Sessions in the sessions file; those that ended go within a minute.";
        page.number("editkey_sessions", help, self.sessions)?;
        let help = "Whether the audit log is written, or switched off.";
        page.yes("editkey_audit_trusted", help, Some(self.audit_trusted))?;
        let help = "Whether the store that nodes share answers.";
        page.yes("editkey_store_reachable", help, self.store_reachable)
    }
}

/// What is written on.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn build(&mut self) -> fmt::Result {
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let help = "The program.";
        let kind = build.metric_type();
        build.encode(
            self.0
                .encode_descriptor("editkey_build", help, None, kind)?,
        )
    }

    fn started(&mut self, second: i64) -> fmt::Result {
        let (gauge, unit) = (ConstGauge::new(second), Unit::Seconds);
        let help = "When the server started, in Unix time.";
        let (name, kind) = ("process_start_time", gauge.metric_type());
        gauge.encode(self.0.encode_descriptor(name, help, Some(&unit), kind)?)
    }

    fn counters(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        counts: &[(&'static str, u64)],
    ) -> fmt::Result {
        let kind = ConstCounter::new(0_u64).metric_type();
        let mut family = self.0.encode_descriptor(name, help, None, kind)?;
        for (value, count) in counts {
            let labels = [(label, *value)];
            ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// A number that goes up and down, where it is known.
    fn number(&mut self, name: &str, help: &str, number: Option<usize>) -> fmt::Result {
        let Some(number) = number else { return Ok(()) };
        let gauge = ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX));
        let kind = gauge.metric_type();
        gauge.encode(self.0.encode_descriptor(name, help, None, kind)?)
    }

    /// 1 or 0, where there is something to say.
    fn yes(&mut self, name: &str, help: &str, yes: Option<bool>) -> fmt::Result {
        self.number(name, help, yes.map(usize::from))
    }
}
