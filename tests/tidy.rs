//! The house's own checks: which way dependencies point, sizes and names, what a comment may be,
//! that the grid is complete, and that what a document names is there. They read the files of the
//! project and nothing else. `counterexamples.rs` holds for each check a file that it has to find
//! fault with.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on ends")]

#[path = "tidy/counterexamples.rs"]
mod counterexamples;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/grid.rs"]
mod grid;
#[path = "tidy/manifests.rs"]
mod manifests;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/spans.rs"]
mod spans;
#[path = "tidy/tree.rs"]
mod tree;

use crate::tree::{Check, Findings, Tree};

/// Prints all that a check finds, and fails where it finds something.
#[track_caller]
fn hold(check: Check) {
    let mut findings = Findings::default();
    check(&Tree::of_the_project(), &mut findings);
    assert!(findings.0.is_empty(), "{} to mend:\n{}", findings.0.len(), findings.0.join("\n"));
}

#[test]
fn dependencies_point_as_drawn() {
    hold(manifests::point_as_drawn);
}

#[test]
fn what_the_domain_depends_on_does_no_io_either() {
    hold(manifests::domain_stays_pure_below);
}

#[test]
fn manifests_take_versions_and_lints_from_the_root() {
    hold(manifests::take_from_the_root);
}

#[test]
fn modules_and_lines_keep_their_size() {
    hold(sources::sizes);
}

#[test]
fn modules_are_named_for_what_they_do() {
    hold(sources::names);
}

#[test]
fn every_module_begins_with_its_doc() {
    hold(sources::docs);
}

#[test]
fn every_limit_has_its_reason() {
    hold(sources::limits);
}

#[test]
fn comments_are_sentences() {
    hold(sources::comments);
}

#[test]
fn tests_are_neither_ignored_nor_asleep() {
    hold(sources::tests);
}

#[test]
fn no_file_names_a_place_on_a_machine() {
    hold(sources::machine_paths);
}

#[test]
fn every_row_of_the_grid_is_complete() {
    hold(grid::complete);
}

#[test]
fn documents_keep_their_size() {
    hold(documents::sizes);
}

#[test]
fn every_link_leads_somewhere() {
    hold(documents::links);
}

#[test]
fn what_a_document_names_is_there() {
    hold(documents::names);
}

#[test]
fn every_route_is_in_the_readme() {
    hold(documents::routes);
}

#[test]
fn every_line_of_the_logs_is_told() {
    hold(documents::logs);
}

#[test]
fn what_holds_is_held_by_a_test() {
    hold(documents::what_holds);
}
