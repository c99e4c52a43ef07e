//! Breaks the product in each of the ways of `mutants/list.rs`, one at a time, and has the
//! simulation, or the test by damage, see it: a mutant that nobody sees is a hole in a check.
//!
//! Run without an argument, as all tests are, this looks that each mutant can be made of the
//! product as it is. Run with `all` (`make mutants`) it makes them: a copy of the project in which
//! every one is built in and sleeps, and one run of the test for each that is woken. Words
//! after `all` pick those whose names have them.
#![expect(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a test that prints")]

#[path = "mutants/copy.rs"]
mod copy;
#[path = "mutants/list.rs"]
mod list;
#[path = "mutants/reconcile.rs"]
mod reconcile;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use copy::{ROOT, folder, write_copy};
use list::{Mutant, all};

/// The environment variable that wakes a mutant, by its place in the list.
const WOKEN: &str = "UPLINE_MUTANT";

fn main() {
    for (_, mutant) in all() {
        let text = std::fs::read_to_string(Path::new(ROOT).join(mutant.file)).unwrap();
        let found = text.matches(mutant.right).count();
        assert_eq!(found, 1, "in {}, once: {}", mutant.file, mutant.right);
    }
    let mut arguments = std::env::args().skip_while(|argument| argument != "all");
    if arguments.next().is_none() {
        println!("{} mutants can be made; `make mutants` tries them", all().count());
        return;
    }
    let only = arguments.collect::<Vec<_>>().join(" ");
    assert!(all().any(|(_, mutant)| mutant.name.contains(&only)), "no name has {only:?}");
    write_copy();
    let binary = build(&folder());
    let mutants = || all().filter(|(_, mutant)| mutant.name.contains(&only));
    for seer in SEERS {
        let is_asked = mutants().any(|(_, mutant)| Seer::of(mutant).test == seer.test);
        if let Some((seed, why)) = is_asked.then(|| first_seen(&binary, &seer, None)).flatten() {
            panic!("without a mutant, {} {seed} fails: {why}", seer.word);
        }
    }
    let mut missed = Vec::new();
    println!("\n| mutant | seen by seed | as | after |\n|---|---|---|---|");
    for (place, mutant) in mutants() {
        let (began, name) = (Instant::now(), mutant.name);
        match first_seen(&binary, &Seer::of(mutant), Some(place)) {
            Some((seed, why)) => {
                println!("| {name} | {seed} | {why} | {} s |", began.elapsed().as_secs());
            }
            None => {
                println!("| {name} | **none** | | {} s |", began.elapsed().as_secs());
                missed.push(name);
            }
        }
    }
    assert!(missed.is_empty(), "nobody saw {missed:?}");
    println!("\nall were seen");
}

/// Builds the simulation of the copy; where its program is.
fn build(copy: &Path) -> String {
    let arguments = [
        "test",
        "--workspace",
        "--test",
        "it",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ];
    let built = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(arguments)
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .stderr(std::process::Stdio::inherit())
        .output()
        .unwrap();
    assert!(built.status.success(), "the copy with its mutants does not build");
    let messages = String::from_utf8(built.stdout).unwrap();
    let mut programs = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let source = message.pointer("/target/src_path")?.as_str()?;
        let is_it = source.ends_with("mutants/tests/it/main.rs");
        is_it.then(|| message.get("executable")?.as_str().map(str::to_owned))?
    });
    programs.next().unwrap()
}

/// A test that sees mutants, and how it begins to say so, before the seed.
struct Seer {
    test: &'static str,
    word: &'static str,
    /// Those of `make test`: within them every mutant has to be seen.
    seeds: u64,
}

const SEERS: [Seer; 2] = [
    Seer { test: "simulation::nothing_breaks_it", word: "simulation", seeds: 200 },
    Seer {
        test: "reconciliation::damage::\
               every_damage_is_named_and_what_needs_no_judgement_is_repaired",
        word: "damage",
        seeds: 120,
    },
];

impl Seer {
    fn of(mutant: &Mutant) -> Self {
        let [simulation, damage] = SEERS;
        if mutant.name.starts_with("reconcile") { damage } else { simulation }
    }
}

/// The first seed with which a test fails, and why, in one line.
fn first_seen(binary: &str, seer: &Seer, woken: Option<usize>) -> Option<(u64, String)> {
    let mut command = Command::new(binary);
    command.args([seer.test, "--exact", "--nocapture"]);
    command.current_dir(ROOT).env("RUST_BACKTRACE", "0");
    command.env("UPLINE_SEED", "1").env("UPLINE_COUNT", seer.seeds.to_string());
    command.env("UPLINE_SHRINK", "no");
    if let Some(place) = woken {
        command.env(WOKEN, place.to_string());
    }
    let ran = command.output().unwrap();
    if ran.status.success() {
        return None;
    }
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    let first = told.lines().find_map(|line| line.strip_prefix(seer.word)?.strip_prefix(' '));
    let (number, why) = first.and_then(|line| line.split_once(" fails: ")).unwrap_or_else(|| {
        panic!("it fails, but not as one of a seed: {told}");
    });
    let why: String = why.replace('|', "/").chars().take(90).collect();
    Some((number.parse().unwrap(), why))
}
