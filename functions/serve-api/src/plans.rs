//! Plans: what was published, what is active from when, and how either is changed.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde_json::Value;
use serde_json::value::RawValue;
use upline_contract::answer::{
    Activation, List, OrderView, PlanActivated, PlanPublished, PlanVersion,
};
use upline_contract::plan::{self, Finding, Policy, fingerprint};
use upline_contract::request::{
    PlanRequest, SimulatedPlan, parse_activation, parse_plan, parse_simulate,
};
use upline_contract::simulate::parse_simulation;
use upline_contract::simulated::simulated;
use upline_domain::activation::{self, ActivationWish};
use upline_domain::ids::TenantId;
use upline_domain::limits::PLAN_VERSIONS_MAX;
use upline_domain::money::Currency;
use upline_domain::plan::Plan;
use upline_domain::schedule::Wanted;
use upline_domain::time;
use upline_store::{Activated, Draft, MadeActivation, Published, Signed, keys};

use crate::body::one;
use crate::paging::{Asked, encode};
use crate::problem::{Answer, PathId, Problem};
use crate::{Api, Caller};

/// `GET /v1/plans`: the versions, newest first, each with its activations.
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    asked: Asked,
) -> Answer<List<PlanVersion>> {
    caller.may(&[])?;
    let asked = asked.only(&["limit", "cursor"])?;
    let after = asked.after(keys::VERSIONS)?;
    let page = api.store.versions(&caller.tenant, asked.limit()?, after).await?;
    let made = api.store.activations(&caller.tenant).await?;
    let items: Result<_, _> = page.items.iter().map(|one| show_version(one, &made)).collect();
    Ok(Json(List { items: items?, cursor: page.after.map(|after| encode(&after)) }))
}

/// `GET /v1/plans/{version}`: one version with its document.
pub(crate) async fn show(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(version): PathId,
    asked: Asked,
) -> Answer<PlanVersion> {
    caller.may(&[])?;
    asked.only(&[])?;
    let number = version.parse().map_err(|_| unknown(&version))?;
    let found = api.store.version(&caller.tenant, number).await?;
    let (about, document) = found.ok_or_else(|| unknown(&version))?;
    let made = api.store.activations(&caller.tenant).await?;
    let mut shown = show_version(&about, &made)?;
    if shown.hash.is_none() {
        shown.hash = fingerprint(&document, &about.policy).ok().map(|hash| hash.to_string());
    }
    let document = RawValue::from_string(document).map_err(|broke| Problem::broken(&broke))?;
    shown.document = Some(document);
    Ok(Json(shown))
}

fn unknown(version: &str) -> Problem {
    let shown: String = version.chars().take(40).collect();
    Problem::not_found(format!("there is no version {shown} of the plan; list them"))
}

fn show_version(
    version: &upline_store::PlanVersion,
    made: &[MadeActivation],
) -> Result<PlanVersion, Problem> {
    let policy: Value =
        serde_json::from_str(&version.policy).map_err(|broke| Problem::broken(&broke))?;
    let Made { at, by, role, reason } = Made::of(version.published.as_ref());
    let own = made.iter().filter(|one| one.activation.version == version.version);
    Ok(PlanVersion {
        version: version.version,
        policy,
        hash: version.hash.map(|hash| hash.to_string()),
        published_at: at,
        by,
        role,
        reason,
        activations: own.map(show_activation).collect(),
        document: None,
    })
}

/// Who made a change by hand, as far as it is known.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) at: Option<String>,
    pub(crate) by: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Made {
    pub(crate) fn of(signed: Option<&Signed>) -> Self {
        signed.map_or_else(Self::default, |signed| Self {
            at: Some(time::text(signed.at)),
            by: Some(signed.by.clone()),
            role: Some(signed.role.clone()),
            reason: signed.reason.as_ref().map(ToString::to_string),
        })
    }
}

fn show_activation(MadeActivation { activation, made }: &MadeActivation) -> Activation {
    let Made { at: made_at, by, role, reason } = Made::of(made.as_ref());
    let rollout = activation.rollout.map(|share| share.to_string());
    Activation { from: show_from(activation), rollout, made_at, by, role, reason }
}

fn show_from(activation: &activation::Activation) -> Option<String> {
    (activation.from != jiff::Timestamp::MIN).then(|| time::text(activation.from))
}

/// The policy of a request: the one it names, or the one that the tenant's newest version was held
/// against, or `cn`.
async fn policy(api: &Api, tenant: &TenantId, asked: Option<Policy>) -> Result<Policy, Problem> {
    if let Some(policy) = asked {
        return Ok(policy);
    }
    let newest = api.store.versions(tenant, 1, None).await?.items.into_iter().next();
    let kept = newest.map(|newest| Policy::parse(&newest.policy)).transpose();
    let kept = kept.map_err(|broke| Problem::broken(&broke))?;
    let none = || Problem::bad_request("policy: the field is missing; add it");
    kept.or_else(|| Policy::named("cn")).ok_or_else(none)
}

async fn read(body: Body) -> Result<PlanRequest, Problem> {
    parse_plan(&one(body).await?).map_err(|wrong| {
        Problem::bad_request(format!("send {{\"document\": the plan, …}}: {wrong}"))
    })
}

