//! What a list may be written in, which rows are events, and what spoils how much of it.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::lines::ROW_BYTES_MAX;
use super::*;
use crate::event::Fact;

fn tenant() -> TenantId {
    "demo".parse().unwrap()
}

fn open(bytes: &[u8]) -> Result<OrdersList, ListError> {
    OrdersList::open(Box::new(Cursor::new(bytes.to_vec())))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A row in words: its line, its order, and what it is or why it is nothing.
fn told(row: Result<ListRow, ListError>) -> String {
    let row = match row {
        Ok(row) => row,
        Err(error) => return format!("error: {error}"),
    };
    let order = row.order().map_or_else(|| "-".to_owned(), |order| order.to_string());
    let said = match row.read(&tenant()) {
        Ok(event) => match &event.fact {
            Fact::Paid(paid) => format!("paid, {} lines, {}", paid.lines.len(), event.id),
            Fact::Refunded { id, refund, .. } => format!("refund {id}, {:?}", refund.goods),
            Fact::Completed { .. } => "completed".to_owned(),
            Fact::Registered(_) | Fact::Bound(_) => panic!("passed over: {event:?}"),
        },
        Err(reason) => reason,
    };
    format!("{} {order}: {said}", row.number)
}

/// Reads a list and holds each row against the beginning of what it should be.
#[track_caller]
fn check(list: impl AsRef<[u8]>, want: &[&str]) {
    let got: Vec<String> = match open(list.as_ref()) {
        Ok(list) => list.map(told).collect(),
        Err(error) => vec![format!("refused: {error}")],
    };
    let fits =
        got.len() == want.len() && got.iter().zip(want).all(|(got, want)| got.starts_with(want));
    assert!(fits, "wanted {want:#?}, got {got:#?}");
}

fn paid(order: &str) -> String {
    event(
        "OrderPaid",
        &format!("evt-{order}"),
        &json!({
            "order_id": order, "buyer_id": "b1", "currency": "CNY",
            "paid_at": "2026-11-11T00:00:03Z",
            "lines": [{ "line_id": "1", "sku": "cup", "quantity": 1, "unit_price": "12.30" }],
        }),
    )
}

fn event(kind: &str, id: &str, data: &Value) -> String {
    let metadata = json!({ "id": id, "tenant": "demo", "time": "2026-11-11T00:00:05Z" });
    json!({ "detail-type": kind, "detail": { "metadata": metadata, "data": data } }).to_string()
}

const HEADER: &str = "event,order_id,time,buyer_id,currency,line_id,sku,quantity,unit_price\n";

/// Rows of payments, by order and line.
fn rows(of: &[(&str, &str)]) -> String {
    let row = |(order, line): &(&str, &str)| {
        format!("paid,{order},2026-11-11T00:00:03Z,b1,CNY,{line},cup,1,12.30\n")
    };
    of.iter().map(row).collect()
}

#[test]
fn the_form_is_told_by_the_content() {
    let json = format!("{}\n{}\n", paid("A1"), paid("A2"));
    let events = ["1 A1: paid, 1 lines, evt-A1", "2 A2: paid, 1 lines, evt-A2"];
    check(&json, &events);
    check(json.trim_end(), &events);
    check(json.replace('\n', "\r\n"), &events);
    check(format!("\u{feff}{json}"), &events);
    check(gzip(&json), &events);
    // Parts that were compressed one by one and put together are one list.
    check([gzip(&paid("A1")), gzip("\n"), gzip(&paid("A2"))].concat(), &events);
    check(
        format!("\n \t\n  {}\n\n{}", paid("A1"), paid("A2")),
        &["3 A1: paid, 1 lines, evt-A1", "5 A2: paid, 1 lines, evt-A2"],
    );
    let sheet = format!("{HEADER}{}", rows(&[("A1", "1"), ("A1", "2"), ("A2", "1")]));
    let orders = ["2 A1: paid, 2 lines, list:paid:A1", "4 A2: paid, 1 lines, list:paid:A2"];
    check(&sheet, &orders);
    check(sheet.trim_end(), &orders);
    check(sheet.replace('\n', "\r\n"), &orders);
    check(format!("\u{feff}{sheet}"), &orders);
    check(gzip(&format!("\u{feff}{sheet}")), &orders);
    check("", &[]);
    check(" \n\n", &[]);
    check(gzip(""), &[]);
    check(HEADER, &[]);
}

#[test]
fn a_line_that_is_no_event_is_a_row_that_fails() {
    let other = paid("A3").replace("\"demo\"", "\"other\"");
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(ROW_BYTES_MAX));
    let list = [
        &paid("A1"),
        "{\"order_id\": ",
        "[]",
        &paid("A2").replace("12.30", "12.345"),
        &other,
        &long,
        &paid("A4").replacen("\"order_id\"", "\"order_id\":\"A5\",\"order_id\"", 1),
        &event("OrderPayed", "e", &json!({ "order_id": "A6" })),
        &event("OrderCompleted", "e", &json!({ "order_id": "A#7" })),
        &event("OrderCompleted", "e", &json!({ "completed_at": "2026-11-11T00:00:03Z" })),
        &paid("A9"),
    ];
    check(
        list.join("\n"),
        &[
            "1 A1: paid",
            "2 -: this is not JSON",
            "3 -: write an event as an object, not a list",
            "4 A2: detail.data.lines[0].unit_price: ",
            "5 A3: detail.metadata.tenant: write demo, whose list this is, not other",
            "6 -: the row has more than 1000000 bytes",
            "7 -: detail.data.order_id: the key stands twice",
            "8 A6: detail-type: there is no message \"OrderPayed\"",
            "9 -: detail.data.order_id: ",
            "10 -: detail.data.order_id: the field is missing",
            "11 A9: paid",
        ],
    );
    check(
        [b"{\"a\":\"\xff\"}\n", paid("A1").as_bytes()].concat(),
        &["1 -: the row is not UTF-8 from byte 7 on", "2 A1: paid"],
    );
}

