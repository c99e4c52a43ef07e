//! Texts in keys sort as what they say does.

use super::*;

#[test]
fn texts_of_lines_sort_as_instants_do() {
    let prefix = |text| line_prefix(time::parse(text).unwrap());
    assert!(prefix("2026-01-01T00:00:00Z") < prefix("2026-01-01T00:00:00.001Z"));
    assert!(prefix("0999-01-01T00:00:00Z") < prefix("2026-01-01T00:00:00Z"));
    assert!(LINES_FROM < prefix("2026-01-01T00:00:00Z").as_str());
    assert!(prefix("9999-01-01T00:00:00Z").as_str() < LINES_TO);
}
