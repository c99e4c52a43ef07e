//! Queries: whatever stands in the address, the answer is a page or a problem that says what to do,
//! and never a failure of the server or anything of another tenant's. A cursor that is taken is one
//! that could have been printed, and it leads on.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Uri};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bolero::generator::ValueGenerator;
use reconcile::run_here;
use serde_json::{Value, json};
use serve_api::{Api, Caller, Role};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use upline_contract::job::AskedDay;
use upline_contract::plan::EXAMPLE_PLAN;
use upline_domain::schedule::Lead;
use upline_testkit::World;
use upline_testkit::events::{bound, completed, paid, registered, registered_under};
use upline_testkit::shop::Shop;

use crate::dice::Dice;
use crate::mutate::{bytes, touched_text};

/// In every id of the tenant who has data, and in nothing else.
const MARK: &str = "zq7";

const LISTS: [&str; 8] = [
    "/v1/distributors/zq7d0/team",
    "/v1/distributors/zq7d0/commissions",
    "/v1/distributors/zq7d0/days",
    "/v1/balances",
    "/v1/orders?from=2026-11-10&to=2026-11-14",
    "/v1/parked",
    "/v1/audit",
    "/v1/reports/2026-11-11",
];

const PATHS: [&str; 18] = [
    "/v1/distributors/zq7d0/team",
    "/v1/distributors/zq7d0/commissions",
    "/v1/distributors/zq7d0/days",
    "/v1/balances",
    "/v1/orders",
    "/v1/parked",
    "/v1/audit",
    "/v1/plans",
    "/v1/distributors/zq7d1",
    "/v1/distributors/zq7d2/lineage",
    "/v1/distributors/zq7d1/balance",
    "/v1/orders/zq7o1",
    "/v1/plans/1",
    "/v1/distributors/%23",
    "/v1/orders/%ff",
    "/v1/plans/4294967296",
    "/v1/reports/2026-11-11",
    "/v1/reports/2026-11-12",
];

const NAMES: [&str; 13] = [
    "cursor", "from", "to", "limit", "depth", "lang", "by", "code", "run", "format", "", "Limit",
    "%63ursor",
];

const VALUES: [&str; 37] = [
    "2026-11-10",
    "2026-11-14",
    "2026-11-11",
    "2026-11-31",
    "2026-11-1",
    "-009999-01-01",
    "9999-12-31",
    "2026-W46-3",
    "20261111",
    "2026-11-11T00:00:00Z",
    "2026-11-11T00:00:00.001Z",
    "9999-12-30T22:00:00Z",
    "0000-01-01T00:00:00Z",
    "1",
    "2",
    "5",
    "100",
    "101",
    "0",
    "-1",
    "18446744073709551616",
    "+1",
    "1.0",
    "",
    "en",
    "zh",
    "json",
    "csv",
    "html",
    "malformed",
    "conflict",
    "%",
    "%ff",
    "%00",
    "%0a",
    "%23",
    "a&b=c",
];

struct Server {
    runtime: Runtime,
    routes: Router,
    /// One who may see all of a tenant that has data, and one of a tenant that has none.
    callers: [Caller; 2],
}

