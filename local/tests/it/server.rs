//! What a server answered is there after it is killed, and two servers never share a file.

use std::io::Write;

use serde_json::{Value, json};

use crate::harness::{Server, ask, until, upline};

fn event(id: &str, detail_type: &str, data: &Value) -> Value {
    json!({"detail-type": detail_type, "detail": {
        "metadata": {"id": id, "tenant": "demo", "time": "2026-01-01T00:00:00Z"}, "data": data}})
}

fn order(id: &str, unit_price: &Value) -> Value {
    event(
        id,
        "OrderPaid",
        &json!({"order_id": id, "buyer_id": "b", "currency": "USD",
            "paid_at": "2026-01-01T00:00:00Z", "invite_code": "CODE1",
            "lines": [{"line_id": "1", "sku": "x", "quantity": 1, "unit_price": unit_price}]}),
    )
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let registered = event(
        "e1",
        "DistributorRegistered",
        &json!({"distributor_id": "a", "own_code": "CODE1",
            "registered_at": "2025-12-01T00:00:00Z"}),
    );
    let events = [registered, order("o1", &json!("50.00"))];
    let server = Server::start(folder);
    let (status, answer) = server.send(folder, &events);
    assert_eq!(status, Some(0), "{answer}");
    assert_eq!(answer.get("outcomes"), Some(&json!({"created": 2})), "{answer}");
    drop(server);

    let server = Server::start(folder);
    server.settle();
    let (status, answer) = server.send(folder, &events);
    assert_eq!(status, Some(0), "{answer}");
    assert_eq!(answer.get("outcomes"), Some(&json!({"exists": 2})), "{answer}");
    server.settle();

    let shown = server.get("/v1/orders/o1");
    let earned = shown.pointer("/allocations/0/amount").and_then(Value::as_str).unwrap();
    let balance = server.get("/v1/distributors/a/balance");
    let stands =
        [balance.pointer("/balances/0/pending"), balance.pointer("/balances/0/due/0/amount")];
    let counted = stands.into_iter().flatten().filter(|amount| amount.as_str() == Some(earned));
    assert_eq!(counted.count(), 1, "{balance} for {shown}");
}

#[test]
fn events_that_are_not_taken_end_with_1_and_a_second_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::start(folder);
    let (status, answer) = server.send(folder, &[order("o1", &json!(50.5))]);
    assert_eq!(status, Some(1), "{answer}");
    assert_eq!(answer.pointer("/results/0/outcome"), Some(&json!("parked")), "{answer}");
    let reason = answer.pointer("/results/0/reason").and_then(Value::as_str).unwrap();
    assert!(reason.contains("unit_price"), "{reason}");

    let second = upline(folder).args(["dev", "--port", "0"]).output().unwrap();
    assert_eq!(second.status.code(), Some(2), "{second:?}");
    let says = String::from_utf8(second.stderr).unwrap();
    assert!(says.contains("another server"), "{says}");
}

#[test]
fn a_client_that_hangs_up_stops_nothing_half_way() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let registered = event(
        "e1",
        "DistributorRegistered",
        &json!({"distributor_id": "a", "own_code": "CODE1",
            "registered_at": "2025-12-01T00:00:00Z"}),
    );
    let orders = (0..300).map(|n| order(&format!("o{n}"), &json!("50.00")));
    let events: Vec<Value> = std::iter::once(registered).chain(orders).collect();
    let body = json!({ "events": events }).to_string();
    let address = server.url.strip_prefix("http://").unwrap();
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    let (token, length) = (&server.token, body.len());
    write!(
        connection,
        "POST /v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let there = |order: &str| {
        let url = format!("{}/v1/orders/{order}", server.url);
        ask("GET", &url, token, None).unwrap().0 == 200
    };
    // A request whose client is gone before it was read is no request; this one has begun.
    until("the events are taken", || there("o0"));
    drop(connection);
    until("the events are taken to the end", || there("o299"));
    until("the orders are posted", || {
        server.get("/v1/distributors/a/days").pointer("/items/0/orders") == Some(&json!(300))
    });
}
