//! The JSON Schemas of the wire, generated from the types that read it.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::event::{BOUND, COMPLETED, PAID, REFUNDED, REGISTERED};
use crate::published::{
    self, CommissionTotals, EventParked, LevelChanged, Outgoing, ReconciliationFinished,
};
use crate::{case, plan, simulate, wire};

/// The name of each file in `events/schemas`, and the JSON Schema (2020-12) that stands in it: the
/// whole envelope of each detail-type that comes in or goes out, the plan, what `upline simulate`
/// reads, and a case file.
///
/// A schema is as strict as a schema can be. What needs arithmetic, or a look at two places at
/// once, only the parser refuses.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Value)> {
    let registered = envelope::<wire::DistributorRegistered>(REGISTERED);
    let bound = envelope::<wire::BuyerBound>(BOUND);
    let refunded = envelope::<wire::OrderRefunded>(REFUNDED);
    let at_most_one = json!({ "not": { "allOf": either("invite_code", "sponsor_id") } });
    let one_referrer = json!({ "oneOf": either("invite_code", "distributor_id") });
    let one_measure = json!({ "oneOf": either("lines", "amount") });
    let mut plan = of::<plan::document::Document>();
    forbid_null(&mut plan);
    vec![
        ("DistributorRegistered.schema.json", constrained(registered, REGISTERED, at_most_one)),
        ("BuyerBound.schema.json", constrained(bound, BOUND, one_referrer)),
        ("OrderPaid.schema.json", envelope::<wire::OrderPaid>(PAID)),
        ("OrderRefunded.schema.json", constrained(refunded, REFUNDED, one_measure)),
        ("OrderCompleted.schema.json", envelope::<wire::OrderCompleted>(COMPLETED)),
        ("CommissionEarned.schema.json", outgoing::<CommissionTotals>(published::EARNED)),
        ("CommissionReversed.schema.json", outgoing::<CommissionTotals>(published::REVERSED)),
        ("CommissionDue.schema.json", outgoing::<CommissionTotals>(published::DUE)),
        ("LevelChanged.schema.json", outgoing::<LevelChanged>(published::LEVEL_CHANGED)),
        (
            "ReconciliationFinished.schema.json",
            outgoing::<ReconciliationFinished>(published::RECONCILED),
        ),
        ("EventParked.schema.json", outgoing::<EventParked>(published::PARKED)),
        ("plan.schema.json", plan),
        ("simulation.schema.json", of::<simulate::Document>()),
        ("case.schema.json", of::<case::Document>()),
    ]
}

fn of<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

/// The schema of a message whose data are `D`, with its detail-type fixed.
fn envelope<D: JsonSchema>(detail_type: &str) -> Value {
    named(of::<wire::Envelope<D>>(), detail_type)
}

/// The schema of an event that the product sends.
fn outgoing<D: JsonSchema>(detail_type: &str) -> Value {
    let mut schema = named(of::<Outgoing<D>>(), detail_type);
    if let Some(Value::Object(source)) = schema.pointer_mut("/properties/source") {
        source.insert("const".to_owned(), json!(published::SOURCE));
    }
    schema
}

fn named(mut schema: Value, detail_type: &str) -> Value {
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), json!(detail_type));
    }
    if let Some(Value::Object(kind)) = schema.pointer_mut("/properties/detail-type") {
        kind.insert("const".to_owned(), json!(detail_type));
    }
    schema
}

/// Adds to the schema of the data what no type can say.
fn constrained(mut schema: Value, name: &str, rule: Value) -> Value {
    let data = schema.pointer_mut(&format!("/$defs/{name}"));
    if let (Some(Value::Object(data)), Value::Object(rule)) = (data, rule) {
        data.extend(rule);
    }
    schema
}

/// That a field is there and is not null, for each of two.
fn either(one: &str, other: &str) -> Value {
    let given = |name: &str| {
        let not_null = Map::from_iter([(name.to_owned(), json!({ "not": { "type": "null" } }))]);
        json!({ "required": [name], "properties": not_null })
    };
    json!([given(one), given(other)])
}

/// Takes the `null` out of everything that may be absent: a plan has none.
fn forbid_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| *kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            let choices = map.get_mut("anyOf").and_then(Value::as_array_mut);
            let chosen = choices.and_then(|choices| {
                choices.retain(|choice| *choice != json!({ "type": "null" }));
                (choices.len() == 1).then(|| choices.pop()).flatten()
            });
            if let Some(Value::Object(chosen)) = chosen {
                map.remove("anyOf");
                map.extend(chosen);
            }
            map.values_mut().for_each(forbid_null);
        }
        Value::Array(list) => list.iter_mut().for_each(forbid_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