impl Server {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let world = runtime.block_on(story());
        let now = upline_testkit::now;
        let api = Api { store: world.store.clone(), now, lead: Lead::SingleProcess };
        let caller = |tenant: &str| Caller {
            tenant: tenant.parse().unwrap(),
            role: Role::Admin,
            subject: None,
        };
        let callers = [caller("demo"), caller("other")];
        let server = Self { runtime, routes: serve_api::routes(api), callers };
        server.change_by_hand();
        server
    }

    fn change_by_hand(&self) {
        for n in 0..3 {
            let body = json!({ "value": "frozen", "reason": format!("case {n}") }).to_string();
            let request = Request::post(format!("/v1/distributors/zq7d{n}/status"));
            let request = request.extension(self.callers[0].clone()).body(Body::from(body));
            let (status, answer) = self.answer(request.unwrap());
            assert_eq!(status, 201, "{answer}");
        }
    }

    fn answer(&self, request: Request<Body>) -> (u16, Value) {
        self.runtime.block_on(async {
            let answer = self.routes.clone().oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
        })
    }

    /// Asks as one of the two callers; none where no client could send such an address.
    fn get(&self, caller: usize, address: &str) -> Option<(u16, Value)> {
        let uri: Uri = address.parse().ok()?;
        let request = Request::get(uri).extension(self.callers[caller].clone());
        Some(self.answer(request.body(Body::empty()).unwrap()))
    }

    /// The cursors of a list, page by page of one; they lead through what one page has.
    fn walk(&self, list: &str) -> Vec<String> {
        let with = if list.contains('?') { '&' } else { '?' };
        let page = |query: String| self.get(0, &format!("{list}{with}{query}")).unwrap();
        let (status, whole) = page("limit=100".to_owned());
        assert_eq!((status, whole.get("cursor")), (200, None), "{list}: {whole}");
        let (mut items, mut cursors) = (Vec::new(), Vec::<String>::new());
        loop {
            let cursor = cursors.last().map(|last| format!("&cursor={last}"));
            let (status, answer) = page(format!("limit=1{}", cursor.unwrap_or_default()));
            assert_eq!(status, 200, "{list}: {answer}");
            let page = rows(&answer).unwrap();
            assert!(page.len() <= 1, "{list}: {answer}");
            items.extend(page.iter().cloned());
            let Some(next) = answer["cursor"].as_str() else { break };
            assert!(!cursors.iter().any(|seen| seen == next), "{list} goes in a circle");
            cursors.push(next.to_owned());
        }
        assert!(items.len() > 1, "{list} has more than a page of one");
        assert_eq!(Some(&items), rows(&whole), "{list}, page by page");
        cursors
    }
}

/// What a page lists: its items, or the differences of a report.
fn rows(page: &Value) -> Option<&Vec<Value>> {
    page.get("items").or_else(|| page.get("differences"))?.as_array()
}

/// A day of which the books have what no list has, and a list what the books have not.
async fn reconcile(world: &World) {
    let listed: Vec<Value> = (0..5)
        .map(|n| paid(&format!("zq7l{n}"), "zq7b1", "1.00", "2026-11-11T00:00:00Z"))
        .collect();
    let shop = Shop::new(&world.store).listing(&listed);
    for _ in 0..2 {
        let date = Some("2026-11-11".parse().unwrap());
        let (tenant, by) = (world.tenant.clone(), "zq7".to_owned());
        let asked = AskedDay { tenant, date, dry_run: true, by };
        run_here(&world.store, &shop, &asked).await.unwrap();
    }
}

async fn story() -> World {
    let world = World::with_plan_under(EXAMPLE_PLAN, "cn").await;
    let mut events = vec![registered("zq7d0", "2026-11-01T00:00:00Z")];
    for n in 1..6 {
        let sponsor = if n < 4 { "zq7d0" } else { "zq7d1" };
        events.push(registered_under(&format!("zq7d{n}"), sponsor, "2026-11-02T00:00:00Z"));
        events.push(bound(&format!("zq7b{n}"), &format!("zq7d{n}"), "2026-11-03T00:00:00Z"));
    }
    for n in 0..9 {
        let (order, buyer) = (format!("zq7o{n}"), format!("zq7b{}", 1 + n % 5));
        events.push(paid(&order, &buyer, "120.00", &format!("2026-11-1{}T00:00:00Z", n % 4)));
        if n % 3 == 0 {
            events.push(completed(&order, "2026-11-20T00:00:00Z"));
        }
        if n % 3 == 1 {
            events.push(paid(&order, &buyer, "99.00", "2026-11-11T00:00:00Z"));
            events.push(paid(&format!("{order}x"), &buyer, "-1", "2026-11-12T00:00:00Z"));
        }
    }
    world.send_all(&events).await;
    reconcile(&world).await;
    world
}

