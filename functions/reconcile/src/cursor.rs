//! How far a part came, as it is handed from one message to the next: the place, and what was
//! counted so far.

use upline_store::Tallies;

/// What a part came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Its time ran out; it goes on from here.
    Interrupted(String),
    /// All of it is done.
    Done {
        /// What it counted.
        tallies: Tallies,
        /// The shop's list, where there was one.
        list: Option<String>,
    },
}

/// A place in a part: a few words, none of which has a `~` or a line break in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) place: Vec<String>,
    pub(crate) tallies: Tallies,
}

impl Cursor {
    /// Where a part begins: after what another message came to, or at its beginning.
    pub(crate) fn from(after: Option<&str>) -> Self {
        let beginning = || Self { place: Vec::new(), tallies: Tallies::new() };
        after.and_then(Self::read).unwrap_or_else(beginning)
    }

    /// Such as `list~120~\norders=97,paid#CNY=1200`.
    pub(crate) fn text(&self) -> String {
        let counts = self.tallies.iter().map(|(name, count)| format!("{name}={count}"));
        format!("{}\n{}", self.place.join("~"), counts.collect::<Vec<_>>().join(","))
    }

    /// Reads what [`Cursor::text`] writes; what is something else begins a part anew.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (place, counts) = text.split_once('\n')?;
        let place = place.split('~').map(str::to_owned).collect();
        let count = |part: &str| {
            let (name, count) = part.split_once('=')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        let counts = counts.split(',').filter(|part| !part.is_empty());
        let tallies: Option<Tallies> = counts.map(count).collect();
        Some(Self { place, tallies: tallies? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let place = ["paid", "demo#O#A=1,2", "ORDER"].map(str::to_owned).to_vec();
        for tallies in [Tallies::new(), Tallies::from([("paid#CNY".to_owned(), u64::MAX)])] {
            let cursor = Cursor { place: place.clone(), tallies };
            assert_eq!(Cursor::read(&cursor.text()), Some(cursor));
        }
        assert_eq!(Cursor::read(""), None);
        assert_eq!(Cursor::read("paid"), None);
        assert_eq!(Cursor::read("paid\norders"), None);
        assert_eq!(Cursor::read("paid\norders=many"), None);
    }
}
