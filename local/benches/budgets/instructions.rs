//! Instructions that the pure core takes, counted by callgrind: the same on a busy machine as on an
//! idle one, so that a change shows. They are held against those in `local/benches/instructions.txt`,
//! which `UPLINE_BLESS=1` writes anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use upline_contract::event::parse_text;
use upline_contract::simulate::Simulation;
use upline_domain::calculate::{attribute, calculate};
use upline_domain::contribution::contributions;
use upline_domain::money::Money;
use upline_domain::order::{Record, Refund, Refunded};
use upline_domain::plan::Plan;
use upline_domain::reverse::reversed;

use crate::ground;
use crate::sample::{PERCENT, order, plan};
use crate::table::{Part, grouped, progress};

/// The argument with which this program counts itself: the name of what is counted follows.
pub(crate) const COUNT: &str = "--count";
/// What is counted, by name.
const COUNTED: [(&str, fn(&Sample)); 4] = [
    ("calculate", |sample| {
        let Simulation { paid, frozen, .. } = &sample.simulation;
        drop(black_box(calculate(paid, &sample.plan, frozen, &mut |_| {})));
    }),
    ("reversed", |sample| drop(black_box(reversed(&sample.record)))),
    ("contributions", |sample| drop(black_box(contributions(&sample.record)))),
    ("parse_text", |sample| drop(black_box(parse_text(&sample.event)))),
];
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

#[inline(never)]
fn counted_within(what: fn(&Sample), sample: &Sample) {
    what(sample);
}

/// Does what is to be counted: once before, for what is made at its first use, and once counted.
pub(crate) fn count(name: &str) {
    let (_, what) = *COUNTED.iter().find(|(known, _)| *known == name).unwrap();
    let sample = black_box(Sample::new());
    what(&sample);
    counted_within(black_box(what), &sample);
}

/// Runs this program under callgrind; none where there is no valgrind.
fn under_callgrind(name: &str, folder: &Path) -> Option<u64> {
    let out = folder.join(name);
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
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
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
    let rows: Vec<_> = COUNTED.iter().map(|(name, _)| row(name)).collect();
    if std::env::var_os("UPLINE_BLESS").is_some() && !counts.is_empty() {
        std::fs::write(baseline(), counts).unwrap();
    }
    let columns = vec!["instructions", "stored", "counted", "difference"];
    Part { heading: "Instructions of the pure core", columns, rows, notes: Vec::new() }
}
