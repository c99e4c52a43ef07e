//! The API as AWS serves it: requests as the gateway hands them over, and a bus that answers over
//! HTTP as the real one does, which the tests can make refuse.

pub(crate) mod bus;

use axum::Router;
use axum::http::StatusCode;
use lambda_http::request::from_str;
use serde_json::{Value, json};
use serve_api::{ClaimNames, answer, on_aws};
use upline_lambda::{JobQueues, Message, each_message, now};
use upline_testkit::events::{bound, of_tenant, paid, registered, registered_under, with};
use upline_testkit::{World, handle, run};

use crate::accepting::bus::Answering;
use crate::earning::family;
use crate::lambda::{NOWHERE, batch, queues_at, shell, unhurried};
use crate::plans::TWO_DEEP;

/// A request of the gateway, by the holder of a token with these claims.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) claims: Value,
    pub(crate) body: Option<&'a str>,
}

pub(crate) fn claims(role: &str, subject: &str) -> Value {
    json!({ "tenant": "demo", "role": role, "sub": subject, "exp": "1795680000" })
}

async fn ask(world: &World, bus: &Answering, asked: Asked<'_>) -> (StatusCode, Value) {
    let queues = JobQueues::new(queues_at(NOWHERE), Vec::new());
    let names = ClaimNames::read(|_| None);
    ask_of(on_aws(world.store.clone(), bus.client(), queues, names), asked).await
}

/// What is answered to a request of the gateway.
pub(crate) async fn ask_of(router: Router, asked: Asked<'_>) -> (StatusCode, Value) {
    let (path, query) = asked.path.split_once('?').unwrap_or((asked.path, ""));
    let jwt = json!({ "jwt": { "claims": asked.claims, "scopes": null } });
    let authorizer = if asked.claims.is_null() { Value::Null } else { jwt };
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": { "content-type": "application/json", "host": "api.example.com" },
        "requestContext": {
            "stage": "$default", "requestId": "1", "authorizer": authorizer,
            "http": { "method": asked.method, "path": path },
        },
        "body": asked.body, "isBase64Encoded": false,
    });
    let response = answer(router, from_str(&event.to_string()).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn send(world: &World, bus: &Answering, events: &[String]) -> (StatusCode, Value) {
    let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
    let claims = claims("shop", "till-1");
    let path = "/v1/events";
    ask(world, bus, Asked { method: "POST", path, claims, body: Some(&body) }).await
}

async fn get(world: &World, bus: &Answering, path: &str, claims: Value) -> (StatusCode, Value) {
    ask(world, bus, Asked { method: "GET", path, claims, body: None }).await
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let results = answer["results"].as_array().unwrap().iter();
    results
        .map(|one| (one["id"].as_str().unwrap_or("-"), one["outcome"].as_str().unwrap()))
        .collect()
}

fn orders(count: usize) -> Vec<String> {
    let order = |n| paid(&format!("A{n}"), "zoe", "10.00", "2026-11-11T00:00:00Z").to_string();
    (0..count).map(order).collect()
}

#[test]
fn good_events_go_on_the_bus_letter_by_letter_and_wrong_ones_are_parked() {
    run(async {
        let world = family(TWO_DEEP).await;
        let bus = Answering::start().await;
        let detail = r#"{ "metadata": {"id":"evt-1","tenant":"demo","time":"2026-11-21T00:00:00Z"},
            "data":{"distributor_id":"dan","registered_at":"2026-10-09T00:00:00Z",
            "display_name":"\u9c8d\u52c3", "unknown": 1.50e2} }"#;
        let spaced = format!(
            r#"{{ "source":"shop.demo", "detail-type":"DistributorRegistered",
                "detail": {detail} }}"#
        );
        let mut events = orders(24);
        let wrong = with(paid("W1", "zoe", "1.00", "2026-11-11T00:00:00Z"), |data| {
            data["lines"][0]["unit_price"] = json!(1);
        });
        events.insert(3, wrong.to_string());
        let foreign = of_tenant(registered("eve", "2026-10-09T00:00:00Z"), "other");
        events.insert(7, foreign.to_string());
        events.push(spaced);
        events.push("7".to_owned());
        let (status, answer) = send(&world, &bus, &events).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        let mut want: Vec<(String, &str)> =
            (0..24).map(|n| (format!("pay-A{n}"), "accepted")).collect();
        want.insert(3, ("pay-W1".to_owned(), "parked"));
        want.insert(7, ("register-eve".to_owned(), "refused"));
        want.extend([("evt-1".to_owned(), "accepted"), ("-".to_owned(), "parked")]);
        let want: Vec<_> = want.iter().map(|(id, outcome)| (id.as_str(), *outcome)).collect();
        assert_eq!(outcomes(&answer), want);
        let reason = answer["results"][3]["reason"].as_str().unwrap();
        assert!(reason.contains("malformed: detail.data.lines[0].unit_price"), "{reason}");

        let requests = bus.requests();
        assert!(requests.iter().all(|entries| entries.len() <= 10), "{requests:?}");
        let entries: Vec<&Value> = requests.iter().flatten().collect();
        assert_eq!(entries.len(), 25);
        let sent = entries.iter().find(|one| one["DetailType"] == "DistributorRegistered").unwrap();
        assert_eq!(sent["Detail"], detail);
        assert_eq!((&sent["Source"], &sent["EventBusName"]), (&json!("shop.demo"), &json!("bus")));
        assert_eq!(sent.get("Resources"), None);
        let parked = world.parked().await;
        let texts: Vec<&str> = parked.iter().map(|one| one.event.as_str()).collect();
        assert_eq!(texts.len(), 2);
        assert!(texts.contains(&"7") && texts.contains(&wrong.to_string().as_str()), "whole");
    });
}

