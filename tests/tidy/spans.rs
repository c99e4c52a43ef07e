//! What stands in backticks in a document.

use crate::tree::lines;

/// A piece of text in backticks.
pub(crate) struct Span {
    pub(crate) line: usize,
    pub(crate) text: String,
    /// What stands between the one before, in the same paragraph, and this.
    pub(crate) gap: Option<String>,
}

impl Span {
    /// Whether it follows the one before in a list: `file.rs`, `one` and `another`.
    pub(crate) fn is_next_in_list(&self) -> bool {
        self.gap.as_deref().is_some_and(|gap| [",", "and", ", and", "or"].contains(&gap.trim()))
    }

    /// Whether it says where the one before is: `one` in `file.rs`.
    pub(crate) fn is_place_of_the_one_before(&self) -> bool {
        self.gap.as_deref().is_some_and(|gap| gap.trim() == "in")
    }

    pub(crate) fn is_rust_file(&self) -> bool {
        self.text.strip_suffix(".rs").is_some() && self.is_path()
    }

    pub(crate) fn is_path(&self) -> bool {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        !self.text.starts_with('/') && self.text.chars().all(fits)
    }

    /// The last part of a name of Rust: `commit` of `Store::commit`.
    pub(crate) fn rust_name(&self) -> Option<&str> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_:".contains(c);
        let name = self.text.trim_end_matches("()");
        let last = name.rsplit("::").next()?;
        (last.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(fits))
            .then_some(last)
    }
}

/// Every span of a document outside its fenced blocks.
pub(crate) fn spans(text: &str) -> Vec<Span> {
    let (mut spans, mut fenced): (Vec<Span>, bool) = (Vec::new(), false);
    let mut open: Option<(usize, String)> = None;
    let mut gap: Option<String> = None;
    for (number, line) in lines(text) {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fence || fenced || line.trim().is_empty() {
            (open, gap) = (None, None);
            continue;
        }
        for (place, piece) in line.split('`').enumerate() {
            if place > 0 {
                open = match open.take() {
                    Some((line, text)) => {
                        spans.push(Span { line, text, gap: gap.take() });
                        gap = Some(String::new());
                        None
                    }
                    None => Some((number, String::new())),
                };
            }
            match (&mut open, &mut gap) {
                (Some((_, text)), _) => text.push_str(piece.trim_start()),
                (None, Some(gap)) => gap.push_str(piece),
                (None, None) => {}
            }
        }
        match (&mut open, &mut gap) {
            (Some((_, text)), _) => text.push(' '),
            (None, Some(gap)) => gap.push(' '),
            (None, None) => {}
        }
    }
    spans
}