/// `POST /v1/plans/check`: what is found of a plan; nothing is kept.
pub(crate) async fn check(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<Value> {
    caller.may(&[])?;
    let request = read(body).await?;
    let policy = policy(&api, &caller.tenant, request.policy).await?;
    Ok(Json(plan::check(request.document.get(), &policy).to_json()))
}

/// Findings as they stand in an answer.
fn values(findings: &[Finding]) -> Result<Vec<Value>, Problem> {
    let values = findings.iter().map(serde_json::to_value).collect::<Result<_, _>>();
    values.map_err(|broke| Problem::broken(&broke))
}

/// `POST /v1/plans/simulate?lang`: what an order would earn whom, and why, under a plan that is
/// given or was published; nothing is kept.
pub(crate) async fn simulate(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    asked: Asked,
    body: Body,
) -> Answer<OrderView> {
    caller.may(&[])?;
    let language = asked.only(&["lang"])?.language()?;
    let request = parse_simulate(&one(body).await?).map_err(|wrong| {
        Problem::bad_request(format!("send {{\"document\": the plan, \"given\": …}}: {wrong}"))
    })?;
    let plan = match request.plan {
        SimulatedPlan::Version(version) => {
            let found = api.store.plan_version(&caller.tenant, version).await?;
            found.ok_or_else(|| unknown(&version.to_string()))?.plan.clone()
        }
        SimulatedPlan::Draft(PlanRequest { document, policy: asked, .. }) => {
            let policy = policy(&api, &caller.tenant, asked).await?;
            plan::compile(document.get(), &policy).or_else(|errors| wrong_plan(&policy, &errors))?
        }
    };
    let refused = |wrong: String| Problem::bad_request(format!("given: {wrong}"));
    let simulation =
        parse_simulation(&request.given, &plan).map_err(|wrong| refused(wrong.to_string()))?;
    let view = simulated(simulation, &plan, language);
    Ok(Json(view.map_err(|wrong| refused(wrong.to_string()))?))
}

/// The currencies that the plan which is active now has a part for, and a new one has none: orders
/// in them would be parked from its activation on.
async fn dropped_currencies(
    api: &Api,
    tenant: &TenantId,
    new: &Plan,
) -> Result<Vec<Finding>, Problem> {
    let now = (api.now)();
    let active = api.store.plan_at(tenant, now, now).await?;
    let own = active.iter().flat_map(|active| active.plan.currencies.keys());
    let dropped = own.filter(|currency| !new.currencies.contains_key(currency));
    let finding = |currency: &Currency| Finding {
        rule: None,
        path: format!("currencies.{currency}"),
        code: "currency_dropped",
        message: format!(
            "the plan that is active now has a part for {currency}, this one has none: from its \
             activation on orders in {currency} are parked, and cannot be taken up later"
        ),
    };
    Ok(dropped.map(finding).collect())
}

/// Refuses a plan, with all that is wrong with it.
fn wrong_plan<T>(policy: &Policy, errors: &[Finding]) -> Result<T, Problem> {
    let (name, count) = (&policy.name, errors.len());
    let detail = format!("document: errors under policy {name}: {count}; mend each in `errors`");
    Err(Problem::wrong_plan(detail, values(errors)?))
}

/// `POST /v1/plans`: publishes a plan as the next version, if nothing is wrong with it.
pub(crate) async fn publish(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<(StatusCode, Json<PlanPublished>), Problem> {
    caller.may(&[])?;
    let request = read(body).await?;
    let policy = policy(&api, &caller.tenant, request.policy).await?;
    let document = request.document.get();
    let found = plan::check(document, &policy);
    if !found.is_ok() {
        return wrong_plan(&policy, &found.errors);
    }
    let mut warnings = values(&found.warnings)?;
    if let Some(plan) = &found.plan {
        warnings.extend(values(&dropped_currencies(&api, &caller.tenant, plan).await?)?);
    }
    let draft = Draft { document, policy: &policy.to_text(), fingerprint };
    let signed = caller.sign((api.now)(), request.reason);
    let (status, outcome, version) =
        match api.store.publish(&caller.tenant, &draft, &signed).await? {
            Published::Created(version) => (StatusCode::CREATED, "created", version),
            Published::Exists(version) => (StatusCode::OK, "exists", version),
            Published::TooMany => {
                let detail = format!("document: a tenant has at most {PLAN_VERSIONS_MAX} versions");
                return Err(Problem::refused(detail));
            }
        };
    let outcome = outcome.to_owned();
    Ok((status, Json(PlanPublished { version, outcome, policy: policy.name, warnings })))
}

/// `POST /v1/plans/activations`: a version is to be active from a time on, for all or for a share
/// of the buyers. To roll back is to activate an older one.
pub(crate) async fn activate(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<(StatusCode, Json<PlanActivated>), Problem> {
    caller.may(&[])?;
    let request = parse_activation(&one(body).await?).map_err(|wrong| {
        Problem::bad_request(format!("send {{\"version\": the version, …}}: {wrong}"))
    })?;
    let now = (api.now)();
    let when = Wanted { from: request.from, now, lead: api.lead };
    let wish = ActivationWish { version: request.version, rollout: request.rollout, when };
    let signed = caller.sign(now, request.reason);
    let (status, outcome, stands) = match api.store.activate(&caller.tenant, &wish, &signed).await?
    {
        Activated::Created(made) => (StatusCode::CREATED, "created", made),
        Activated::Exists(made) => (StatusCode::OK, "exists", made),
        Activated::UnknownVersion => return Err(unknown(&request.version.to_string())),
        Activated::Cannot(cannot) => return Err(Problem::refused(cannot.to_string())),
    };
    let activated = PlanActivated {
        version: stands.version,
        outcome: outcome.to_owned(),
        from: show_from(&stands),
        rollout: stands.rollout.map(|share| share.to_string()),
    };
    Ok((status, Json(activated)))
}
