//! What the figures were measured on.

use std::fs::read_to_string;
use std::process::Command;

/// A line of a file of `/proc` behind a word, or a question mark.
fn line_of(path: &str, word: &str) -> String {
    let text = read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(word));
    let value = line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim());
    value.unwrap_or("?").to_owned()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    text.map_or("?".to_owned(), |text| String::from_utf8_lossy(&text).trim().to_owned())
}

/// How many wanted a core in the last minute: above 1 the times are worse than the machine's best.
pub(crate) fn load() -> String {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

/// The machine, the compiler, the date and the commit, in one line.
pub(crate) fn described() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory: u64 = line_of("/proc/meminfo", "MemTotal")
        .split(' ')
        .next()
        .map_or(0, |kilobytes| kilobytes.parse().unwrap_or(0));
    let today = upline_lambda::now().to_string();
    let changed = if said("git", &["status", "--porcelain"]).is_empty() { "" } else { " changed" };
    format!(
        "{}, {cores} cores, {} GiB, {}; {}, commit {}{changed}; load {}",
        line_of("/proc/cpuinfo", "model name"),
        memory.div_ceil(1_024 * 1_024),
        said("rustc", &["--version"]),
        today.split('T').next().unwrap_or_default(),
        said("git", &["rev-parse", "--short", "HEAD"]),
        load(),
    )
}
