//! Sizes, names and comments of the Rust files.

use crate::tree::{Findings, Tree, lines};

const MODULE_LINES_MAX: usize = 400;
const MAIN_LINES_MAX: usize = 25;
const COLUMNS_MAX: usize = 100;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 9] =
    ["common", "helper", "helpers", "manager", "managers", "service", "services", "util", "utils"];

/// These files name what they forbid.
fn forbids(path: &str) -> bool {
    path.starts_with("tests/tidy/")
}

pub(crate) fn sizes(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind(".rs") {
        let count = text.lines().count();
        let main = path.starts_with("functions/") && path.ends_with("/src/main.rs");
        if main && count > MAIN_LINES_MAX {
            let what = format!("{count} lines; a main is wiring, {MAIN_LINES_MAX} at most");
            findings.add(path, count, &what);
        }
        if count > MODULE_LINES_MAX {
            let what = format!("{count} lines, {MODULE_LINES_MAX} at most: split the module");
            findings.add(path, count, &what);
        }
        for (number, line) in lines(text) {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX {
                let what = format!("{columns} columns, {COLUMNS_MAX} at most: wrap it");
                findings.add(path, number, &what);
            }
        }
    }
}

pub(crate) fn names(tree: &Tree, findings: &mut Findings) {
    for (path, _) in tree.of_kind(".rs") {
        let parts = path.trim_end_matches(".rs").split('/');
        for name in parts.filter(|name| EMPTY_NAMES.contains(name)) {
            findings.add(path, 1, &format!("{name} says nothing: name it for what it does"));
        }
    }
}

pub(crate) fn docs(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind(".rs") {
        if !text.starts_with("//! ") && !text.starts_with("#![doc = include_str!") {
            findings.add(path, 1, "begin with `//!`: what the module is, in a sentence");
        }
    }
}

pub(crate) fn limits(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind("/limits.rs") {
        let mut documented = false;
        for (number, line) in lines(text) {
            if let Some(constant) = line.trim_start_matches("pub ").strip_prefix("const ") {
                let name = constant.split(':').next().unwrap_or_default();
                if !name.ends_with("_MAX") {
                    findings.add(path, number, &format!("{name} is a limit: end it with _MAX"));
                }
                if !documented {
                    findings.add(path, number, &format!("{name} has no doc: give its reason"));
                }
            }
            documented = line.starts_with("///");
        }
    }
}

pub(crate) fn comments(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind(".rs").filter(|(path, _)| !forbids(path)) {
        for (number, line) in lines(text) {
            for word in ["TODO", "FIXME", "HACK", "XXX:"] {
                if line.contains(word) {
                    findings.add(path, number, &format!("{word}: do it, or write an issue"));
                }
            }
            let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
            let said = comment.trim_start_matches(['/', '!']).trim();
            if ["--", "==", "**", "##", "~~"].iter().any(|rule| said.starts_with(rule))
                || comment.starts_with("//")
            {
                findings.add(path, number, "a banner: a module or a function's name says it");
            }
            let code = !comment.starts_with(['/', '!']) && said.ends_with([';', '{', '}']);
            if code {
                findings.add(path, number, "code in a comment: delete it, git has it");
            }
        }
    }
}

/// The one place where a test may sleep: between two looks at another process.
const LOOKS_AT_A_PROCESS: &str = "local/tests/it/harness.rs";

pub(crate) fn tests(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind(".rs").filter(|(path, _)| !forbids(path)) {
        let in_tests = format!("/{path}").contains("/tests/")
            || path.starts_with("shared/testkit/")
            || path.ends_with("tests.rs");
        let mut tests = in_tests;
        let mut sleeps = 0;
        for (number, line) in lines(text) {
            tests |= line.trim() == "#[cfg(test)]";
            if line.trim_start().starts_with("#[ignore") {
                findings.add(path, number, "an ignored test holds nothing: mend or delete it");
            }
            let calls = !line.contains("fn sleep(");
            if tests && calls && (line.contains("::sleep(") || line.contains(" sleep(")) {
                sleeps += 1;
                if path != LOOKS_AT_A_PROCESS || sleeps > 1 {
                    let what = "a test does not sleep: await what it waits for, or use `until`";
                    findings.add(path, number, what);
                }
            }
        }
    }
}

pub(crate) fn machine_paths(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.all().filter(|(path, _)| !forbids(path)) {
        for (number, line) in lines(text) {
            for place in ["/work/", "/root/", "/home/", "/Users/"] {
                if line.contains(place) {
                    findings.add(path, number, &format!("{place}: a path of one machine"));
                }
            }
        }
    }
}
