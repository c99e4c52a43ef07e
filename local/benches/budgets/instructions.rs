//! Instructions that the pure core and an order take, counted by callgrind: the same on a busy
//! machine as on an idle one, so that a change shows. They are held against those in
//! `local/benches/instructions.txt`, which `UPLINE_BLESS=1` writes anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tokio::runtime::Builder;
use upline_contract::event::parse_text;
use upline_contract::simulate::Simulation;
use upline_domain::calculate::{attribute, calculate};
use upline_domain::contribution::contributions;
use upline_domain::money::Money;
use upline_domain::order::{Record, Refund, Refunded};
use upline_domain::plan::Plan;
use upline_domain::reverse::reversed;

use upline_testkit::now;

use crate::ground::{self, Ground};
use crate::sample::{PERCENT, order, plan};
use crate::table::{Part, grouped, progress};

/// The argument with which this program counts itself: the name of what is counted follows.
pub(crate) const COUNT: &str = "--count";
/// What is counted: the pure core, and an order with the embedded table below it.
const COUNTED: [&str; 6] =
    ["calculate", "reversed", "contributions", "parse_text", "order taken", "ten orders posted"];
/// Instructions are counted inside of this function alone.
const WITHIN: &str = "counted_within";

/// What is calculated from.
struct Sample {
    plan: Plan,
    simulation: Simulation,
    record: Record,
    event: String,
}

impl Sample {
    fn new() -> Self {
        let plan = plan(PERCENT, 20);
        let simulation = order(&plan);
        let Simulation { paid, frozen, .. } = &simulation;
        let given = attribute(paid, (1, &plan), frozen.clone(), &mut |_| {}).unwrap();
        let goods = Refunded::Amount(Money::from_minor(5_000).unwrap());
        let refund = Refund { refunded_at: paid.paid_at, currency: paid.currency, goods };
        let record = Record {
            paid: Some(paid.clone()),
            attributed: Some(given),
            refunds: [("r1".parse().unwrap(), refund)].into(),
            completed_at: Some(paid.paid_at),
            version: 3,
        };
        let event: Value = ground::order("A1", "zoe");
        Self { plan, simulation, record, event: event.to_string() }
    }
}

/// What is to be done, with what it needs made beforehand.
fn prepared(name: &str) -> Box<dyn FnMut()> {
    let sample = black_box(Sample::new());
    match name {
        "calculate" => Box::new(move || {
            let Simulation { paid, frozen, .. } = &sample.simulation;
            drop(black_box(calculate(paid, &sample.plan, frozen, &mut |_| {})));
        }),
        "reversed" => Box::new(move || drop(black_box(reversed(&sample.record)))),
        "contributions" => Box::new(move || drop(black_box(contributions(&sample.record)))),
        "parse_text" => Box::new(move || drop(black_box(parse_text(&sample.event)))),
        name => over_the_table(name),
    }
}

/// An order that is taken by a warm process, or ten that are posted together, each time others.
fn over_the_table(name: &str) -> Box<dyn FnMut()> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (process, mut orders, mut batches) = runtime.block_on(async {
        let ground = Ground::new().await;
        let buyer = ground.buyers("buyer", 1).await.remove(0);
        let process = ground.world.over(&ground.world.client());
        let orders: Vec<_> = (0..60).map(|n| ground::order(&format!("o{n}"), &buyer)).collect();
        let (paid, orders) = orders.split_at(30);
        ground.pay(&process, paid).await;
        let mut batches = Vec::new();
        for ten in paid.chunks(10) {
            batches.push(ground.records(ten).await);
        }
        (process, orders.to_vec(), batches)
    });
    match name {
        "order taken" => Box::new(move || {
            let taken = runtime.block_on(process.send(&orders.pop().unwrap()));
            assert_eq!(taken.word(), "created");
        }),
        "ten orders posted" => Box::new(move || {
            let batch = batches.pop().unwrap();
            runtime.block_on(post_ledger::handle(&process.store, now(), batch)).unwrap();
        }),
        other => panic!("nothing is counted as {other}"),
    }
}

#[inline(never)]
fn counted_within(what: &mut dyn FnMut()) {
    what();
}

/// Does what is to be counted: once before, for what is made at its first use, and once counted.
pub(crate) fn count(name: &str) {
    let mut what = prepared(name);
    what();
    counted_within(black_box(&mut what));
}

/// Runs this program under callgrind; none where there is no valgrind.
fn under_callgrind(name: &str, folder: &Path) -> Option<u64> {
    let out = folder.join(name.replace(' ', "-"));
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--collect-atstart=no"]);
    command.arg(format!("--toggle-collect=*{WITHIN}*"));
    command.arg(format!("--callgrind-out-file={}", out.display()));
    command.arg(std::env::current_exe().unwrap()).args([COUNT, name]);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    assert!(status.success(), "callgrind of {name}");
    let text = std::fs::read_to_string(out).unwrap();
    let summary = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let count = summary.unwrap().trim().parse().unwrap();
    assert_ne!(count, 0, "{name} is not to be found by callgrind");
    Some(count)
}

fn baseline() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}

/// What stands in the file, by name.
fn stored() -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(baseline()).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.rsplit_once(' '));
    pairs.filter_map(|(name, count)| Some((name.to_owned(), count.parse().ok()?))).collect()
}

/// The difference in hundredths of a percent, as text.
fn difference(before: u64, after: u64) -> String {
    let change = (i128::from(after) - i128::from(before)) * 10_000 / i128::from(before);
    let sign = if change < 0 { '-' } else { '+' };
    format!("{sign}{}.{:02} %", change.abs() / 100, change.abs() % 100)
}

/// The counts beside those that are stored.
pub(crate) fn part() -> Part {
    let folder = tempfile::tempdir().unwrap();
    let stored = stored();
    let mut counts = String::new();
    let mut row = |name: &str| {
        progress(&format!("instructions: {name}"));
        let before = stored.get(name).copied();
        let Some(count) = under_callgrind(name, folder.path()) else {
            let why = "not measured: valgrind is not installed".to_owned();
            return vec![format!("`{name}`"), "–".to_owned(), why, "–".to_owned()];
        };
        writeln!(counts, "{name} {count}").unwrap();
        vec![
            format!("`{name}`"),
            before.map_or("–".to_owned(), grouped),
            grouped(count),
            before.map_or("–".to_owned(), |before| difference(before, count)),
        ]
    };
    let rows: Vec<_> = COUNTED.iter().map(|name| row(name)).collect();
    if std::env::var_os("UPLINE_BLESS").is_some() && !counts.is_empty() {
        std::fs::write(baseline(), counts).unwrap();
    }
    let columns = vec!["", "stored", "counted", "difference"];
    Part { heading: "Instructions", columns, rows, notes: Vec::new() }
}
