//! Through whom an order came.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use upline_domain::bind::{Binding, BoundBy, Buyer, Origin, origin};
use upline_domain::fingerprint::Fields;
use upline_domain::ids::{BuyerId, DistributorId};
use upline_domain::member::{History, Member};
use upline_domain::money::Money;
use upline_domain::order::Payment;
use upline_domain::plan::SelfPurchase;
use upline_domain::time;

use crate::{Answer, Case};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    self_purchase: String,
    buyer_id: String,
    paid_at: String,
    invite_code: Option<String>,
    binding: Option<Bound>,
    member: Option<Registered>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bound {
    distributor_id: String,
    bound_at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registered {
    registered_at: String,
    lineage: Vec<String>,
}

/// `{"own": [lineage]}`, `{"through": distributor}`, `{"code": code}` or `"unknown"`.
pub(crate) fn answer(case: &Case, _folder: &Path) -> Answer {
    let given = Given::deserialize(&case.given).map_err(|error| error.to_string())?;
    let self_purchase = match given.self_purchase.as_str() {
        "none" => SelfPurchase::None,
        "buyer" => SelfPurchase::Buyer,
        other => return Err(format!("no such self_purchase: {other}")),
    };
    let buyer: BuyerId = id(&given.buyer_id)?;
    let binding = given.binding.as_ref().map(|bound| {
        Ok::<_, String>(Binding {
            distributor: id(&bound.distributor_id)?,
            bound_at: instant(&bound.bound_at)?,
            how: BoundBy::Link,
        })
    });
    let known = Buyer { binding: binding.transpose()?, first_order: None };
    let member = given.member.as_ref().map(|one| member(buyer.as_distributor(), one));
    let payment = Payment {
        order: id("A1")?,
        currency: id("CNY")?,
        paid_at: instant(&given.paid_at)?,
        lines: Vec::new(),
        discount: Money::ZERO,
        invite_code: given.invite_code.as_deref().map(id).transpose()?,
        region: None,
        buyer,
    };
    let origin = match origin(&payment, &known, member.transpose()?.as_ref(), self_purchase) {
        Origin::Own(lineage) => {
            let ids: Vec<Value> = lineage.iter().map(|id| json!(id.as_str())).collect();
            json!({ "own": ids })
        }
        Origin::Through(distributor) => json!({ "through": distributor.as_str() }),
        Origin::Code(code) => json!({ "code": code.as_str() }),
        Origin::Unknown => json!("unknown"),
    };
    Ok(Map::from_iter([("origin".to_owned(), origin)]))
}

fn member(id_of: DistributorId, given: &Registered) -> Result<Member, String> {
    let registered_at = instant(&given.registered_at)?;
    let lineage = given.lineage.iter().map(|one| id(one));
    Ok(Member {
        id: id_of,
        registered_at,
        registered_on: time::day(registered_at, &jiff::tz::TimeZone::UTC),
        lineage: lineage.collect::<Result<_, _>>()?,
        invite_code: id("CODE9")?,
        display_name: None,
        levels: History::default(),
        statuses: History::default(),
        risks: History::default(),
        fingerprint: Fields::of("registration").finish(),
    })
}

fn instant(text: &str) -> Result<Timestamp, String> {
    time::parse(text).map_err(|error| error.to_string())
}

fn id<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| format!("{text}: {error}"))
}
