//! Instants, days and time zones. Nothing here reads a clock: now is an argument.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::limits::AHEAD_MINUTES_MAX;

/// Why a string is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a time in UTC as RFC 3339 has it, such as \"2026-11-11T00:00:03Z\"")]
pub struct TimeError;

/// Why a string is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time zone of the IANA database, such as \"Asia/Shanghai\" or \"UTC\"")]
pub struct ZoneError(String);

/// Reads an RFC 3339 time that ends in `Z`, cut to the millisecond.
///
/// # Errors
///
/// * [`TimeError`] for another offset, another form, or a time that no calendar has.
pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
    let well_formed = text.is_ascii()
        && text.ends_with('Z')
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            19 => byte == b'.' || byte == b'Z',
            _ => byte.is_ascii_digit() || byte == b'Z',
        });
    if !well_formed {
        return Err(TimeError);
    }
    let instant: Timestamp = text.parse().map_err(|_| TimeError)?;
    // Down, before 1970 too: `as_millisecond` would go towards it.
    let millis = instant.as_nanosecond().div_euclid(1_000_000);
    i64::try_from(millis).ok().and_then(from_millis).ok_or(TimeError)
}

/// The instant so many milliseconds after 1970; none beyond the calendar.
#[must_use]
pub fn from_millis(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

/// The time as it is written on the wire and in keys: to the millisecond, so that texts sort as
/// instants do.
#[must_use]
pub fn text(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Whether `time` is too far ahead of the clock for its event to be taken.
#[must_use]
pub fn is_ahead(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > SignedDuration::from_mins(AHEAD_MINUTES_MAX)
}

/// The time zone of that name, from the database that is built in: the same on every machine.
///
/// # Errors
///
/// * [`ZoneError`] for a name the database does not have.
pub fn zone(name: &str) -> Result<TimeZone, ZoneError> {
    let known = TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some());
    if name == "UTC" { Ok(TimeZone::UTC) } else { known.ok_or_else(|| ZoneError(name.to_owned())) }
}

/// The calendar day of an instant in a time zone.
#[must_use]
pub fn day(time: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(time).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: Option<&str>) {
        let got = parse(given).ok().map(text);
        assert_eq!(got.as_deref(), want, "{given:?}");
    }

    #[test]
    fn time_table() {
        check("2026-11-11T00:00:03Z", Some("2026-11-11T00:00:03.000Z"));
        check("2026-11-11T00:00:03.1239Z", Some("2026-11-11T00:00:03.123Z"));
        check("1969-12-31T23:59:59.9999Z", Some("1969-12-31T23:59:59.999Z"));
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00.000Z"));
        check("2026-11-11T00:00:03+08:00", None);
        check("2026-11-11T00:00:03z", None);
        check("2026-11-11 00:00:03Z", None);
        check("2026-02-30T00:00:00Z", None);
        check("2026-11-11T00:00:03ZZ", None);
        check("2026-11-11T00:00:03.Z", None);
        check("2026-11-11T00:00Z", None);
        check("9999-12-31T23:59:59Z", None); // Past the last instant that all zones have.
        check("", None);
    }

    #[test]
    fn a_day_is_the_day_of_the_zone() {
        let time = parse("2026-11-10T16:00:00Z").unwrap();
        assert_eq!(day(time, &zone("Asia/Shanghai").unwrap()).to_string(), "2026-11-11");
        assert_eq!(day(time, &zone("UTC").unwrap()).to_string(), "2026-11-10");
        assert!(zone("Asia/Atlantis").is_err());
        assert!(zone("").is_err());
    }

    #[test]
    fn ahead_is_more_than_ten_minutes() {
        let now = parse("2026-11-11T00:00:00Z").unwrap();
        assert!(!is_ahead(parse("2026-11-11T00:10:00Z").unwrap(), now));
        assert!(is_ahead(parse("2026-11-11T00:10:00.001Z").unwrap(), now));
    }
}
