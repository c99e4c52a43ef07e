//! What a document says is there: links, paths, functions, tests.

use crate::spans::{Span, spans};
use crate::tree::{Findings, Tree, lines};

const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// Most lines of a document, by the beginning of its path.
const LINES_MAX: [(&str, usize); 2] = [(ARCHITECTURE, 300), ("docs/decisions/", 40)];
/// Names what was, and not only what is.
const HISTORY: &str = "CHANGELOG.md";

pub(crate) fn sizes(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind(".md") {
        let count = text.lines().count();
        for (_, most) in LINES_MAX.iter().filter(|(beginning, _)| path.starts_with(beginning)) {
            if count > *most {
                findings.add(path, count, &format!("{count} lines, {most} at most: shorten it"));
            }
        }
    }
}

/// A path as seen from a document: `../a` of `b/c.md` is `a`.
fn from(document: &str, path: &str) -> String {
    let mut parts: Vec<_> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

pub(crate) fn links(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind(".md") {
        for (number, line) in lines(text) {
            for link in line.split("](").skip(1) {
                let target = link.split([')', '#']).next().unwrap_or_default();
                let elsewhere = target.is_empty() || target.contains(':');
                if !elsewhere && !tree.has(&from(path, target)) {
                    findings.add(path, number, &format!("the link to {target} leads nowhere"));
                }
            }
        }
    }
}

/// The files that a path in a document means, or none where it means no path.
fn meant<'a>(tree: &'a Tree, document: &str, span: &Span) -> Option<Vec<&'a str>> {
    if span.is_rust_file() {
        return Some(tree.ending(&span.text));
    }
    let top = span.text.split_once('/').map(|(top, _)| top)?;
    let beside = from(document, top);
    let is_path = span.is_path() && (tree.has(top) || tree.has(&beside));
    let there = || {
        let below = from(document, &span.text);
        let text = span.text.trim_end_matches('/');
        let path = if tree.has(text) { text } else { &below };
        tree.all().map(|(file, _)| file).filter(move |file| file.starts_with(path)).collect()
    };
    is_path.then(there)
}

fn defines(text: &str, name: &str) -> bool {
    let kinds = ["fn", "struct", "enum", "trait", "const", "static", "type", "mod", "macro_rules!"];
    kinds.iter().any(|kind| {
        let definition = format!("{kind} {name}");
        text.match_indices(&definition).any(|(at, _)| {
            let after = text[at + definition.len()..].chars().next();
            !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    })
}

/// Calls back with each name in a document that stands with the files it is said to be in.
fn each_name(
    tree: &Tree,
    (document, text): (&str, &str),
    findings: &mut Findings,
    mut each: impl FnMut(&Span, &str, &[&str], &mut Findings),
) {
    let spans = spans(text);
    let mut files: Vec<&str> = Vec::new();
    for (place, span) in spans.iter().enumerate() {
        if let Some(found) = meant(tree, document, span) {
            if found.is_empty() {
                findings.add(document, span.line, &format!("{} is not there", span.text));
            }
            if let Some(before) = place.checked_sub(1).map(|before| &spans[before])
                && span.is_place_of_the_one_before()
                && !found.is_empty()
                && let Some(name) = before.rust_name()
            {
                each(before, name, &found, findings);
            }
            files = found;
        } else if !files.is_empty() && span.is_next_in_list() {
            if let Some(name) = span.rust_name() {
                each(span, name, &files, findings);
            }
        } else {
            files.clear();
        }
    }
}

pub(crate) fn names(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.of_kind(".md").filter(|(path, _)| *path != HISTORY) {
        each_name(tree, (path, text), findings, |span, name, files, findings| {
            let mut texts = files.iter().filter_map(|file| tree.text(file));
            if !texts.any(|text| defines(text, name)) {
                findings.add(path, span.line, &format!("{name} is not in {}", files.join(", ")));
            }
        });
    }
}

/// Whether a function of this name is a test: `#[test]` stands right above it.
fn is_test(text: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let all: Vec<_> = text.lines().map(str::trim_start).collect();
    let place = all.iter().position(|line| line.starts_with(&head));
    let above = place.map(|place| all[..place].iter().rev()).into_iter().flatten();
    let mut above = above.take_while(|line| line.starts_with("#[") || line.starts_with("///"));
    above.any(|line| *line == "#[test]")
}

/// Each row of the last table of ARCHITECTURE.md names what is there, and functions that are tests.
pub(crate) fn what_holds(tree: &Tree, findings: &mut Findings) {
    let text = tree.text(ARCHITECTURE).unwrap_or_default();
    let table = lines(text).skip_while(|(_, line)| !line.starts_with("| what | test |"));
    let rows: Vec<_> = table.skip(2).take_while(|(_, line)| line.starts_with('|')).collect();
    if rows.is_empty() {
        findings.add(ARCHITECTURE, 1, "there is no table of what holds: `| what | test |`");
    }
    for (number, row) in rows {
        let proof = row.trim_matches('|').split('|').next_back().unwrap_or_default();
        let mut wrong = Findings::default();
        let mut found = false;
        for span in spans(proof) {
            found |= meant(tree, ARCHITECTURE, &span).is_some_and(|files| !files.is_empty());
        }
        if !found {
            findings.add(ARCHITECTURE, number, "the row names no test: write one");
        }
        each_name(tree, (ARCHITECTURE, proof), &mut wrong, |_, name, files, _| {
            let mut texts = files.iter().filter_map(|file| tree.text(file));
            if !texts.any(|text| is_test(text, name)) {
                let what = format!("{name} is no test of {}", files.join(", "));
                findings.add(ARCHITECTURE, number, &what);
            }
        });
    }
}

/// Each line that the product writes to its logs stands in `docs/logging.md`, but for what differs.
pub(crate) fn logs(tree: &Tree, findings: &mut Findings) {
    const PAGE: &str = "docs/logging.md";
    let page = tree.text(PAGE).unwrap_or_default();
    let told = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for (path, text) in tree.of_kind(".rs").filter(|(path, _)| path.contains("/src/")) {
        for level in ["error!(", "warn!(", "info!(", "debug!("] {
            for (at, _) in text.match_indices(level) {
                let call = text[at..].split(");").next().unwrap_or_default();
                let message = call.split('"').nth(1).unwrap_or_default();
                let mut rest = Some(told.as_str());
                for piece in message.split('{').map(|part| part.rsplit('}').next().unwrap()) {
                    rest = rest.and_then(|rest| rest.split_once(piece)).map(|(_, after)| after);
                }
                if rest.is_none() || message.is_empty() {
                    let number = text[..at].matches('\n').count() + 1;
                    let what = format!("{PAGE} does not tell of the line {message:?}");
                    findings.add(path, number, &what);
                }
            }
        }
    }
}

/// Each path of the API stands in the README.
pub(crate) fn routes(tree: &Tree, findings: &mut Findings) {
    let readme = tree.text("README.md").unwrap_or_default();
    for (path, text) in tree.of_kind(".rs").filter(|(path, _)| path.contains("/src/")) {
        for (number, line) in lines(text) {
            let route =
                line.trim_start().strip_prefix(".route(\"").and_then(|r| r.split('"').next());
            if let Some(route) = route
                && !["`", "?"].iter().any(|end| readme.contains(&format!(" {route}{end}")))
            {
                findings.add(path, number, &format!("README.md does not list {route}"));
            }
        }
    }
}
