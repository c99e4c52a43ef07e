//! The orders of the day in the books: what the list does not name, and those that it does not name
//! at all.

use jiff::civil::Date;
use jiff::{SignedDuration, tz::TimeZone};
use upline_contract::event::subject_order;
use upline_domain::order::Record;
use upline_domain::reconcile::{Act, Compared, Difference, Kind, WhyLeft, unlisted};
use upline_domain::time;
use upline_store::keys::Key;
use upline_store::{ListedOrders, ParkedEvent, Reading, Tallies, listed_on};

use crate::list::Names;
use crate::run::Day;
use crate::{ReconcileFailed, Site};

/// Orders of one page.
const PAGE: usize = 100;

/// Where the books are gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Orders that were paid on the day.
    Paid(Option<Key>),
    /// Orders without a payment that were first heard of on one of the days that it is in UTC.
    Orphans(usize, Option<Key>),
    /// Orders that were refunded on one of these days.
    Refunded(usize, Option<Key>),
    /// Events of the day that are kept aside; of the day in UTC, and those without one.
    Parked(bool, Option<String>),
}

impl Listing {
    pub(crate) fn read(word: &str, rest: &[String]) -> Self {
        let part = |place: usize| rest.get(place).cloned();
        let key =
            |pk: Option<String>, sk: Option<String>| pk.zip(sk).map(|(pk, sk)| Key { pk, sk });
        let place = part(0).and_then(|place| place.parse().ok()).unwrap_or(0);
        match word {
            "paid" => Self::Paid(key(part(0), part(1))),
            "orphans" => Self::Orphans(place, key(part(1), part(2))),
            "refunded" => Self::Refunded(place, key(part(1), part(2))),
            "parked" => Self::Parked(part(0).is_some_and(|dated| dated == "dated"), part(1)),
            _ => Self::Paid(None),
        }
    }

    pub(crate) fn text(&self) -> Vec<String> {
        let key = |key: &Option<Key>| {
            key.iter().flat_map(|key| [key.pk.clone(), key.sk.clone()]).collect::<Vec<_>>()
        };
        match self {
            Self::Paid(after) => [vec!["paid".to_owned()], key(after)].concat(),
            Self::Orphans(place, after) => {
                [vec!["orphans".to_owned(), place.to_string()], key(after)].concat()
            }
            Self::Refunded(place, after) => {
                [vec!["refunded".to_owned(), place.to_string()], key(after)].concat()
            }
            Self::Parked(dated, after) => {
                let dated = if *dated { "dated" } else { "undated" };
                let mut words = vec!["parked".to_owned(), dated.to_owned()];
                words.extend(after.clone());
                words
            }
        }
    }
}

/// Goes through the books from a place on; where it stopped, if its time ran out. `list` is what
/// the shop's list names, and whether that is all of it.
pub(crate) async fn from_books<S: Site>(
    day: &Day<'_, S>,
    shard: u8,
    list: (&Names, bool),
    began: Listing,
    tallies: &mut Tallies,
    goes_on: &(impl Fn() -> bool + Sync),
) -> Result<Option<Listing>, ReconcileFailed> {
    let utc = utc_days(day.date, &day.zone);
    let mut place = began;
    loop {
        let next = match place {
            Listing::Paid(after) => {
                let of = ListedOrders::Paid { day: day.date, shard };
                Some(match day.hold_page(list, of, after, tallies).await? {
                    Some(after) => Listing::Paid(Some(after)),
                    None => Listing::Orphans(0, None),
                })
            }
            Listing::Orphans(at, after) => match utc.get(at) {
                Some(&date) => {
                    let of = ListedOrders::Orphans { day: date, shard };
                    let after = day.hold_page(list, of, after, tallies).await?;
                    Some(Listing::Orphans(day_of(at, after.as_ref()), after))
                }
                None => Some(Listing::Refunded(0, None)),
            },
            Listing::Refunded(at, after) => match utc.get(at) {
                Some(&date) => {
                    let of = ListedOrders::Refunded { day: date, shard };
                    let after = day.hold_page(list, of, after, tallies).await?;
                    Some(Listing::Refunded(day_of(at, after.as_ref()), after))
                }
                // They are of no order's shard.
                None => (shard == 0).then_some(Listing::Parked(true, None)),
            },
            Listing::Parked(dated, after) => {
                let of = dated.then_some(day.date);
                let page = day.store.parked_on(day.tenant, of, PAGE, after).await?;
                let own = page.items.iter().filter(|one| dated || day.has(one.at));
                let found: Vec<Difference> = own.map(parked).collect();
                day.keep(&found).await?;
                match page.after {
                    Some(after) => Some(Listing::Parked(dated, Some(after))),
                    None => dated.then_some(Listing::Parked(false, None)),
                }
            }
        };
        match next {
            None => return Ok(None),
            Some(next) if !goes_on() => return Ok(Some(next)),
            Some(next) => place = next,
        }
    }
}