#[test]
fn what_is_of_no_order_is_passed_over() {
    let list = [
        event("DistributorRegistered", "e", &json!({ "distributor_id": 7 })),
        paid("A1"),
        event("BuyerBound", "e", &json!({ "buyer_id": "b" })),
    ];
    check(list.join("\n"), &["2 A1: paid"]);
}

#[test]
fn the_longest_row_is_read() {
    let paid = paid("A1");
    let blanks = " ".repeat(ROW_BYTES_MAX - paid.len());
    let next = ["2 A2: completed"];
    let completed = json!({ "order_id": "A2", "completed_at": "2026-11-12T00:00:00Z" });
    let completed = event("OrderCompleted", "e", &completed);
    for (end, row) in
        [("\n", "1 A1: paid"), ("\r\n", "1 A1: paid"), (" \n", "1 -: the row has more")]
    {
        check(format!("{paid}{blanks}{end}{completed}"), &[row, next[0]]);
    }
    check(format!("{paid}{blanks}"), &["1 A1: paid"]);
    check(format!("{paid}{blanks}  "), &["1 -: the row has more"]);
}

#[test]
fn what_cannot_be_read_on_ends_the_list() {
    let packed = gzip(&format!("{}\n{}\n", paid("A1"), paid("A2")));
    let cut = &packed[..packed.len() - 4];
    check(cut, &["1 A1: paid", "2 A2: paid", "error: the list cannot be read on after line 2"]);
    check(&packed[..10], &["refused: the list cannot be read on after line 0"]);
    let mut broken = packed;
    let middle = broken.len() - 6;
    broken[middle] ^= 0xff;
    let got: Vec<String> = open(&broken).unwrap().map(told).collect();
    assert_eq!(got.last().unwrap(), "error: the list cannot be read on after line 2", "{got:#?}");
}

#[test]
fn the_columns_are_named_in_any_order_and_known() {
    check("time,order_id,event\n2026-11-11T00:00:03Z,A1,completed\n", &["2 A1: completed"]);
    check(" time , order_id,\"event\"\n2026-11-11T00:00:03Z,A1,completed\n", &["2 A1: completed"]);
    let columns = |header: &str, want: &str| {
        check(header, &[&format!("refused: line 1 names the columns of the list: {want}")]);
    };
    columns("event,order_id,time,colour", "there is no column \"colour\"; leave it out, or write ");
    columns(
        "event,order_id,time,unit_prize",
        "there is no column \"unit_prize\"; write unit_price",
    );
    columns("event;order_id;time", "\"event;order_id;time\" is no column; put a comma between");
    columns("event,order_id", "there is no time; add it");
    columns("event,order_id,time,order_id", "order_id stands twice");
    columns("event,order_id,time,", "there is no column \"\"");
    columns("event,\"order_id,time", "a quote is not closed");
    columns(&"a,".repeat(30), "the row has more than 20 values");
    check(
        b"event,order_id,\xb6\xa9",
        &["refused: line 1 names the columns of the list: the row is not UTF-8 from byte 16 on"],
    );
}

#[test]
fn values_are_quoted_and_empty_ones_are_absent() {
    let header = "event,order_id,time,buyer_id,currency,line_id,sku,category,quantity,unit_price,\
                  line_discount,unit_cost,order_discount,shipping,tax,invite_code,region,event_id";
    let row = "paid,A1,2026-11-11T00:00:03Z,b1,CNY,1,\"cup, \"\"red\"\"\",,2,\"12.30\",0.60,5,\
               1.00,,0.00,,上海,evt-7";
    let list = open(format!("{header}\n{row}\n").as_bytes()).unwrap();
    let row = list.map(Result::unwrap).next().unwrap();
    let event = row.read(&tenant()).unwrap();
    assert_eq!(event.id.as_str(), "evt-7");
    let text: Value = serde_json::from_str(&row.text(&tenant()).unwrap()).unwrap();
    let data = json!({
        "order_id": "A1", "buyer_id": "b1", "currency": "CNY", "paid_at": "2026-11-11T00:00:03Z",
        "discount": "1.00", "tax": "0.00", "region": "上海",
        "lines": [{ "line_id": "1", "sku": "cup, \"red\"", "quantity": 2, "unit_price": "12.30",
                    "discount": "0.60", "unit_cost": "5" }],
    });
    assert_eq!(text["detail"]["data"], data);
    assert_eq!(parse_text(&text.to_string()).unwrap(), event, "the text is the event");
}

