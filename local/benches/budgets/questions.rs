//! What a question over HTTP costs, through the real routes.

use axum::Extension;
use axum::body::Body;
use axum::http::Request;
use serve_api::{Api, Caller, Role, routes};
use tower::ServiceExt as _;
use upline_domain::schedule::Lead;
use upline_testkit::now;

use crate::ground::{Ground, order};
use crate::table::Row;

/// Lineage, balance and a page of commissions of the distributor nearest to a buyer.
pub(crate) async fn rows(ground: &Ground, buyer: &str) -> Vec<Row> {
    let orders: Vec<_> = (0..30).map(|n| order(&format!("asked-{n}"), buyer)).collect();
    ground.pay(&ground.world, &orders).await;
    let changed = ground.records(&orders).await;
    ground.post(&ground.world, changed).await;
    let (tenant, store) = (&ground.world.tenant, &ground.world.store);
    let (known, _) = store.buyer(tenant, &buyer.parse().unwrap()).await.unwrap();
    let id = known.binding.unwrap().distributor;

    let mut rows = Vec::new();
    for (path, what, limit) in [
        ("lineage", "lineage, 100,000 members: requests", "1"),
        ("balance", "balance, 100,000 members: requests", "1"),
        ("commissions?limit=25", "a page of 25 commissions, 100,000 members: requests", "2"),
    ] {
        let (process, meter) = ground.process();
        // Which plan is active is read once a minute.
        process.store.plan_at(tenant, now(), now()).await.unwrap();
        drop(meter.spent());
        let caller = Caller { tenant: tenant.clone(), role: Role::Ops, subject: None };
        let api = Api { store: process.store.clone(), now, lead: Lead::ManyProcesses };
        let router = routes(api).layer(Extension(caller));
        let request = Request::get(format!("/v1/distributors/{id}/{path}"));
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let spent = meter.spent();
        let names = spent.requests.join(", ");
        rows.push(Row::new(what, limit, format!("{} ({names})", spent.requests.len())));
    }
    rows
}
