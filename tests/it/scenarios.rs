//! The scenario table against the handlers and routes in this process; `local/tests/it` plays the
//! same files against the server.

use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;
use serve_api::{Api, Caller, Role};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use upline_contract::answer::EventResult;
use upline_domain::schedule::Lead;
use upline_testkit::World;
use upline_testkit::scenario::{Place, Scenario, play_folder};

/// As many as there were when the table was last added to.
const AT_LEAST: usize = 110;

#[test]
fn every_scenario_holds_in_process() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    play_folder(&folder, AT_LEAST, InProcess::open);
}

struct InProcess {
    runtime: Runtime,
    world: World,
    routes: Router,
    caller: Caller,
}

impl InProcess {
    fn open(scenario: &Scenario) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let Scenario { plan, policy, .. } = scenario;
        let world = runtime.block_on(World::with_plan_under(plan, policy));
        let (store, now) = (world.store.clone(), upline_testkit::now);
        let api = Api { store, now, lead: Lead::SingleProcess };
        let caller = Caller { tenant: world.tenant.clone(), role: Role::Admin, subject: None };
        Self { runtime, world, routes: serve_api::routes(api), caller }
    }
}

impl Place for InProcess {
    fn send(&mut self, events: &[Value]) -> Vec<EventResult> {
        let send = async |event: &Value| {
            let outcome = self.world.send(event).await;
            let id = event.pointer("/detail/metadata/id").and_then(Value::as_str);
            EventResult {
                id: id.map(str::to_owned),
                outcome: outcome.word().to_owned(),
                reason: outcome.reason(),
            }
        };
        events.iter().map(|event| self.runtime.block_on(send(event))).collect()
    }

    fn settle(&mut self) {
        self.runtime.block_on(self.world.post());
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        let request = Request::get(path).extension(self.caller.clone());
        let request = request.body(Body::empty()).unwrap();
        self.runtime.block_on(async {
            let answer = self.routes.clone().oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
        })
    }
}
