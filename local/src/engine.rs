//! The server of one machine: the same handlers and routes as on AWS, over the embedded table.
//!
//! An event is handled before its request is answered, so the client's own retry is the queue.
//! Posting follows at once, and after a restart what was left is posted first; see [`poster`].

mod auth;
mod events;
mod jobs;
mod poster;
mod reconcile;

use std::fs::{File, TryLockError};
use std::io::Read;
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::routing::{post, put};
use jiff::Timestamp;
use serve_api::Api;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use upline_contract::answer::Health;
use upline_contract::plan::fingerprint;
use upline_domain::activation::ActivationWish;
use upline_domain::ids::{IdError, TenantId};
use upline_domain::schedule::{Lead, Wanted};
use upline_embedded::{Embedded, EmbeddedError};
use upline_lambda::{now, read_plan};
use upline_store::{Activated, Changes, Draft, PlanVersion, Published, Signed, Store, StoreError};

use crate::cli::{Data, PlanChoice, PlanSource, TENANT};
use crate::engine::poster::Poster;
use crate::engine::reconcile::Lists;
use crate::token::{Keys, KeysError};

const TABLE: &str = "upline";
const CHANGES: &str = "changes";
/// This process alone remembers what it read from its table.
const LEAD: Lead = Lead::SingleProcess;

/// What a server is started with.
pub(crate) struct Options {
    /// Where the data are.
    pub(crate) data: Data,
    /// The port on loopback; 0 takes a free one.
    pub(crate) port: u16,
    /// The plan of the tenant "demo".
    pub(crate) plan: PlanChoice,
    /// The clock that everything but tokens goes by.
    pub(crate) clock: fn() -> Timestamp,
}

/// Why the server cannot start, or stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// Two servers on one file would each post what the other notes.
    #[error("another server is using {0}: stop it, or name another file with --data")]
    InUse(PathBuf),
    /// The file that says so cannot be made.
    #[error("cannot make {0}: {1}; name a folder that is there and can be written with --data")]
    Lock(PathBuf, std::io::Error),
    /// The data file cannot be made.
    #[error("cannot use the data file {0}: {1}; name another with --data")]
    Data(PathBuf, std::io::Error),
    /// The data file holds another plan.
    #[error(
        "the data already have another plan: leave out --plan and --policy to go on with it, and \
         publish yours to the running server with `upline plan publish`; or name a new file with \
         --data"
    )]
    OtherPlan,
    /// The plan is not one.
    #[error("the plan cannot be used: {0}; `upline plan check` lists all that is wrong with it")]
    Plan(String),
    /// The port is taken, or not ours to take.
    #[error("cannot listen on port {0}: {1}; name another with --port, or 0 for a free one")]
    Listen(u16, std::io::Error),
    /// The server stopped by itself.
    #[error("the server stopped: {0}")]
    Serve(std::io::Error),
    /// A background task ended.
    #[error("the server broke: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// The tenant's name is no id.
    #[error("tenant {TENANT}: {0}")]
    Tenant(#[from] IdError),
    /// The signing key.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The data file is something else.
    #[error("{0} is no data file of upline: name another with --data")]
    NotData(PathBuf),
    /// The data file begins as one does, and the database cannot open it.
    #[error("the data file {0} is damaged: restore it from a copy, or name another with --data")]
    Damaged(PathBuf),
    /// The table in the data file cannot be used.
    #[error(
        "cannot use the data file {0}: restore it from a copy, or name another with --data ({1})"
    )]
    Unusable(PathBuf, String),
    /// The database.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The table in it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a data file begins, unless it is empty: it is an SQLite database.
const BEGINNING: &[u8] = b"SQLite format 3\0";

/// A server that is ready.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) url: String,
    /// What signs its tokens.
    pub(crate) keys: Keys,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    poster: JoinHandle<()>,
    _lock: Option<File>,
}

/// What the server's own routes share.
#[derive(Clone)]
pub(crate) struct Engine {
    store: Store,
    keys: Keys,
    poster: Poster,
    clock: fn() -> Timestamp,
    lists: Lists,
    /// Names each batch of changes: no two have one name, over restarts too.
    batches: Arc<Batches>,
}

