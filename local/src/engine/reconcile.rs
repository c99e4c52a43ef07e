//! Reconciliation on one machine: a shop's list is put here over HTTP, and a run goes part by part
//! until it is done.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::StreamExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use reconcile::{Begun, Fed, List, ReconcileFailed, Site, SiteFailed, run_here, today};
use serve_api::{Answer, Asked, Caller, PathId, Problem, Role};
use tempfile::{NamedTempFile, TempDir};
use upline_contract::answer::{JobRun, ListPut};
use upline_contract::job::{AskedDay, Job};
use upline_contract::orders_list::{ListError, OrdersList};
use upline_contract::published::{Outgoing, Told};
use upline_contract::reconciliation::{KindCount, kind_counts};
use upline_domain::ids::TenantId;
use upline_lambda::{Keep, arrive};
use upline_store::{AuditEntry, Facts};

use crate::cli::Data;
use crate::engine::{Engine, EngineError};

/// The longest list that is kept: ten million orders and more.
const LIST_BYTES_MAX: u64 = 8_000_000_000;

/// Where the lists of shops are kept: beside the data, or with data in memory in a folder that goes
/// with them.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    folder: PathBuf,
    _goes: Option<Arc<TempDir>>,
}

impl Lists {
    /// The folder of some data.
    ///
    /// # Errors
    ///
    /// * [`EngineError::Data`] where there is no room for it.
    pub(crate) fn beside(data: &Data) -> Result<Self, EngineError> {
        if let Some(folder) = data.beside("lists") {
            return Ok(Self { folder, _goes: None });
        }
        let made = TempDir::with_prefix("upline-lists-");
        let made = made.map_err(|error| EngineError::Data(std::env::temp_dir(), error))?;
        Ok(Self { folder: made.path().to_owned(), _goes: Some(Arc::new(made)) })
    }

    /// An id has characters that a file's name must not have; none of them is in base64.
    fn of(&self, tenant: &TenantId, day: Date) -> PathBuf {
        let tenant = BASE64_URL_SAFE_NO_PAD.encode(tenant.as_str());
        self.folder.join(tenant).join(day.to_string())
    }
}

/// `PUT /v1/lists/{day}`: the shop's list of a day, in place of one that it gave before. It is read
/// when the day is reconciled.
pub(crate) async fn put_list(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    day: PathId,
    asked: Asked,
    body: Body,
) -> Answer<ListPut> {
    caller.may(&[Role::Ops, Role::Shop])?;
    let asked = asked.only(&["tenant"])?;
    if asked.text("tenant").is_some_and(|named| named != caller.tenant.as_str()) {
        return Err(Problem::other_tenant());
    }
    let date = day.day()?;
    if date > today(&engine.store, &engine, &caller.tenant).await.map_err(told)? {
        return Err(ahead());
    }
    let path = engine.lists.of(&caller.tenant, date);
    let bytes = keep(&path, body).await?;
    let given = AuditEntry {
        signed: caller.sign((engine.clock)(), None),
        action: "list.put".to_owned(),
        about: date.to_string(),
        before: Facts::new(),
        after: [("bytes".to_owned(), bytes.to_string())].into(),
    };
    engine.store.audited(&caller.tenant, &given).await?;
    Ok(Json(ListPut { day: date.to_string(), bytes }))
}

fn told(failed: ReconcileFailed) -> Problem {
    match failed {
        ReconcileFailed::Store(failed) => Problem::from(failed),
        ReconcileFailed::Site(failed) => Problem::broken(&failed),
    }
}

fn ahead() -> Problem {
    Problem::bad_request("date: that day has not begun yet; write an earlier one")
}

