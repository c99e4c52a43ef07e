//! Times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use upline_testkit::events::{completed, paid};

use crate::bad_input::page::Page;
use crate::bad_input::shop::{Created, Exists, Parked, Shop, put};

/// A time so many minutes after now.
#[expect(clippy::disallowed_methods, reason = "what is ahead is ahead of the server's clock")]
fn in_minutes(minutes: u64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at = since + Duration::from_secs(60 * minutes);
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at.as_millis()).unwrap()).unwrap();
    format!("{at:.3}")
}

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "Times",
        "RFC 3339 in UTC, ending in `Z`, at most 10 minutes ahead of the server's clock.",
    );
    let at = "detail.data.paid_at";
    let soon = paid("T1", "zoe", "1.00", &in_minutes(9));
    shop.event(page, "9 minutes ahead", &soon, Created, "nothing");
    let ahead = paid("T2", "zoe", "1.00", &in_minutes(11));
    shop.event(page, "11 minutes ahead", &ahead, Parked("ahead", at), "");
    let mut dated = paid("T2", "zoe", "1.00", "2026-11-01T00:00:00Z");
    put(&mut dated, "/detail/metadata/time", &json!(in_minutes(11)));
    let envelope = Parked("ahead", "detail.metadata.time");
    shop.event(page, "an event made 11 minutes ahead", &dated, envelope, "");
    let year = paid("T2", "zoe", "1.00", "9999-01-01T00:00:00Z");
    shop.event(page, "the year 9999", &year, Parked("ahead", at), "");

    let mut malformed = |time: &str, why: &str| {
        let event = paid("T2", "zoe", "1.00", time);
        shop.event(page, &format!("`\"{time}\"`{why}"), &event, Parked("malformed", at), "");
    };
    malformed("2026-11-01T08:00:00+08:00", ", another offset");
    malformed("2026-11-01T00:00:00", ", no `Z`");
    malformed("2026-11-01T00:00:00z", "");
    malformed("2026-11-01 00:00:00Z", "");
    malformed("2026-11-01", "");
    malformed("2026-02-30T00:00:00Z", ", a day that there is not");
    malformed("2026-11-01T24:00:00Z", "");
    malformed("2026-11-01T23:60:00Z", "");
    malformed("10000-01-01T00:00:00Z", "");
    malformed("1793491200", ", seconds as a text");
    let mut number = paid("T2", "zoe", "1.00", "x");
    put(&mut number, "/detail/data/paid_at", &json!(1_793_491_200_000_u64));
    shop.event(
        page,
        "`1793491200000`, milliseconds as a number",
        &number,
        Parked("malformed", at),
        "",
    );

    let fine = completed("T3", "2026-11-01T00:00:00.123456789Z");
    shop.event(page, "nanoseconds, which are cut to the millisecond", &fine, Created, "nothing");
    let cut = completed("T3", "2026-11-01T00:00:00.123Z");
    shop.event(page, "… and the same without them", &cut, Exists, "nothing");
    let leap = completed("T4", "2026-06-30T23:59:60Z");
    shop.event(
        page,
        "a leap second, which is read as the second before",
        &leap,
        Created,
        "nothing",
    );
    let before = completed("T4", "2026-06-30T23:59:59Z");
    shop.event(page, "… and that second", &before, Exists, "nothing");
}
