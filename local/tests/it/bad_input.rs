//! Every bad input, row by row, against the real server and the real commands. What each is
//! answered stands in `docs/bad-input.md`, which this test writes with `UPLINE_BLESS=1`. Beside the
//! text, each row says here by hand which outcome, code and field it expects, and each event is
//! looked for afterwards: so blessing the page cannot hide that an answer became wrong, or that an
//! event was lost.

mod amounts;
mod changes;
mod cli;
mod envelope;
mod ids;
mod orders;
mod page;
mod parked;
mod plans;
mod queries;
mod refunds;
mod registration;
mod request;
mod shop;
mod size;
mod time;
mod tokens;

use std::path::Path;

use crate::bad_input::page::Page;
use crate::bad_input::shop::Shop;

#[test]
fn every_bad_input_is_answered_as_the_page_says() {
    let shop = Shop::open();
    let mut page = Page::new();
    request::rows(&shop, &mut page);
    tokens::rows(&shop, &mut page);
    envelope::rows(&shop, &mut page);
    ids::rows(&shop, &mut page);
    amounts::rows(&shop, &mut page);
    orders::rows(&shop, &mut page);
    refunds::rows(&shop, &mut page);
    registration::rows(&shop, &mut page);
    time::rows(&shop, &mut page);
    size::rows(&shop, &mut page);
    parked::rows(&shop, &mut page);
    queries::rows(&shop, &mut page);
    queries::reconciliation(&shop, &mut page);
    plans::rows(&mut page);
    changes::rows(&shop, &mut page);
    cli::rows(&shop, &mut page);
    shop.nothing_is_lost();

    let text = page.text();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/bad-input.md");
    if std::env::var_os("UPLINE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = text.lines().zip(written.lines()).find(|(now, was)| now != was);
    assert!(
        text == written,
        "run with UPLINE_BLESS=1 to write docs/bad-input.md; the first line that differs, now and \
         before: {differs:#?}",
    );
}