#[test]
fn what_the_bus_refuses_is_tried_again_by_itself() {
    run(async {
        let world = family(TWO_DEEP).await;
        let bus = Answering::start().await;
        bus.refuse("pay-A3", 2);
        bus.refuse("pay-A11", 100);
        let (status, answer) = send(&world, &bus, &orders(12)).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        for (id, outcome) in outcomes(&answer) {
            assert_eq!(outcome, if id == "pay-A11" { "retry" } else { "accepted" }, "{id}");
        }
        let reason = answer["results"][11]["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("retry: ") && reason.contains("ThrottlingException"),
            "{reason}"
        );
        let tried =
            |id: &str| bus.requests().iter().flatten().filter(|one| bus::is(one, id)).count();
        assert_eq!((tried("pay-A0"), tried("pay-A3"), tried("pay-A11")), (1, 3, 5));
        assert_eq!(world.parked().await, [], "what is to be sent again is not parked");
    });
}

#[test]
fn where_the_bus_does_not_answer_all_is_to_be_sent_again() {
    run(async {
        let world = family(TWO_DEEP).await;
        let bus = Answering::start().await;
        bus.close();
        let mut events = orders(2);
        events.push("{}".to_owned());
        let (status, answer) = send(&world, &bus, &events).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(outcomes(&answer), [("pay-A0", "retry"), ("pay-A1", "retry"), ("-", "parked")]);
    });
}

#[test]
fn an_event_that_the_bus_can_never_take_is_parked_whole() {
    run(async {
        let world = family(TWO_DEEP).await;
        let bus = Answering::start().await;
        let mut reserved = paid("A1", "zoe", "10.00", "2026-11-11T00:00:00Z");
        reserved["source"] = json!("aws.shop");
        let large = with(paid("A2", "zoe", "10.00", "2026-11-11T00:00:00Z"), |data| {
            data["note"] = json!("x".repeat(262_144));
        });
        let events = [reserved.to_string(), large.to_string()];
        let (_, answer) = send(&world, &bus, &events).await;
        assert_eq!(outcomes(&answer), [("pay-A1", "parked"), ("pay-A2", "parked")]);
        let codes: Vec<_> = world.parked().await.into_iter().map(|one| one.code).collect();
        assert!(codes.contains(&"malformed".to_owned()) && codes.contains(&"too_large".to_owned()));
        assert_eq!(bus.requests().len(), 0);
    });
}