struct Batches {
    started_ms: i64,
    next: AtomicU64,
}

impl Batches {
    fn name(&self) -> String {
        format!("{}-{}", self.started_ms, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// Starts a server: the plan read and the port bound before anything is kept; the tables made, the
/// plan published, what was left unposted handed to posting.
///
/// # Errors
///
/// * [`EngineError`], which says what to do.
pub(crate) async fn start(options: Options) -> Result<Running, EngineError> {
    let policy = options.plan.policy.to_text();
    read_plan(&options.plan.text, &policy).map_err(EngineError::Plan)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await;
    let listener = listener.map_err(|error| EngineError::Listen(options.port, error))?;
    let lock = lock(&options.data)?;
    keep_private(&options.data)?;
    let (store, left) = match &options.data {
        Data::Memory => open(&Embedded::memory()?, &options).await?,
        Data::File(path) => {
            check_beginning(path)?;
            open_file(path, &options).await.map_err(|error| in_words(error, path))?
        }
    };
    let keys = Keys::open(&options.data)?;
    let clock = options.clock;
    let (poster, posting) = Poster::start(store.clone(), left, clock);
    let address = listener.local_addr().map_err(EngineError::Serve)?;
    let batches = Batches { started_ms: now().as_millisecond(), next: AtomicU64::new(0) };
    let lists = Lists::beside(&options.data)?;
    let batches = Arc::new(batches);
    let engine = Engine { store, keys: keys.clone(), poster, clock, lists, batches };
    let (stop, mut stopped) = watch::channel(false);
    let serve = axum::serve(listener, router(engine)).with_graceful_shutdown(async move {
        // An error means that nobody can ask any more, which is to stop too.
        drop(stopped.wait_for(|stop| *stop).await);
    });
    let server = tokio::spawn(async move { serve.await });
    let url = format!("http://{address}");
    Ok(Running { url, keys, stop, server, poster: posting, _lock: lock })
}

async fn open_file(path: &Path, options: &Options) -> Result<(Store, Vec<Changes>), EngineError> {
    open(&Embedded::file(path)?, options).await
}

/// Makes the tables and publishes the plan, where they are not there yet; gives what an earlier run
/// left unposted.
async fn open(
    embedded: &Embedded,
    options: &Options,
) -> Result<(Store, Vec<Changes>), EngineError> {
    let store = Store::new(&embedded.client(), TABLE, read_plan);
    store.create_table().await?;
    store.create_changes_table(CHANGES).await?;
    publish(&store, &options.plan, (options.clock)()).await?;
    let left = store.unposted(CHANGES).await?;
    Ok((store, left))
}

/// Refuses what is something else before the database opens it: it would be written to.
fn check_beginning(path: &Path) -> Result<(), EngineError> {
    let failed = |error| EngineError::Data(path.to_owned(), error);
    let mut beginning = Vec::new();
    let length = u64::try_from(BEGINNING.len()).unwrap_or(u64::MAX);
    File::open(path).map_err(failed)?.take(length).read_to_end(&mut beginning).map_err(failed)?;
    let known = beginning.is_empty() || beginning == BEGINNING;
    if known { Ok(()) } else { Err(EngineError::NotData(path.to_owned())) }
}

/// What the database says of a file, with what to do.
fn in_words(error: EngineError, path: &Path) -> EngineError {
    if let EngineError::Embedded(EmbeddedError::Open { reason, .. }) = &error {
        tracing::debug!("the database says of {}: {reason}", path.display());
        return EngineError::Damaged(path.to_owned());
    }
    if let EngineError::Store(error) = &error {
        return EngineError::Unusable(path.to_owned(), error.to_string());
    }
    error
}

/// Holds a file beside the data for as long as the server runs.
fn lock(data: &Data) -> Result<Option<File>, EngineError> {
    let Some(path) = data.beside("lock") else { return Ok(None) };
    let file = File::options().create(true).append(true).open(&path);
    let file = file.map_err(|error| EngineError::Lock(path.clone(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(EngineError::InUse(path.with_extension(""))),
        Err(TryLockError::Error(error)) => Err(EngineError::Lock(path, error)),
    }
}

/// Makes a data file that is not there yet readable by its owner alone: it holds who earns what.
fn keep_private(data: &Data) -> Result<(), EngineError> {
    let Data::File(path) = data else { return Ok(()) };
    let made = File::options().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(EngineError::Data(path.clone(), error))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Gives a tenant that has none the plan, active from the beginning of time. Data that have one go
/// on with it, unless another was named.
async fn publish(store: &Store, plan: &PlanChoice, now: Timestamp) -> Result<(), EngineError> {
    let tenant = TENANT.parse()?;
    if store.activations(&tenant).await?.is_empty() {
        return begin_with(store, &tenant, plan, now).await;
    }
    let held = store.plan_at(&tenant, now, now).await?;
    if plan.source == PlanSource::Example {
        return Ok(());
    }
    let held = match held {
        Some(held) => store.version(&tenant, held.version).await?,
        None => None,
    };
    let wanted = fingerprint(&plan.text, &plan.policy.to_text()).map_err(EngineError::Plan)?;
    let same = |(about, document): (PlanVersion, String)| {
        fingerprint(&document, &about.policy).is_ok_and(|held| held == wanted)
    };
    if held.is_some_and(same) { Ok(()) } else { Err(EngineError::OtherPlan) }
}

/// Publishes the first plan and activates it; whichever of the two a crash left out, the next start
/// does.
async fn begin_with(
    store: &Store,
    tenant: &TenantId,
    plan: &PlanChoice,
    now: Timestamp,
) -> Result<(), EngineError> {
    let signed =
        Signed { at: now, by: "upline dev".to_owned(), role: "admin".to_owned(), reason: None };
    let policy = plan.policy.to_text();
    let draft = Draft { document: &plan.text, policy: &policy, fingerprint };
    let (Published::Created(version) | Published::Exists(version)) =
        store.publish(tenant, &draft, &signed).await?
    else {
        return Err(EngineError::OtherPlan);
    };
    let when = Wanted { from: Some(Timestamp::MIN), now, lead: LEAD };
    let wish = ActivationWish { version, rollout: None, when };
    match store.activate(tenant, &wish, &signed).await? {
        Activated::Created(_) | Activated::Exists(_) => Ok(()),
        Activated::UnknownVersion | Activated::Cannot(_) => Err(EngineError::OtherPlan),
    }
}

fn router(engine: Engine) -> Router {
    let api = Api { store: engine.store.clone(), now: engine.clock, lead: LEAD };
    let own = Router::new()
        .route("/v1/events", post(events::send))
        .route("/v1/parked/{id}/retry", post(events::retry))
        .route("/v1/jobs/{job}/run", post(jobs::run))
        .route("/v1/lists/{day}", put(reconcile::put_list))
        .with_state(engine.clone());
    let keys = engine.keys.clone();
    let identify = move |request: &Request| auth::caller(&keys, request);
    let health = move || {
        let unposted = Some(engine.poster.unposted());
        Health { status: "ok".to_owned(), unposted }
    };
    serve_api::router(serve_api::routes(api).merge(own), identify, health)
}

impl Running {
    /// Waits until the process is asked to stop, and stops.
    ///
    /// # Errors
    ///
    /// * [`EngineError`] where the server stopped by itself.
    pub(crate) async fn stopped(mut self) -> Result<(), EngineError> {
        tokio::select! {
            server = &mut self.server => return server?.map_err(EngineError::Serve),
            () = asked_to_stop() => {}
        }
        self.stop().await
    }

    /// Answers the requests under way, posts what is left, and stops.
    ///
    /// # Errors
    ///
    /// * [`EngineError`] where the server had stopped by itself.
    pub(crate) async fn stop(self) -> Result<(), EngineError> {
        self.stop.send_replace(true);
        self.server.await?.map_err(EngineError::Serve)?;
        Ok(self.poster.await?)
    }
}

/// Returns at Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => drop(interrupted.await),
    }
}
