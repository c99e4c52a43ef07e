//! Which way dependencies point, and that a version stands in the root alone.

use std::collections::BTreeMap;
use std::process::Command;

use crate::tree::{Findings, Tree, lines};

/// A crate, or a folder of crates: which of ours it may depend on, and what it must not know, by
/// the beginning of names. ARCHITECTURE.md, "Which way dependencies point", draws it.
struct Rule {
    folder: &'static str,
    ours: &'static [&'static str],
    never: &'static [&'static str],
}

const DOMAIN: Rule = Rule {
    folder: "shared/domain",
    ours: &[],
    never: &[
        "async",
        "aws",
        "axum",
        "chrono",
        "dynoxide",
        "fastrand",
        "futures",
        "getrandom",
        "lambda",
        "rand",
        "reqwest",
        "schemars",
        "serde",
        "tokio",
        "tracing",
        "ureq",
        "uuid",
    ],
};

const RULES: [Rule; 8] = [
    DOMAIN,
    Rule {
        folder: "shared/contract",
        ours: &["shared/domain"],
        never: &["aws", "axum", "dynoxide", "lambda", "tokio", "ureq"],
    },
    Rule {
        folder: "shared/store",
        ours: &["shared/domain"],
        never: &["aws-config", "aws_lambda", "axum", "dynoxide", "lambda", "schemars", "serde"],
    },
    Rule {
        folder: "shared/embedded",
        ours: &[],
        never: &["aws-config", "aws_lambda", "axum", "lambda"],
    },
    Rule {
        folder: "shared/lambda",
        ours: &["shared/contract", "shared/domain", "shared/store"],
        never: &["axum", "dynoxide", "schemars"],
    },
    Rule {
        folder: "functions/",
        ours: &["shared/contract", "shared/domain", "shared/lambda", "shared/store"],
        never: &["aws-sdk", "dynoxide", "schemars"],
    },
    Rule {
        folder: "local",
        ours: &[
            "functions/",
            "shared/contract",
            "shared/domain",
            "shared/embedded",
            "shared/lambda",
            "shared/store",
        ],
        never: &["lambda_runtime"],
    },
    Rule { folder: "shared/testkit", ours: &["functions/", "shared/"], never: &[] },
];

/// One line of a manifest that names a dependency.
struct Dependency<'a> {
    line: usize,
    name: &'a str,
    /// What stands after the name.
    given: &'a str,
    of_tests: bool,
}

fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let (mut found, mut section) = (Vec::new(), "");
    for (line, text) in lines(manifest) {
        if let Some(header) = text.strip_prefix('[') {
            section = header.trim_matches(['[', ']']);
        } else if section.ends_with("dependencies")
            && let Some(end) = text.find(['.', ' ', '='])
            && !text.starts_with('#')
        {
            let (name, given) = text.split_at(end);
            let of_tests = section.ends_with("dev-dependencies");
            found.push(Dependency { line, name, given, of_tests });
        } else if let Some((kind, name)) = section.rsplit_once('.')
            && kind.ends_with("dependencies")
            && !text.trim().is_empty()
        {
            found.push(Dependency { line, name, given: text, of_tests: false });
        }
    }
    found
}

fn crates(tree: &Tree) -> impl Iterator<Item = (&str, &str, &str)> {
    let manifests = tree.of_kind("/Cargo.toml");
    manifests.map(|(path, text)| (path, path.trim_end_matches("/Cargo.toml"), text))
}

/// The folder of each of our crates, by its name.
fn ours(tree: &Tree) -> BTreeMap<&str, &str> {
    let named = crates(tree).filter_map(|(_, folder, text)| {
        let name = text.lines().find_map(|line| line.strip_prefix("name = \""))?;
        Some((name.trim_end_matches('"'), folder))
    });
    named.collect()
}

fn begins(name: &str, with: &[&str]) -> bool {
    with.iter().any(|beginning| name.starts_with(beginning))
}

pub(crate) fn point_as_drawn(tree: &Tree, findings: &mut Findings) {
    let ours = ours(tree);
    for (path, folder, text) in crates(tree).filter(|(_, folder, _)| *folder != "tests") {
        let Some(rule) = RULES.iter().find(|rule| folder.starts_with(rule.folder)) else {
            findings.add(path, 1, "a crate of no rule: say in tests/tidy/manifests.rs what it may");
            continue;
        };
        for dependency in dependencies(text).iter().filter(|dependency| !dependency.of_tests) {
            let Dependency { line, name, .. } = *dependency;
            let allowed = match ours.get(name) {
                Some(target) => begins(target, rule.ours),
                None => !begins(name, rule.never),
            };
            if !allowed {
                let what = format!("{} must not know {name}: see the drawing", rule.folder);
                findings.add(path, line, &what);
            }
        }
    }
}

/// What the domain depends on by way of others, as cargo resolves it: a feature that somebody turns
/// on would bring serde to it.
pub(crate) fn domain_stays_pure_below(_: &Tree, findings: &mut Findings) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments =
        ["tree", "--package=upline-domain", "--edges=normal", "--prefix=none", "--offline"];
    let listed = Command::new(cargo)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.starts_with("upline-domain "), "cargo {}: {listed}", arguments.join(" "));
    for name in listed.lines().filter_map(|line| line.split(' ').next()) {
        if begins(name, DOMAIN.never) {
            let what = format!("brings {name} by way of another crate: see `cargo tree -i {name}`");
            findings.add("shared/domain/Cargo.toml", 1, &what);
        }
    }
}

pub(crate) fn take_from_the_root(tree: &Tree, findings: &mut Findings) {
    for (path, _, text) in crates(tree) {
        for Dependency { line, name, given, .. } in dependencies(text) {
            let taken = given.starts_with(".workspace = true")
                || given.trim_start_matches([' ', '=']).starts_with("{ workspace = true");
            if !taken {
                let what = format!("write `{name}.workspace = true`; the root has the version");
                findings.add(path, line, &what);
            }
        }
        if !text.contains("\n[lints]\nworkspace = true\n") {
            let last = text.lines().count();
            findings.add(path, last, "add `[lints]` with `workspace = true`");
        }
    }
}
