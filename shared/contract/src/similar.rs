//! The name that somebody may have meant who wrote another.

/// The name among `known` that `written` is most like: equal but for case and separators, or off by
/// a letter for each three, at most two; none where none is that near.
pub(crate) fn similar<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written = plain(written);
    let near = known.into_iter().filter_map(|name| {
        let name_plain = plain(name);
        let most = (name_plain.len() / 3).min(LETTERS_OFF_MAX);
        let off = distance(&written, &name_plain)?;
        (off <= most).then_some((off, name))
    });
    near.min_by_key(|(off, _)| *off).map(|(_, name)| name)
}

/// Two letters off is a slip; three are another word.
const LETTERS_OFF_MAX: usize = 2;

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many letters must be put in, left out or changed to make one of the other; none where the
/// lengths alone say that they are too many.
fn distance(one: &str, other: &str) -> Option<usize> {
    if one.len().abs_diff(other.len()) > LETTERS_OFF_MAX {
        return None;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let (mut diagonal, mut left) = (place, place + 1);
        let mut next = vec![left];
        for (&above, &against) in row.iter().skip(1).zip(&other) {
            let changed = diagonal + usize::from(letter != against);
            left = changed.min(left + 1).min(above + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_table() {
        let known = ["unit_price", "unit_cost", "sku", "order_id", "buyer_id", "depth", "per"];
        let check = |written: &str, want: Option<&str>| {
            assert_eq!(similar(written, known), want, "{written}");
        };
        check("unit_prise", Some("unit_price"));
        check("unitPrice", Some("unit_price"));
        check("UNIT-COST", Some("unit_cost"));
        check("dept", Some("depth"));
        check("skuu", Some("sku"));
        check("oder_id", Some("order_id"));
        check("pre", None);
        check("colour", None);
        check("", None);
        check(&"x".repeat(100_000), None);
    }
}
