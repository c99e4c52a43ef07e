//! Logs: JSON, one line a message, identifiers and outcomes only. No personal data: no names, no
//! amounts. `docs/logging.md` shows each line.

use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, info, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use upline_contract::event::Event;

use crate::outcome::{Outcome, Taken};

/// Starts JSON logs on standard output, from a level on, or as `RUST_LOG` says. Called once, at
/// the start.
pub fn start_logs(level: LevelFilter) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::default().add_directive(level.into()));
    if json_lines(filter, std::io::stdout).try_init().is_err() {
        warn!("logs were started before");
    }
}

/// Lines of JSON: what passes the filter goes to the writer.
pub fn json_lines<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt().json().with_target(false);
    lines.with_env_filter(filter).with_writer(writer).finish()
}

/// Logs that an event is on its way to its act.
pub fn log_accepted(event: &Event) {
    let (id, tenant) = (event.id.as_str(), event.tenant.as_str());
    let (detail_type, outcome) = (event.fact.detail_type(), "accepted");
    info!(event.id = id, tenant, detail_type, outcome, "event {id} {outcome}");
}

/// Logs what became of one event.
pub fn log_taken(taken: &Taken) {
    let id = taken.id.as_ref().map_or("-", |id| id.as_str());
    let tenant = taken.tenant.as_ref().map_or("-", |tenant| tenant.as_str());
    let detail_type = taken.detail_type.unwrap_or("-");
    let outcome = taken.outcome.word();
    match &taken.outcome {
        Outcome::Parked { code, .. } => {
            warn!(
                event.id = id,
                tenant, detail_type, outcome, code, "event {id} {outcome}: {code}"
            );
        }
        Outcome::Conflict { .. } | Outcome::Refused { .. } => {
            warn!(event.id = id, tenant, detail_type, outcome, "event {id} {outcome}");
        }
        Outcome::Created | Outcome::Exists | Outcome::Superseded { .. } | Outcome::Waiting => {
            info!(event.id = id, tenant, detail_type, outcome, "event {id} {outcome}");
        }
    }
}
