//! Breaks the product in each of the ways of `mutants/list.rs`, one at a time, and has the
//! simulation see it: a mutant that nobody sees is a hole in a check.
//!
//! Run without an argument, as all tests are, this looks that each mutant can be made of the
//! product as it is. Run with `all` (`make mutants`) it makes them: a copy of the project in which
//! every one is built in and sleeps, and one run of the simulation for each that is woken. Words
//! after `all` pick those whose names have them.
#![expect(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a test that prints")]

#[path = "mutants/copy.rs"]
mod copy;
#[path = "mutants/list.rs"]
mod list;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use copy::{ROOT, folder, write_copy};
use list::{MUTANTS, Mutant};

/// The environment variable that wakes a mutant, by its place in the list.
const WOKEN: &str = "UPLINE_MUTANT";
/// The seeds that every mutant has to be seen within: those of `make test`.
const SEEDS: u64 = 200;

fn main() {
    for mutant in MUTANTS {
        let text = std::fs::read_to_string(Path::new(ROOT).join(mutant.file)).unwrap();
        let found = text.matches(mutant.right).count();
        assert_eq!(found, 1, "in {}, once: {}", mutant.file, mutant.right);
    }
    let mut arguments = std::env::args().skip_while(|argument| argument != "all");
    if arguments.next().is_none() {
        println!("{} mutants can be made; `make mutants` tries them", MUTANTS.len());
        return;
    }
    let only = arguments.collect::<Vec<_>>().join(" ");
    assert!(MUTANTS.iter().any(|mutant| mutant.name.contains(&only)), "no name has {only:?}");
    write_copy();
    let binary = build(&folder());
    if let Some((seed, why)) = first_seen(&binary, None) {
        panic!("without a mutant, simulation {seed} fails: {why}");
    }
    let mut missed = Vec::new();
    println!("\n| mutant | seen by seed | as | after |\n|---|---|---|---|");
    let mutants = MUTANTS.iter().enumerate().filter(|(_, mutant)| mutant.name.contains(&only));
    for (place, Mutant { name, .. }) in mutants {
        let began = Instant::now();
        match first_seen(&binary, Some(place)) {
            Some((seed, why)) => {
                println!("| {name} | {seed} | {why} | {} s |", began.elapsed().as_secs());
            }
            None => {
                println!("| {name} | **none of {SEEDS}** | | {} s |", began.elapsed().as_secs());
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

/// The first seed whose simulation fails, and why, in one line.
fn first_seen(binary: &str, woken: Option<usize>) -> Option<(u64, String)> {
    let mut command = Command::new(binary);
    command.args(["simulation::nothing_breaks_it", "--exact", "--nocapture"]);
    command.current_dir(ROOT).env("RUST_BACKTRACE", "0");
    command.env("UPLINE_SEED", "1").env("UPLINE_COUNT", SEEDS.to_string());
    command.env("UPLINE_SHRINK", "no");
    if let Some(place) = woken {
        command.env(WOKEN, place.to_string());
    }
    let ran = command.output().unwrap();
    if ran.status.success() {
        return None;
    }
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    let line = told.lines().find_map(|line| line.strip_prefix("simulation "));
    let (seed, why) = line.and_then(|line| line.split_once(" fails: ")).unwrap_or_else(|| {
        panic!("it fails, but not as a simulation: {told}");
    });
    let why: String = why.replace('|', "/").chars().take(90).collect();
    Some((seed.parse().unwrap(), why))
}