/// Keeps a body as a file, whole or not at all.
async fn keep(path: &Path, body: Body) -> Result<u64, Problem> {
    let broken = |error: std::io::Error| Problem::broken(&error);
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(broken)?;
    let mut file = NamedTempFile::new_in(folder).map_err(broken)?;
    let (mut parts, mut bytes) = (body.into_data_stream(), 0_u64);
    while let Some(part) = parts.next().await {
        let cut = |_| Problem::bad_request("the list ends before its length; send it whole");
        let part = part.map_err(cut)?;
        bytes = bytes.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
        if bytes > LIST_BYTES_MAX {
            let detail = format!("a list has at most {LIST_BYTES_MAX} bytes; compress it by gzip");
            return Err(Problem::too_large(detail));
        }
        file.write_all(&part).map_err(broken)?;
    }
    if bytes == 0 {
        return Err(Problem::bad_request(
            "the list is empty: a day without orders is a list of a blank line; \
             with no list at all it is not asked whether everything is here",
        ));
    }
    let kept = file.reopen().map_err(broken)?;
    let read = tokio::task::spawn_blocking(move || read_through(kept)).await;
    read.map_err(|failed| Problem::broken(&failed))?.map_err(|wrong| {
        Problem::bad_request(format!("{}; nothing of it is kept", wrong.told()))
    })?;
    file.persist(path).map_err(|failed| broken(failed.error))?;
    Ok(bytes)
}

/// Reads a list to its end, whatever its rows say: one that breaks off, or is none, does not take
/// the place of one that is whole.
fn read_through(file: File) -> Result<(), ListError> {
    OrdersList::open(Box::new(BufReader::new(file)))?.try_for_each(|row| row.map(drop))
}

impl Site for Engine {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn list(&self, tenant: &TenantId, day: Date) -> Result<Option<List>, SiteFailed> {
        match File::open(self.lists.of(tenant, day)) {
            Ok(file) => {
                let reader = Box::new(BufReader::with_capacity(1 << 16, file));
                Ok(Some(List { name: day.to_string(), reader: Ok(reader) }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SiteFailed(format!("the list of {day} cannot be read: {error}"))),
        }
    }

    async fn feed(&self, tenant: &TenantId, event: &str) -> Result<Fed, SiteFailed> {
        let arrived = arrive((self.clock)(), Some(tenant), event);
        let results = self.take_each(vec![arrived], Keep::Listed).await;
        let none = || SiteFailed("the event was not taken".to_owned());
        let result = results.into_iter().next().ok_or_else(none)?;
        if result.outcome == "retry" {
            return Err(SiteFailed(result.reason.unwrap_or_default()));
        }
        Ok(Fed::Taken { outcome: result.outcome, reason: result.reason })
    }

    async fn posted(&self) {
        self.poster.caught_up().await;
    }

    // Nobody listens on one machine: there is no bus.
    async fn tell(&self, _: &Outgoing<Told>) -> Result<(), SiteFailed> {
        Ok(())
    }
}

impl Engine {
    /// Reconciles a day, from its first part to its last.
    pub(crate) async fn reconcile(&self, asked: &AskedDay) -> Result<JobRun, Problem> {
        let ran = run_here(&self.store, self, asked).await;
        let (begun, counts) = ran.map_err(told)?;
        let Begun::Run { date, run, .. } = begun else {
            return Err(ahead());
        };
        let kinds = kind_counts(|name| counts.get(name).copied().unwrap_or_default());
        let all = |of: fn(&KindCount) -> u64| kinds.iter().map(of).fold(0, u64::saturating_add);
        let (repaired, left) = (all(|kind| kind.repaired), all(KindCount::left));
        let done = self.store.run(&asked.tenant, date, run).await?;
        let shown = |name: &str| !name.contains('#') || name.starts_with("found#");
        let mut counts: BTreeMap<String, u64> = counts
            .into_iter()
            .filter(|(name, _)| shown(name))
            .map(|(name, count)| (name.trim_start_matches("found#").to_owned(), count))
            .collect();
        let listed = done.and_then(|run| run.list).map(|_| "rows");
        for name in
            ["orders", "inconsistent_before", "inconsistent_after"].into_iter().chain(listed)
        {
            counts.entry(name.to_owned()).or_default();
        }
        for (name, count) in [("repaired", repaired), ("left", left), ("run", run.into())] {
            counts.insert(name.to_owned(), count);
        }
        Ok(JobRun {
            job: Job::Reconcile.to_string(),
            tenant: asked.tenant.to_string(),
            distributor_id: None,
            date: Some(date.to_string()),
            outcome: "done".to_owned(),
            counts,
        })
    }
}