#[test]
fn who_asks_is_who_the_authorizer_says() {
    run(async {
        let world = family(TWO_DEEP).await;
        let bus = Answering::start().await;
        let check = async |path: &str, claims: Value, want: u16, part: &str| {
            let (status, answer) = get(&world, &bus, path, claims).await;
            assert_eq!(status, want, "{path}: {answer}");
            assert!(answer.to_string().contains(part), "{part}: {answer}");
        };
        let own = "/v1/distributors/bob/balance";
        check(own, claims("distributor", "bob"), 200, r#""balances":[]"#).await;
        check(own, claims("distributor", "ann"), 403, "of the distributor themself").await;
        check(own, Value::Null, 401, "no authorizer").await;
        check(own, json!({ "tenant": "demo" }), 401, "the token's claim role is missing").await;
        let role = json!({ "tenant": "demo", "role": "owner" });
        check(own, role, 401, "the token's claim role: write admin").await;
        check("/v1/plans", claims("ops", "o"), 403, "the role admin").await;
        let other = json!({ "tenant": "other", "role": "ops", "sub": "o" });
        check("/v1/distributors/bob", other, 404, "there is no distributor bob").await;
        check("/v1/health", Value::Null, 200, r#"{"status":"ok"}"#).await;
        check("/v1/nothing", Value::Null, 404, "no such path").await;
        check("/v1/events", claims("shop", "s"), 405, "this path takes POST").await;
        let asked = Asked {
            method: "POST",
            path: "/v1/events",
            claims: claims("ops", "o"),
            body: Some(r#"{"events":[]}"#),
        };
        assert_eq!(ask(&world, &bus, asked).await.0, 403);
    });
}

#[test]
fn an_id_with_slashes_is_found_by_the_path_that_the_gateway_has_decoded() {
    run(async {
        let world = family(TWO_DEEP).await;
        let bus = Answering::start().await;
        let id = "gid://shop/Member/1";
        world.send(&registered_under(id, "ann", "2026-10-05T00:00:00Z")).await;
        world.send(&bound("yan", id, "2026-10-06T00:00:00Z")).await;
        world.send(&paid("gid://shop/Order/1", "yan", "10.00", "2026-11-11T00:00:00Z")).await;
        let ops = || claims("ops", "o");
        let path = format!("/v1/distributors/{id}");
        assert_eq!(get(&world, &bus, &path, ops()).await.1["distributor_id"], id);
        let (status, answer) = get(&world, &bus, &format!("{path}/lineage"), ops()).await;
        assert_eq!((status.as_u16(), &answer["items"][0]["distributor_id"]), (200, &json!("ann")));
        let (status, answer) = get(&world, &bus, &format!("{path}/days?limit=101"), ops()).await;
        assert_eq!(status.as_u16(), 400, "its query is read as well: {answer}");
        let (_, order) = get(&world, &bus, "/v1/orders/gid://shop/Order/1", ops()).await;
        assert_eq!(order["order_id"], "gid://shop/Order/1");
        for odd in ["/v1/orders/a b#c", "/v1/orders/鲍", "/v1/no such/é", "/v1/orders/a%2525"] {
            let (status, answer) = get(&world, &bus, odd, ops()).await;
            assert!([400, 404].contains(&status.as_u16()), "{odd}: {status} {answer}");
        }
    });
}

/// What the bus took since, as the rules of the acts hand it to their queues.
fn delivered(bus: &Answering) -> Vec<String> {
    let made = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        let resources = entry.get("Resources").cloned().unwrap_or_else(|| json!([]));
        format!(
            r#"{{"source":{},"detail-type":{},"resources":{resources},"detail":{}}}"#,
            json!(text("Source")),
            json!(text("DetailType")),
            text("Detail"),
        )
    };
    bus.requests().iter().flatten().map(made).collect()
}

async fn act(world: &World, bodies: &[String]) {
    let shell = shell(world);
    let answer = each_message(&shell, unhurried(), batch(bodies), async |message: &Message| {
        handle(&world.store, now(), message).await
    });
    assert!(answer.await.batch_item_failures.is_empty());
}

async fn retry(world: &World, bus: &Answering, mended: Option<&Value>) -> (StatusCode, Value) {
    let parked = world.parked().await;
    let path = format!("/v1/parked/{}/retry", parked[0].id);
    let body = mended.map(|event| json!({ "event": event }).to_string());
    let claims = claims("ops", "olga");
    ask(world, bus, Asked { method: "POST", path: &path, claims, body: body.as_deref() }).await
}

#[test]
fn a_parked_event_is_listed_until_its_act_has_taken_the_mended_one() {
    run(async {
        let world = family(TWO_DEEP).await;
        let bus = Answering::start().await;
        let order = paid("A1", "zoe", "10.00", "2026-11-11T00:00:00Z");
        let wrong = with(order.clone(), |data| data["lines"][0]["unit_price"] = json!(10));
        send(&world, &bus, &[wrong.to_string()]).await;

        let another = paid("A2", "zoe", "10.00", "2026-11-11T00:00:00Z");
        let (status, answer) = retry(&world, &bus, Some(&another)).await;
        assert_eq!(status, 400, "another order in its place would lose this one: {answer}");
        let (status, answer) = retry(&world, &bus, Some(&wrong)).await;
        assert_eq!((status.as_u16(), &answer["outcome"]), (200, &json!("parked")));

        // One that its act cannot take either: the parked one goes on standing for both.
        let yen = with(order.clone(), |data| {
            data["currency"] = json!("JPY");
            data["lines"][0]["unit_price"] = json!("10");
        });
        let (status, answer) = retry(&world, &bus, Some(&yen)).await;
        assert_eq!((status.as_u16(), &answer["outcome"]), (202, &json!("accepted")));
        act(&world, &delivered(&bus)).await;
        let parked = world.parked().await;
        assert_eq!(parked.len(), 1, "{parked:?}");
        assert_eq!(parked[0].event, wrong.to_string());

        let (status, answer) = retry(&world, &bus, Some(&order)).await;
        assert_eq!((status.as_u16(), &answer["outcome"]), (202, &json!("accepted")));
        assert_eq!(world.parked().await.len(), 1, "it is on its way, and nothing has taken it");
        act(&world, &delivered(&bus)).await;
        assert_eq!(world.parked().await, []);
        assert_eq!(world.record("A1").await.version, 1);
    });
}

#[test]
fn the_same_event_again_stays_one_in_the_list_until_it_can_succeed() {
    run(async {
        let world = World::without_plan().await;
        let bus = Answering::start().await;
        let events = [
            registered("ann", "2026-10-01T00:00:00Z"),
            bound("zoe", "ann", "2026-10-02T00:00:00Z"),
            paid("A1", "zoe", "10.00", "2026-11-11T00:00:00Z"),
        ];
        send(&world, &bus, &events.map(|event| event.to_string())).await;
        act(&world, &delivered(&bus)).await;
        let parked = world.parked().await;
        assert_eq!(parked.len(), 1, "there is no plan");
        let (_, answer) = retry(&world, &bus, None).await;
        assert_eq!(answer["outcome"], "accepted");
        let last = delivered(&bus).split_off(3);
        act(&world, &last).await;
        let still: Vec<_> = world.parked().await.into_iter().map(|one| one.id).collect();
        assert_eq!(still, [parked[0].id.clone()], "parked again in the same place");
        world.publish(TWO_DEEP).await;
        // The function that remembers that there was no plan is another process.
        let later = world.another_process();
        act(&later, &last).await;
        assert_eq!(world.parked().await, []);
        assert_eq!(world.record("A1").await.version, 1);
    });
}
