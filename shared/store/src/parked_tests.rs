//! Ids of parked events, and long texts.

use super::*;

#[test]
fn an_id_survives_a_path() {
    let id = ParkedId {
        day: "2026-11-11".to_owned(),
        event: "gid://shop/1+2=3".to_owned(),
        hash: "0123".to_owned(),
    };
    let text = id.to_string();
    assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-'), "{text}");
    assert_eq!(text.parse(), Ok(id));
    for forged in ["", "a.b", "a.b.c", "a.b.2323", "a#b.c.61", "a.b.zz", "a.b.61.c"] {
        assert_eq!(forged.parse::<ParkedId>(), Err(()), "{forged}");
    }
    let long = |letters: usize| format!("a.b.{}", "61".repeat(letters)).parse::<ParkedId>();
    assert!(long(128).is_ok() && long(129).is_err(), "no key is too long for the table");
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let text = "é".repeat(PART_BYTES);
    let parts = split(&text);
    assert_eq!(parts.concat(), text);
    assert!(parts.iter().all(|part| part.len() <= PART_BYTES));
    assert_eq!(split("").len(), 1);
}
