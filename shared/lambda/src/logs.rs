//! Logs: JSON, one line a message, identifiers and outcomes only. No personal data: no names, no
//! amounts. `docs/logging.md` shows each line.

use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, info, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;
use upline_domain::ids::ForeignId;

use upline_contract::event::Event;

use crate::outcome::{Outcome, Taken};

/// Where the runtime of Lambda opens its spans.
const REQUEST_SPANS: &str = "lambda_runtime::layers=info";

/// Starts JSON logs on standard output, from a level on, or as `RUST_LOG` says. Called once, at
/// the start.
pub fn start_logs(level: LevelFilter) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| from(level));
    if json_lines(filter, std::io::stdout).try_init().is_err() {
        warn!("logs were started before");
    }
}

/// Lines from a level on. The runtime of Lambda opens a span for each request, at level `INFO`,
/// with the ids of the request and of its trace: it is in the lines of any level.
fn from(level: LevelFilter) -> EnvFilter {
    let filter = EnvFilter::default().add_directive(level.into());
    match REQUEST_SPANS.parse() {
        Ok(request) => filter.add_directive(request),
        Err(_) => filter,
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
    let correlation_id = event.correlation.as_ref().map(ForeignId::as_str);
    let causation_id = event.causation.as_ref().map(ForeignId::as_str);
    info!(
        event.id = id,
        tenant, detail_type, correlation_id, causation_id, outcome, "event {id} {outcome}"
    );
}

/// What it took until an event was done: whoever sees a new fact told as one that exists finds here
/// whether a try before had written it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// How often the queue has delivered its message; none where there is no queue.
    pub receives: Option<u32>,
    /// How many requests to the table were sent again.
    pub retries: u64,
}

/// Logs what became of one event. Of what it took, only what is more than once is in the line.
pub fn log_taken(taken: &Taken, tries: Tries) {
    let receives = tries.receives.filter(|receives| *receives > 1);
    let retries = Some(tries.retries).filter(|retries| *retries > 0);
    let id = taken.id.as_ref().map_or("-", |id| id.as_str());
    let tenant = taken.tenant.as_ref().map_or("-", |tenant| tenant.as_str());
    let detail_type = taken.detail_type.unwrap_or("-");
    let outcome = taken.outcome.word();
    // What the shop does not say is left out of the line.
    let correlation_id = taken.correlation.as_ref().map(ForeignId::as_str);
    let causation_id = taken.causation.as_ref().map(ForeignId::as_str);
    match &taken.outcome {
        Outcome::Parked { code, .. } => {
            warn!(
                event.id = id,
                tenant,
                detail_type,
                correlation_id,
                causation_id,
                outcome,
                code,
                receives,
                retries,
                "event {id} {outcome}: {code}"
            );
        }
        Outcome::Conflict { .. } | Outcome::Refused { .. } => {
            warn!(
                event.id = id,
                tenant,
                detail_type,
                correlation_id,
                causation_id,
                outcome,
                receives,
                retries,
                "event {id} {outcome}"
            );
        }
        Outcome::Created | Outcome::Exists | Outcome::Superseded { .. } | Outcome::Waiting => {
            info!(
                event.id = id,
                tenant,
                detail_type,
                correlation_id,
                causation_id,
                outcome,
                receives,
                retries,
                "event {id} {outcome}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written from a level on, inside a span as the runtime of Lambda opens it.
    fn written(level: LevelFilter) -> String {
        let written = Written::default();
        let writer = written.clone();
        let lines = json_lines(from(level), move || writer.clone());
        tracing::subscriber::with_default(lines, || {
            let span = tracing::info_span!(
                target: "lambda_runtime::layers::trace",
                "Lambda runtime invoke",
                requestId = "r-1",
                xrayTraceId = "Root=1-2"
            );
            span.in_scope(|| {
                warn!("logs were started before");
                info!("a word");
            });
        });
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn the_trace_is_in_the_lines_of_every_level() {
        for (level, lines) in [(LevelFilter::WARN, 1), (LevelFilter::INFO, 2)] {
            let written = written(level);
            assert_eq!(written.lines().count(), lines, "{level}: {written}");
            assert!(written.lines().all(|line| line.contains("Root=1-2")), "{level}: {written}");
        }
    }
}
