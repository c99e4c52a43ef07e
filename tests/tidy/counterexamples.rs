//! For each check a file in which it has to find fault, and what it has to say. A check that has
//! gone blind fails here.

use crate::tree::{Check, Findings, Tree};
use crate::{documents, grid, manifests, sources};

#[track_caller]
fn check(check: Check, files: &[(&str, &str)], want: &str) {
    let mut findings = Findings::default();
    check(&Tree::of(files), &mut findings);
    assert!(findings.0.iter().any(|found| found == want), "{want}\nis not among {:?}", findings.0);
}

const LINTS: &str = "[lints]\nworkspace = true\n";

fn manifest(name: &str, dependencies: &str) -> String {
    format!("[package]\nname = \"{name}\"\n\n[dependencies]\n{dependencies}\n{LINTS}")
}

#[test]
fn a_dependency_against_the_drawing_is_found() {
    let domain = manifest("upline-domain", "serde_json.workspace = true\n");
    check(
        manifests::point_as_drawn,
        &[("shared/domain/Cargo.toml", &domain)],
        "shared/domain/Cargo.toml:5: shared/domain must not know serde_json: see the drawing",
    );
    let act = manifest("post-ledger", "serve-api.workspace = true\n");
    let other = manifest("serve-api", "");
    let functions =
        [("functions/post-ledger/Cargo.toml", &*act), ("functions/serve-api/Cargo.toml", &other)];
    check(
        manifests::point_as_drawn,
        &functions,
        "functions/post-ledger/Cargo.toml:5: functions/ must not know serve-api: see the drawing",
    );
    check(
        manifests::point_as_drawn,
        &[("elsewhere/Cargo.toml", &act)],
        "elsewhere/Cargo.toml:1: a crate of no rule: say in tests/tidy/manifests.rs what it may",
    );
}

#[test]
fn a_version_outside_the_root_is_found() {
    let root_has = "write `serde.workspace = true`; the root has the version";
    for (line, given) in [
        (5, "serde = \"1\"\n"),
        (5, "serde = { version = \"1\" }\n"),
        (6, "[dependencies.serde]\nversion = \"1\"\n"),
    ] {
        let text = manifest("upline", given);
        let want = format!("local/Cargo.toml:{line}: {root_has}");
        check(manifests::take_from_the_root, &[("local/Cargo.toml", &text)], &want);
    }
    check(
        manifests::take_from_the_root,
        &[("local/Cargo.toml", "[package]\nname = \"upline\"\n")],
        "local/Cargo.toml:2: add `[lints]` with `workspace = true`",
    );
}

#[test]
fn what_is_too_large_is_found() {
    let (long, wide) = ("//! A doc.\n".repeat(401), format!("//! {}", "é".repeat(97)));
    check(sources::sizes, &[("a.rs", &long)], "a.rs:401: 401 lines, 400 at most: split the module");
    check(sources::sizes, &[("a.rs", &wide)], "a.rs:1: 101 columns, 100 at most: wrap it");
    let main = "functions/post-ledger/src/main.rs";
    let want = format!("{main}:26: 26 lines; a main is wiring, 25 at most");
    check(sources::sizes, &[(main, &"//! A doc.\n".repeat(26))], &want);
    let want = "ARCHITECTURE.md:301: 301 lines, 300 at most: shorten it";
    check(documents::sizes, &[("ARCHITECTURE.md", &"a\n".repeat(301))], want);
    let want = "docs/decisions/0001-a.md:41: 41 lines, 40 at most: shorten it";
    check(documents::sizes, &[("docs/decisions/0001-a.md", &"a\n".repeat(41))], want);
}

#[test]
fn a_module_without_a_name_or_doc_is_found() {
    let want = "a/utils.rs:1: utils says nothing: name it for what it does";
    check(sources::names, &[("a/utils.rs", "")], want);
    let want = "a/common/b.rs:1: common says nothing: name it for what it does";
    check(sources::names, &[("a/common/b.rs", "")], want);
    let want = "a/src/lib.rs:1: begin with `//!`: what the module is, in a sentence";
    check(sources::docs, &[("a/src/lib.rs", "mod b;\n")], want);
}

#[test]
fn a_limit_without_a_reason_is_found() {
    let limits = "/// Why.\npub const LINES: usize = 1;\n\npub const LEVELS_MAX: usize = 2;\n";
    let files = [("a/limits.rs", limits)];
    check(sources::limits, &files, "a/limits.rs:2: LINES is a limit: end it with _MAX");
    check(sources::limits, &files, "a/limits.rs:4: LEVELS_MAX has no doc: give its reason");
}

