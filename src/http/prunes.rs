//! Pruning for whoever asks over HTTP: off the threads that serve, since a million keys take a while.

use std::sync::Arc;

use actix_web::web;

use super::shared::Shared;
use crate::access::Moment;
use crate::access::prune::{Criteria, NotPruned, Preview, Pruned, Watch};
use crate::error::{Kind, Refused};

/// One moment, for all of a prune.
struct At(Moment);

impl Watch for At {
    fn now(&self) -> Moment {
        self.0
    }

    fn told(&self, _done: usize, _all: usize) -> bool {
        true
    }
}

/// Which keys are due, and why.
///
/// # Errors
/// What the stores say.
pub(super) async fn preview(
    shared: &Arc<Shared>,
    criteria: &Criteria,
    now: Moment,
) -> Result<Preview, Refused> {
    let (shared, criteria) = (Arc::clone(shared), criteria.clone());
    blocking(move || {
        let roots = || Ok(shared.access.reach());
        let prunes = shared.access.prunes();
        prunes.preview(&criteria, &roots, &At(now)).map_err(refused)
    })
    .await
}

/// Removes what is due still, noted as done by `by`. What was not as it should be is said in the log.
///
/// # Errors
/// What the stores say; nothing was removed then.
pub(super) async fn run(
    shared: &Arc<Shared>,
    preview: Preview,
    criteria: Criteria,
    by: Arc<str>,
    now: Moment,
) -> Result<Pruned, Refused> {
    let shared = Arc::clone(shared);
    let pruned = blocking(move || {
        let prunes = shared.access.prunes();
        let run = prunes.run(preview, &criteria, &by, &At(now));
        run.map_err(refused)
    });
    let pruned = pruned.await?;
    for warning in &pruned.warnings {
        tracing::warn!("{warning}");
    }
    if let Some(error) = &pruned.failed {
        tracing::error!("a prune ended early: {error}");
    }
    Ok(pruned)
}

/// `work`'s outcome, off the threads that serve.
///
/// # Errors
/// What it says.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    let lost = |error| Refused::new(Kind::Unavailable, error);
    web::block(work).await.map_err(lost)?
}

fn refused(error: NotPruned) -> Refused {
    match error {
        NotPruned::Store(error) => error.into(),
        NotPruned::Roots(_) | NotPruned::Ended => Refused::new(Kind::Unavailable, error),
    }
}
