//! A shop's list of a day: whatever stands in one line, the others are read as they are; what is
//! read is what the lines say, and no event is made of fewer lines than it has.

use std::io::Cursor;

use bolero::generator::ValueGenerator;
use serde_json::Value;
use upline_contract::event::{Fact, parse_text};
use upline_contract::orders_list::{ListError, ListRow, OrdersList};
use upline_domain::ids::{OrderId, TenantId};
use upline_domain::order::Refunded;

use crate::corpus;
use crate::dice::Dice;
use crate::mutate::{Input, bytes, near, touched_text};

const LINES: &str = "events/lists/2026-11-11.jsonl";
const SHEET: &str = "events/lists/2026-11-11.csv";

/// Longest row that is read, by what the page says.
const ROW_BYTES_MAX: usize = 1_000_000;

/// Most things that are done to a sheet.
const CHANGES_MAX: usize = 5;

fn tenant() -> TenantId {
    "demo".parse().unwrap()
}

#[test]
fn lists() {
    let [lines, sheet] = [LINES, SHEET].map(corpus::file);
    assert_eq!([check(&lines), check(&sheet)], [5, 5], "the samples are read");
    for text in corpus::kept("lists") {
        let list: Value = serde_json::from_str(&text).unwrap();
        check(list.as_str().unwrap());
    }
    let events: Vec<String> = lines.lines().map(str::to_owned).collect();
    let target = bolero::check!().with_generator(near(&events)).with_iterations(1_500);
    target.for_each(|input: &Input| {
        // A line of chance between two that are good.
        let (first, last) = (&events[0], &events[1]);
        let text = format!("{first}\n{}\n{last}\n", input.text);
        check(&text);
        check_good(&text);
    });
    let target = bolero::check!().with_generator(sheets(sheet)).with_iterations(3_000);
    target.for_each(|sheet: &String| _ = check(sheet));
}

/// The sheet with a few things done to it.
fn sheets(sheet: String) -> impl ValueGenerator<Output = String> {
    bytes().map_gen(move |bytes: Vec<u8>| {
        let mut dice = Dice::of(&bytes);
        let mut lines: Vec<String> = sheet.lines().map(str::to_owned).collect();
        for _ in 0..dice.below(CHANGES_MAX + 1) {
            change(&mut lines, &mut dice);
        }
        lines.join("\n")
    })
}

fn change(lines: &mut Vec<String>, dice: &mut Dice<'_>) {
    // The names of the columns are changed seldom: without them there is no list.
    let rows = lines.len().saturating_sub(1);
    let place = if dice.chance(5) { 0 } else { 1 + dice.below(rows) };
    let Some(line) = lines.get(place).cloned() else { return };
    match dice.below(8) {
        0 => drop(lines.remove(place)),
        1 => lines.insert(place, line),
        2 => {
            let to = dice.below(lines.len());
            lines.swap(place, to);
        }
        3 => lines[place] = touched_text(&line, dice),
        4 => lines.insert(place, String::new()),
        _ => {
            let mut values: Vec<&str> = line.split(',').collect();
            let at = dice.below(values.len());
            let other = dice.pick(lines).clone();
            let others: Vec<&str> = other.split(',').collect();
            let touched = touched_text(values[at], dice);
            match dice.below(4) {
                0 => drop(values.remove(at)),
                1 => values[at] = others.get(at).copied().unwrap_or_default(),
                2 => values[at] = dice.pick::<&str>(&others),
                _ => values[at] = &touched,
            }
            let changed = values.join(",");
            lines[place] = changed;
        }
    }
}

fn open(text: &str) -> Result<OrdersList, ListError> {
    OrdersList::open(Box::new(Cursor::new(text.to_owned().into_bytes())))
}

/// Reads a list; how many events it has.
fn check(text: &str) -> usize {
    let list = match open(text) {
        Ok(list) => list,
        Err(ListError::Columns { reason, .. }) => {
            assert!(!reason.is_empty());
            return 0;
        }
        Err(error) => panic!("a text has no end before its time: {error}"),
    };
    let rows: Vec<ListRow> = list.map(Result::unwrap).collect();
    let beginning = text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii_start();
    let is_sheet = !beginning.starts_with('{');
    let mut count = 0;
    for (place, row) in rows.iter().enumerate() {
        count += usize::from(check_row(text, row, is_sheet));
        let next = rows.get(place + 1).map_or(u64::MAX, |next| next.number);
        assert!(row.number < next, "the rows follow one another");
        if is_sheet && let Ok(event) = row.read(&tenant()) {
            let lines = match &event.fact {
                Fact::Paid(paid) => paid.lines.len(),
                Fact::Refunded { refund, .. } => match &refund.goods {
                    Refunded::Lines(lines) => lines.len(),
                    Refunded::Amount(_) => 1,
                },
                Fact::Registered(_) | Fact::Bound(_) | Fact::Completed { .. } => 1,
            };
            assert_eq!(lines, lines_between(text, row.number, next), "{event:?} of {text}");
        }
    }
    count
}

/// How many lines that are not blank stand from one number to before another.
fn lines_between(text: &str, from: u64, to: u64) -> usize {
    let numbered = (1..).zip(text.split('\n'));
    let between = numbered.filter(|(number, _)| (from..to).contains(number));
    between.filter(|(_, line)| !line.trim_ascii().is_empty()).count()
}

/// Checks one row; whether it is an event.
fn check_row(list: &str, row: &ListRow, is_sheet: bool) -> bool {
    let (tenant, text) = (tenant(), row.text(&tenant()).map(String::from));
    let at = usize::try_from(row.number).unwrap() - 1;
    if !is_sheet {
        let line = list.split('\n').nth(at).unwrap();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let is_read = line.len() <= ROW_BYTES_MAX;
        assert_eq!(text.as_deref(), is_read.then_some(line), "the line as it is");
    }
    let door = text.map(|text| parse_text(&text));
    match row.read(&tenant) {
        Ok(event) => {
            assert_eq!(event.tenant, tenant, "nothing of another tenant");
            assert_eq!(row.order().as_ref(), order(&event.fact), "found at a glance");
            assert_eq!(door.unwrap().unwrap(), event, "what goes through the door");
            true
        }
        Err(reason) => {
            assert!(!reason.trim().is_empty() && reason.len() < 4_000, "{reason}");
            let taken = door.and_then(Result::ok);
            assert!(taken.is_none_or(|event| event.tenant != tenant), "refused: {reason}");
            false
        }
    }
}

fn order(fact: &Fact) -> Option<&OrderId> {
    match fact {
        Fact::Paid(paid) => Some(&paid.order),
        Fact::Refunded { order, .. } | Fact::Completed { order, .. } => Some(order),
        Fact::Registered(_) | Fact::Bound(_) => None,
    }
}

/// The first and the last line are read, whatever stands between.
fn check_good(text: &str) {
    let rows: Vec<ListRow> = open(text).unwrap().map(Result::unwrap).collect();
    let lines: Vec<&str> = text.trim_end().split('\n').collect();
    let number = u64::try_from(lines.len()).unwrap();
    for (row, want) in [(rows.first(), 1), (rows.last(), number)] {
        let row = row.unwrap();
        assert_eq!(row.number, want, "a line is lost");
        assert!(row.read(&tenant()).is_ok(), "a line beside is spoilt");
    }
}