/// On which of some days it goes on after a page: the same where there is more of it, else the
/// next.
fn day_of(at: usize, more: Option<&Key>) -> usize {
    at.saturating_add(usize::from(more.is_none()))
}

/// The days in UTC that a day of a time zone touches.
fn utc_days(date: Date, zone: &TimeZone) -> Vec<Date> {
    let begins = |date: Date| zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
    let begins = |date: Date| begins(date).ok();
    let ends = date.tomorrow().ok().and_then(begins);
    let ends = ends.and_then(|end| end.checked_sub(SignedDuration::from_millis(1)).ok());
    let mut days: Vec<Date> =
        begins(date).into_iter().chain(ends).map(|at| time::day(at, &TimeZone::UTC)).collect();
    days.dedup();
    days
}

fn parked(one: &ParkedEvent) -> Difference {
    let values = vec![
        Compared::found("code", one.code.clone()),
        Compared::found("reason", one.reason.clone()),
        Compared::found("event", one.id.event.clone()),
    ];
    Difference {
        order: subject_order(&one.event),
        about: one.id.to_string(),
        ..Difference::new(Kind::Parked, values, Act::Look)
    }
}

impl<S: Site> Day<'_, S> {
    /// Whether an order is looked at for its refunds of a day in UTC, and nowhere else: it was paid
    /// on another day than this one, and its first refund of this one was made then. One without a
    /// payment is listed by the day on which it was first heard of.
    fn is_of_refunds(&self, record: &Record, utc_day: Date) -> bool {
        let times = record.refunds.values().map(|refund| refund.refunded_at);
        let first = times.filter(|at| self.has(*at)).min();
        let paid = record.paid.as_ref();
        paid.is_some_and(|paid| listed_on(paid, record.attributed.as_ref()) != self.date)
            && first.is_some_and(|at| time::day(at, &TimeZone::UTC) == utc_day)
    }

    /// Looks at a page of listed orders: what of them the list does not name, and, where it does
    /// not name them at all, each by itself. Gives the key to go on after.
    async fn hold_page(
        &self,
        (names, is_whole): (&Names, bool),
        of: ListedOrders,
        after: Option<Key>,
        tallies: &mut Tallies,
    ) -> Result<Option<Key>, ReconcileFailed> {
        let page = self.store.order_ids(self.tenant, of, PAGE, after).await?;
        let ids = page.items.into_iter().filter(|id| !names.has_whole(id));
        let mut records = self.records(&ids.collect::<Vec<_>>(), Reading::Lately).await?;
        if let ListedOrders::Refunded { day, .. } = of {
            let is_own = |record: &Record| self.is_of_refunds(record, day);
            records.retain(|_, record| record.as_ref().is_ok_and(is_own));
        }
        if is_whole {
            let mut found = Vec::new();
            for (order, record) in &records {
                let Ok(record) = record else { continue };
                let of_day = |at| self.has(at);
                found.extend(unlisted(order, record, of_day, |name| names.has(order, name)));
            }
            self.keep_with(&found, names.doubt().map(WhyLeft::as_str)).await?;
        }
        records.retain(|order, _| !names.has_order(order));
        self.look(records, tallies).await?;
        Ok(page.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let key = Some(Key { pk: "demo#O#A1".to_owned(), sk: "ORDER".to_owned() });
        let all = [
            Listing::Paid(None),
            Listing::Paid(key.clone()),
            Listing::Orphans(1, None),
            Listing::Orphans(0, key.clone()),
            Listing::Refunded(1, None),
            Listing::Refunded(0, key),
            Listing::Parked(true, None),
            Listing::Parked(false, Some("evt-1#0123".to_owned())),
        ];
        for place in all {
            let words = place.text();
            let (word, rest) = words.split_first().unwrap();
            assert_eq!(Listing::read(word, rest), place);
        }
    }

    #[test]
    fn a_day_of_a_time_zone_is_of_one_or_two_days_in_utc() {
        let days = |zone: &str, day: &str| {
            let days = utc_days(day.parse().unwrap(), &time::zone(zone).unwrap());
            days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(days("UTC", "2026-11-11"), "2026-11-11");
        assert_eq!(days("Asia/Shanghai", "2026-11-11"), "2026-11-10 2026-11-11");
        assert_eq!(days("America/New_York", "2026-11-11"), "2026-11-11 2026-11-12");
    }
}