#[test]
fn rows_of_one_event_are_gathered_and_agree() {
    let sheet = |rows: &str| format!("{HEADER}{rows}");
    let mut two = rows(&[("A1", "1"), ("A1", "2")]);
    check(sheet(&two), &["2 A1: paid, 2 lines"]);
    check(sheet(&two.replace("CNY,2", ",2").replace("b1,,2", ",,2")), &["2 A1: paid, 2 lines"]);
    let other = two.replace("CNY,2", "USD,2");
    check(
        sheet(&other),
        &["2 A1: line 3, currency: \"USD\", but line 2 of the same event has \"CNY\"; write"],
    );
    check(
        sheet(&two.replace("b1,CNY,1", ",CNY,1")),
        &["2 A1: line 3, buyer_id: \"b1\", but line 2 of the same event has nothing"],
    );
    check(sheet(&two.replace("2,cup,1,12.30", "2,cup,1.5,12.30")), &["2 A1: line 3, quantity: "]);
    check(sheet(&two.replace("2,cup,1,12.30", "2,cup,1,")), &["2 A1: line 3, unit_price: "]);
    check(sheet(&two.replace("00:00:03Z", "00:00:03")), &["2 A1: line 2, time: "]);
    two += &rows(&[("A2", "1"), ("A1", "3"), ("A2", "2")]);
    check(
        sheet(&two),
        &[
            "2 A1: paid, 2 lines",
            "4 A2: paid, 1 lines",
            "5 A1: line 5: rows paid of A1 came before; put all rows of one event together",
            "6 A2: line 6: rows paid of A2 came before",
        ],
    );
}

#[test]
fn an_order_beside_a_line_that_cannot_be_read_is_not_taken_for_whole() {
    let row = |order, line| rows(&[(order, line)]);
    for (spoilt, want) in [
        ("paid,A1,\n", "the row has 3 values, and there are 9 columns"),
        ("paid,A1,2026-11-11T00:00:03Z,b1,CNY,2,\"cup,1,12.30\n", "a quote is not closed"),
        ("paid,,,,,,,,\n", "order_id is empty"),
        ("Paid,A1,,,,,,,\n", "event: write paid, refunded or completed, not \"Paid\""),
    ] {
        let all =
            [row("A0", "1"), row("A1", "1"), spoilt.to_owned(), row("A2", "1"), row("A3", "1")];
        check(
            format!("{HEADER}{}", all.concat()),
            &[
                "2 A0: paid, 1 lines",
                "3 A1: line 4, beside it, cannot be read and may be one of its rows",
                &format!("4 -: line 4: {want}"),
                "5 A2: line 4, beside it, cannot be read",
                "6 A3: paid, 1 lines",
            ],
        );
    }
}

#[test]
fn more_rows_than_an_event_may_have_are_not_kept() {
    let mut list = HEADER.to_owned();
    for line in 0..1_000 {
        list += &rows(&[("A1", &line.to_string())]);
    }
    list += &rows(&[("A2", "1")]);
    check(&list, &["2 A1: line 403: the rows of one event are 400 ", "1002 A2: paid, 1 lines"]);
    let few: String = (0..201).map(|line| rows(&[("A1", &line.to_string())])).collect();
    check(format!("{HEADER}{few}"), &["2 A1: line 2, line_id: "]);
}

#[test]
fn refunds_and_completions_of_a_sheet() {
    let mut list = "event,order_id,refund_id,time,currency,line_id,amount\n".to_owned();
    for (event, refund, rest) in [
        ("refunded", "r1", "CNY,,5.00"),
        ("refunded", "r2", "CNY,1,2.00"),
        ("refunded", "r2", "CNY,2,3.00"),
        ("refunded", "r3", "CNY,,1.00"),
        ("refunded", "r3", "CNY,,1.00"),
        ("refunded", "r4", "CNY,1,1.001"),
        ("completed", "", ",,"),
        ("completed", "", ",,"),
    ] {
        writeln!(list, "{event},A1,{refund},2026-11-12T00:00:00Z,{rest}").unwrap();
    }
    check(
        list,
        &[
            "2 A1: refund r1, Amount",
            "3 A1: refund r2, Lines",
            "5 A1: line 5, line_id: the field is missing",
            "7 A1: line 7, amount: ",
            "8 A1: completed",
            "9 A1: completed",
        ],
    );
}
