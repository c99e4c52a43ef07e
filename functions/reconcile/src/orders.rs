//! The first stage, of one shard: the list against the orders, the orders of the day against the
//! list, and each order against itself and its lines.

use upline_store::Tallies;

use crate::cursor::{Cursor, Ended};
use crate::day::{Listing, from_books};
use crate::list::{Read, from_list};
use crate::run::Day;
use crate::{ReconcileFailed, Site};

/// Does the part of one shard.
pub(crate) async fn part<S: Site>(
    day: &Day<'_, S>,
    shard: u8,
    after: Option<&str>,
    goes_on: &(impl Fn() -> bool + Sync),
) -> Result<Ended, ReconcileFailed> {
    let Cursor { place, mut tallies } = Cursor::from(after);
    let (word, rest) = place.split_first().map_or(("", &[][..]), |(word, rest)| (&**word, rest));
    let row = match word {
        "" => 0,
        "list" => rest.first().and_then(|row| row.parse().ok()).unwrap_or(0),
        // The list is done; it is read once more for the names of what it has.
        _ => u64::MAX,
    };
    let Read { names, is_whole, name, stopped } =
        from_list(day, shard, row, &mut tallies, goes_on).await?;
    if let Some(row) = stopped {
        return Ok(interrupted(vec!["list".to_owned(), row.to_string()], tallies));
    }
    let began = Listing::read(word, rest);
    let stopped = from_books(day, shard, (&names, is_whole), began, &mut tallies, goes_on).await?;
    if let Some(place) = stopped {
        return Ok(interrupted(place.text(), tallies));
    }
    day.site.posted().await;
    Ok(Ended::Done { tallies, list: name })
}

fn interrupted(place: Vec<String>, tallies: Tallies) -> Ended {
    Ended::Interrupted(Cursor { place, tallies }.text())
}
