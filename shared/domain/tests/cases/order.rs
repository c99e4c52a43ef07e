//! What one order comes to: the form that users write, and all that its record says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use upline_contract::answer::order_view;
use upline_contract::plan::{Policy, compile};
use upline_contract::simulate::{Simulation, parse_simulation};
use upline_domain::allocation::{Allocation, Attribution, CALCULATION_VERSION};
use upline_domain::calculate::{Step, calculate};
use upline_domain::contribution::{Contribution, contributions};
use upline_domain::explain::{ancestor, sentence};
use upline_domain::language::Language;
use upline_domain::money::{Currency, Money};
use upline_domain::order::Record;
use upline_domain::plan::Plan;
use upline_domain::reverse::{Reversal, reversed};

use crate::{Answer, Case};

/// Calculates the order of a case, applies its refunds and says where the money stands.
pub(crate) fn answer(case: &Case, folder: &Path) -> Answer {
    let plan = plan(case, folder)?;
    known(&case.given)?;
    let simulation = parse_simulation(&case.given.to_string(), &plan).map_err(|e| e.to_string())?;
    let Simulation { paid, frozen, refunds, completed_at } = simulation;

    let mut caps: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut trace: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |step: Step<'_>| {
        let who = frozen.lineage[ancestor(&step)].id.to_string();
        trace.entry(who.clone()).or_default().push(sentence(
            &step,
            paid.currency,
            Language::English,
        ));
        let cap = match step {
            Step::CardCap { .. } => "card",
            Step::DepthCap { .. } => "depth",
            Step::TotalCap { .. } => "total",
            Step::Earned { .. } | Step::Rounded { .. } => return,
        };
        caps.entry(who).or_default().push(cap);
    };
    let calculation = calculate(&paid, &plan, &frozen, &mut note).map_err(|e| e.to_string())?;

    let attributed = Attribution {
        plan_version: 1,
        calculation_version: CALCULATION_VERSION,
        terms: plan.terms(paid.currency).ok_or("the plan has no terms for the currency")?,
        frozen,
        lines: calculation.lines,
        allocations: calculation.allocations,
    };
    let record = Record {
        paid: Some(paid),
        attributed: Some(attributed),
        refunds,
        completed_at,
        version: 1,
    };
    let reversal = reversed(&record).map_err(|e| e.to_string())?;
    let counted = contributions(&record).map_err(|e| e.to_string())?;
    let (Some(paid), Some(attributed)) = (&record.paid, &record.attributed) else {
        unreachable!("both were put there above");
    };
    let told = Told { currency: paid.currency, record: (paid, attributed), reversal: &reversal };
    let mut answer = told.answer();
    let counted = counted.iter().map(|(id, one)| (id.to_string(), contribution(one)));
    answer.insert("contributions".to_owned(), Value::Object(counted.collect()));
    answer.insert("caps".to_owned(), json!(caps));
    answer.insert("trace".to_owned(), json!(trace));
    answer.extend(words(&record, &plan, Language::English));
    answer.insert("zh".to_owned(), words(&record, &plan, Language::Chinese).into());
    Ok(answer)
}

/// Why each line is on its card, and why some of the lineage earn nothing; in Chinese also the
/// steps, which in English stand under `trace`.
fn words(record: &Record, plan: &Plan, language: Language) -> Map<String, Value> {
    let view = order_view(&"A1".parse().unwrap(), record, Some(plan), language).unwrap();
    let why = view.lines.into_iter().map(|line| (line.line_id, json!(line.why)));
    let nothing = view.nothing.into_iter().map(|one| (one.distributor_id, json!(one.trace)));
    let refunds = view.refunds.into_iter().map(|one| (one.refund_id, json!(one.problems)));
    let trace = view.allocations.into_iter().map(|one| (one.distributor_id, json!(one.trace)));
    let mut words = Map::new();
    words.insert("why".to_owned(), Value::Object(why.collect()));
    words.insert("nothing".to_owned(), Value::Object(nothing.collect()));
    words.insert("problems_of".to_owned(), Value::Object(refunds.collect()));
    if language == Language::Chinese {
        words.insert("trace".to_owned(), Value::Object(trace.collect()));
    }
    words
}

fn plan(case: &Case, folder: &Path) -> Result<Plan, String> {
    let text = match &case.plan {
        Some(Value::String(path)) => {
            fs::read_to_string(folder.join(path)).map_err(|error| format!("{path}: {error}"))?
        }
        Some(document) => document.to_string(),
        None => return Err("a case of an order needs a plan".to_owned()),
    };
    let policy = Policy::named("global").ok_or("no policy is called global")?;
    compile(&text, &policy).map_err(|findings| format!("the plan: {findings:?}"))
}

