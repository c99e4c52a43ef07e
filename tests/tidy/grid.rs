//! The grid of ARCHITECTURE.md: one act is one row, with one word everywhere.

use crate::spans::spans;
use crate::tree::{Findings, Tree, lines};

const PAGE: &str = "ARCHITECTURE.md";
const HEADER: &str = "| act = folder = crate = binary |";
/// Where the files of the last three columns are.
const LAYERS: [&str; 3] = ["shared/domain/src", "shared/store/src", "tests/it"];

pub(crate) fn complete(tree: &Tree, findings: &mut Findings) {
    let text = tree.text(PAGE).unwrap_or_default();
    let table = lines(text).skip_while(|(_, line)| !line.starts_with(HEADER));
    let rows: Vec<_> = table.skip(2).take_while(|(_, line)| line.starts_with('|')).collect();
    if rows.is_empty() {
        findings.add(PAGE, 1, &format!("there is no grid: a table that begins with {HEADER:?}"));
    }
    let mut acts = Vec::new();
    for (number, row) in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(spans).collect();
        let [act, triggers, layers @ ..] = &cells[..] else { continue };
        let Some(act) = act.first().map(|span| span.text.clone()) else {
            findings.add(PAGE, number, "the row has no act");
            continue;
        };
        let folder = format!("functions/{act}");
        for file in ["Cargo.toml", "src/lib.rs", "src/main.rs"] {
            let path = format!("{folder}/{file}");
            if tree.text(&path).is_none() {
                findings.add(PAGE, number, &format!("{path} is missing"));
            }
        }
        let manifest = tree.text(&format!("{folder}/Cargo.toml")).unwrap_or_default();
        if !manifest.contains(&format!("\nname = \"{act}\"\n")) {
            findings.add(PAGE, number, &format!("{folder}/Cargo.toml is to be named {act}"));
        }
        for trigger in triggers {
            let schema = format!("events/schemas/{}.schema.json", trigger.text);
            if tree.text(&schema).is_none() {
                findings.add(PAGE, number, &format!("{schema} is missing"));
            }
        }
        if layers.len() != LAYERS.len() {
            findings.add(PAGE, number, "a row has five cells");
        }
        for (files, layer) in layers.iter().zip(LAYERS) {
            if files.is_empty() {
                findings.add(PAGE, number, &format!("{act} names no file of {layer}"));
            }
            for file in files {
                let path = format!("{layer}/{}", file.text);
                if tree.text(&path).is_none() {
                    findings.add(PAGE, number, &format!("{path} is missing"));
                }
            }
        }
        acts.push(act);
    }
    for folder in tree.folders_in("functions") {
        let act = folder.trim_start_matches("functions/");
        let main = format!("{folder}/src/main.rs");
        if tree.text(&main).is_some() && !acts.iter().any(|known| known == act) {
            findings.add(&main, 1, &format!("{act} has no row in the grid of {PAGE}"));
        }
    }
}