#[test]
fn a_comment_that_is_no_sentence_is_found() {
    let banner = "a.rs:1: a banner: a module or a function's name says it";
    for text in ["// -----\n", "  // === Reads ===\n", "//////\n", "// #### Reads\n"] {
        check(sources::comments, &[("a.rs", text)], banner);
    }
    for text in ["// let a = 1;\n", "    // if a {\n", "// }\n"] {
        let want = "a.rs:1: code in a comment: delete it, git has it";
        check(sources::comments, &[("a.rs", text)], want);
    }
    let want = "a.rs:1: TODO: do it, or write an issue";
    check(sources::comments, &[("a.rs", "// TODO more\n")], want);
}

#[test]
fn a_test_that_sleeps_or_is_ignored_is_found() {
    let asleep = "a test does not sleep: await what it waits for, or use `until`";
    let sleep = "std::thread::sleep(time);\n";
    let inside = format!("fn product() {{}}\n#[cfg(test)]\nmod tests {{\n{sleep}}}\n");
    for (path, line, text) in [
        ("tests/it/a.rs", 1, sleep),
        ("shared/store/tests/store/a.rs", 1, "tokio::time::sleep(time).await;\n"),
        ("shared/store/src/a.rs", 4, &inside),
        ("local/tests/it/harness.rs", 2, &sleep.repeat(2)),
    ] {
        check(sources::tests, &[(path, text)], &format!("{path}:{line}: {asleep}"));
    }
    let want = "a.rs:1: an ignored test holds nothing: mend or delete it";
    check(sources::tests, &[("a.rs", "#[ignore = \"slow\"]\n")], want);
}

#[test]
fn a_path_of_a_machine_is_found() {
    let want = "README.md:2: /home/: a path of one machine";
    check(sources::machine_paths, &[("README.md", "See\n/home/ann/upline.\n")], want);
}

const GRID: &str = "| act = folder = crate = binary | trigger | decides | writes | proven |\n\
    |---|---|---|---|---|\n";

#[test]
fn a_row_of_the_grid_with_a_gap_is_found() {
    let page = format!("{GRID}| `pay` | `Paid` | `pay.rs` | `order.rs` | |\n");
    let other = manifest("other", "");
    let files = [("ARCHITECTURE.md", &*page), ("functions/pay/Cargo.toml", &other)];
    for want in [
        "functions/pay/src/lib.rs is missing",
        "functions/pay/src/main.rs is missing",
        "functions/pay/Cargo.toml is to be named pay",
        "events/schemas/Paid.schema.json is missing",
        "shared/domain/src/pay.rs is missing",
        "shared/store/src/order.rs is missing",
        "pay names no file of tests/it",
    ] {
        check(grid::complete, &files, &format!("ARCHITECTURE.md:3: {want}"));
    }
    let files = [("ARCHITECTURE.md", GRID), ("functions/pay/src/main.rs", "")];
    let want = "functions/pay/src/main.rs:1: pay has no row in the grid of ARCHITECTURE.md";
    check(grid::complete, &files, want);
}

#[test]
fn what_a_document_has_wrong_is_found() {
    let text = "See [this](../a.rs#L1) and [that](gone.md).\n";
    let files = [("docs/a.md", text), ("a.rs", "fn there() {}\n"), ("tests/it/b.rs", "")];
    check(documents::links, &files, "docs/a.md:1: the link to gone.md leads nowhere");
    for (text, want) in [
        ("Asked in `gone.rs`.", "gone.rs is not there"),
        ("`a.rs`, `there` and\n`gone`.", "gone is not in a.rs"),
        ("`Store::gone` in `a.rs`", "gone is not in a.rs"),
        ("It is in `tests/it/gone.txt`.", "tests/it/gone.txt is not there"),
    ] {
        let line = if text.contains('\n') { 2 } else { 1 };
        let files = [("b.md", text), files[1], files[2]];
        check(documents::names, &files, &format!("b.md:{line}: {want}"));
    }
}

#[test]
fn a_line_of_the_logs_that_no_page_tells_is_found() {
    let files = [("a/src/b.rs", "\nwarn!(id, \"order {id} is gone\");"), ("docs/logging.md", "")];
    let want = "a/src/b.rs:2: docs/logging.md does not tell of the line \"order {id} is gone\"";
    check(documents::logs, &files, want);
}

#[test]
fn a_route_that_the_readme_does_not_list_is_found() {
    let source = "Router::new()\n    .route(\"/v1/a\", get(a))\n    .route(\"/v1/a/b\", get(b))\n";
    let files = [("a/src/b.rs", source), ("README.md", "| `GET /v1/a/b?c` | |")];
    check(documents::routes, &files, "a/src/b.rs:2: README.md does not list /v1/a");
}

#[test]
fn a_row_that_no_test_holds_is_found() {
    let page = "| what | test |\n|---|---|\n| One | none yet |\n| Two | `a.rs`, `two` |\n";
    let files = [("ARCHITECTURE.md", page), ("a.rs", "#[test]\nfn one() {}\nfn two() {}\n")];
    let want = "ARCHITECTURE.md:3: the row names no test: write one";
    check(documents::what_holds, &files, want);
    check(documents::what_holds, &files, "ARCHITECTURE.md:4: two is no test of a.rs");
}