/// A list, and a cursor that it printed.
type Printed = (&'static str, String);

/// An address, made of a path and parameters that are nearly right.
fn addresses(printed: Vec<Printed>) -> impl ValueGenerator<Output = String> {
    bytes().map_gen(move |bytes: Vec<u8>| {
        let mut dice = Dice::of(&bytes);
        let (list, own) = dice.pick(&printed);
        let path = if dice.chance(30) { *dice.pick(&PATHS) } else { *list };
        let mut address = path.to_owned();
        if path == *list && dice.chance(60) {
            push(&mut address, "cursor", &cursor(own, &mut dice));
        }
        for _ in 0..dice.below(4) {
            let name = *dice.pick::<&str>(&NAMES);
            let mut value = match name {
                "limit" if dice.chance(60) => (*dice.pick(&["1", "2", "5"])).to_owned(),
                "cursor" | "%63ursor" => cursor(&dice.pick(&printed).1, &mut dice),
                _ => (*dice.pick(&VALUES)).to_owned(),
            };
            if dice.chance(15) {
                value = escaped(&touched_text(&value, &mut dice));
            }
            push(&mut address, name, &value);
        }
        address
    })
}

fn push(address: &mut String, name: &str, value: &str) {
    address.push(if address.contains('?') { '&' } else { '?' });
    address.extend([name, "=", value]);
}

/// A cursor that was printed, as it is or with something changed in what it says.
fn cursor(printed: &str, dice: &mut Dice<'_>) -> String {
    if dice.chance(40) {
        return printed.to_owned();
    }
    if dice.chance(20) {
        return format!("{printed}{}", dice.pick(&["=", "A", ".", "=="]));
    }
    let said = String::from_utf8(BASE64.decode(printed).unwrap()).unwrap();
    let said = match dice.below(7) {
        0 => said.replace("demo", "other"),
        1 => said.replace("#M#", "#O#"),
        2 => said.replace('\n', ""),
        3 => format!("{}{}", dice.pick(&["0\n\n", "31\n", "7\n", "-1\n", "99999999999\n"]), said),
        4 => said.repeat(1 + dice.below(30)),
        5 => said.replace(
            "DIFF#2",
            dice.pick::<&str>(&["DIFF#1", "DIFF#20", concat!("TO", "DO#2"), " "]),
        ),
        _ => touched_text(&touched_text(&said, dice), dice),
    };
    BASE64.encode(said)
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02x}"),
    };
    text.bytes().map(escape).collect()
}

fn check(server: &Server, address: &str) {
    let Some((status, answer)) = server.get(0, address) else { return };
    if status == 200 {
        check_page(server, address, &answer);
    } else {
        assert!([400, 404].contains(&status), "{status} to {address}: {answer}");
        assert_eq!(answer["status"], status, "{address}: {answer}");
        for field in ["title", "detail"] {
            assert!(answer[field].as_str().is_some_and(|text| !text.trim().is_empty()), "{answer}");
        }
    }
    let (status, others) = server.get(1, address).unwrap();
    assert!([200, 400, 404].contains(&status), "{status} to another tenant: {others}");
    assert!(status != 200 || !others.to_string().contains(MARK), "another tenant's: {others}");
}

fn check_page(server: &Server, address: &str, answer: &Value) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|p| p.split_once('=')).collect();
    let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), pairs.len(), "{address} asks something twice");
    assert!(names.iter().all(|name| NAMES.contains(name) && *name != "Limit" && !name.is_empty()));
    let asked = |name: &str| pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    if let Some(cursor) = asked("cursor").filter(|cursor| !cursor.contains('%')) {
        let said = BASE64.decode(cursor).ok().and_then(|said| String::from_utf8(said).ok());
        let printed = said.as_ref().map(|said| BASE64.encode(said));
        assert_eq!(printed.as_deref(), Some(cursor), "{address} is answered");
    }
    let (usual, most) = if path.starts_with("/v1/reports/") { (100, 1_000) } else { (25, 100) };
    let limit = asked("limit").map_or(usual, |limit| limit.parse().unwrap_or(most));
    let Some(items) = rows(answer) else { return };
    assert!(items.len() <= limit, "{} of at most {limit}: {address}", items.len());
    if let Some(next) = answer.get("cursor").and_then(Value::as_str) {
        assert_ne!(asked("cursor"), Some(next), "{address} does not lead on");
        let others = pairs.iter().filter(|(name, _)| !name.ends_with("ursor"));
        let others: String = others.flat_map(|(name, value)| [*name, "=", *value, "&"]).collect();
        let (status, after) = server.get(0, &format!("{path}?{others}cursor={next}")).unwrap();
        assert_eq!(status, 200, "{address}, and then {next}: {after}");
    }
}

#[test]
fn queries() {
    let server = Server::start();
    let of = |list: &'static str| server.walk(list).into_iter().map(move |cursor| (list, cursor));
    let printed: Vec<Printed> = LISTS.into_iter().flat_map(of).collect();
    for text in crate::corpus::kept("queries") {
        let addresses: Vec<String> = serde_json::from_str(&text).unwrap();
        for address in addresses {
            check(&server, &address);
        }
    }
    let server = AssertUnwindSafe(server); // A test that fails ends.
    let target = bolero::check!().with_generator(addresses(printed)).with_iterations(600);
    target.for_each(|address: &String| check(&server, address));
}