/// Events ignore what they do not know; a case does not, or a misspelt field would test nothing.
fn known(given: &Value) -> Result<(), String> {
    let order = "order_id buyer_id currency paid_at lines discount shipping tax invite_code region";
    let refund = "order_id refund_id refunded_at currency lines amount shipping tax";
    only(given, "order lineage first_order month_sales refunds completed_at")?;
    only(&given["order"], order)?;
    let line = "line_id sku category quantity unit_price discount unit_cost";
    each(&given["order"]["lines"], line)?;
    each(&given["lineage"], "distributor_id level status")?;
    each(&given["refunds"], refund)?;
    let refunds = given["refunds"].as_array().into_iter().flatten();
    refunds.map(|refund| &refund["lines"]).try_for_each(|lines| each(lines, "line_id amount"))
}

fn each(list: &Value, keys: &str) -> Result<(), String> {
    list.as_array().into_iter().flatten().try_for_each(|one| only(one, keys))
}

fn only(object: &Value, keys: &str) -> Result<(), String> {
    let mut own = object.as_object().into_iter().flat_map(Map::keys);
    let unknown = own.find(|key| !keys.split(' ').any(|known| known == *key));
    unknown.map_or(Ok(()), |key| Err(format!("given: there is no {key:?}")))
}

/// A record, to be told in texts.
struct Told<'a> {
    currency: Currency,
    record: (&'a upline_domain::order::Paid, &'a Attribution),
    reversal: &'a Reversal,
}

impl Told<'_> {
    fn answer(&self) -> Map<String, Value> {
        let (paid, attributed) = self.record;
        let ids: Vec<String> = paid.lines.iter().map(|line| line.id.to_string()).collect();
        let by_line = |values: Vec<Value>| Value::Object(ids.iter().cloned().zip(values).collect());
        let rules = attributed.lines.iter();
        let rules = rules.map(|rule| json!(rule.as_ref().map(|rule| rule.rule.as_str())));
        let lines = paid.amounts().iter().map(|line| {
            json!({
                "list": self.text(line.list),
                "net": self.text(line.net),
                "paid": self.text(line.paid),
                "profit": line.profit.map(|profit| self.text(profit)),
            })
        });
        let refunded = self.reversal.refunded.iter().map(|&amount| json!(self.text(amount)));
        let answer = [
            ("rules", by_line(rules.collect())),
            ("lines", by_line(lines.collect())),
            ("refunded", by_line(refunded.collect())),
            ("allocations", self.by_beneficiary(|one, _| json!(self.text(one.amount)))),
            ("depths", self.by_beneficiary(|one, _| json!(one.depth))),
            (
                "by_line",
                self.by_beneficiary(|one, _| {
                    let parts = one.lines.iter();
                    parts.map(|&(line, part)| (ids[line].clone(), json!(self.text(part)))).collect()
                }),
            ),
            (
                "reversed",
                self.by_beneficiary(|_, place| {
                    json!(self.text(self.reversal.of_allocation(place).unwrap()))
                }),
            ),
            (
                "reversed_by_line",
                self.by_beneficiary(|one, place| {
                    let parts = one.lines.iter().zip(&self.reversal.taken_back[place]);
                    parts
                        .map(|(line, &part)| (ids[line.0].clone(), json!(self.text(part))))
                        .collect()
                }),
            ),
            ("problems", self.reversal.problems.iter().map(|one| json!(one.as_str())).collect()),
        ];
        answer.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn by_beneficiary(&self, value: impl Fn(&Allocation, usize) -> Value) -> Value {
        let (_, attributed) = self.record;
        let allocations = attributed.allocations.iter().enumerate();
        let named = allocations.map(|(place, one)| {
            (attributed.frozen.lineage[one.ancestor].id.to_string(), value(one, place))
        });
        Value::Object(named.collect())
    }

    fn text(&self, amount: Money) -> String {
        amount.text(self.currency)
    }
}

/// A contribution without what is zero or none.
fn contribution(one: &Contribution) -> Value {
    let amount = |amount: Money| (amount > Money::ZERO).then(|| json!(amount.text(one.currency)));
    let fields = [
        ("day", Some(json!(one.day.to_string()))),
        ("depth", (one.depth > 0).then(|| json!(one.depth))),
        ("earned", amount(one.earned)),
        ("reversed", amount(one.reversed)),
        ("due", one.due.map(|day| json!(day.to_string()))),
        ("own_orders", (one.own_orders > 0).then(|| json!(one.own_orders))),
        ("own_sales", amount(one.own_sales)),
        ("team_sales", amount(one.team_sales)),
    ];
    let present = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(present.collect())
}
