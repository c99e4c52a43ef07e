//! Compiles the rule table of one currency.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use upline_domain::coverage::Coverage;
use upline_domain::limits::{RULE_VALUES_MAX, RULES_MAX};
use upline_domain::plan::{self, Conditions, Range};

use super::compile::scan;
use super::document::{Between, Interval, Rule, When};
use super::finding::{DUPLICATE_ID, EMPTY, Findings};
use super::part::Setting;
use super::words::example;
use crate::read::{TOO_LARGE, below};
use crate::scalar::{Amount, Scalar, Whole, Written};

/// The rules, highest priority first; of equal ones, in the order of the document.
pub(super) fn compile(
    setting: &Setting<'_>,
    written: &[Rule],
    cards: &[&str],
    findings: &mut Findings,
) -> Vec<plan::Rule> {
    let path = setting.at("rules");
    if written.len() > RULES_MAX {
        too_many(written.len(), &path, findings);
        return Vec::new();
    }
    let values: usize = written.iter().map(|rule| values(&rule.when)).sum();
    if values > RULE_VALUES_MAX {
        let message = format!(
            "the conditions of a currency's rules list at most {RULE_VALUES_MAX} values in all, \
             these {values}; write a category for many products"
        );
        findings.add(TOO_LARGE, path.clone(), message);
        return Vec::new();
    }
    let ids = written.iter().enumerate();
    let ids = ids.map(|(place, rule)| (format!("{path}[{place}].id"), rule.id.text.as_str()));
    refuse_doubles(ids, findings);
    let (mut places, mut compiled) = (Vec::new(), Vec::new());
    for (place, rule) in written.iter().enumerate() {
        findings.about(Some(&rule.id.text));
        let at = format!("{path}[{place}]");
        if let Some(rule) = one(setting, rule, cards, &at, findings) {
            places.push(place);
            compiled.push(rule);
        }
    }
    refuse_overlaps(setting, (&places, &compiled), &path, findings);
    findings.about(None);
    compiled.sort_by_key(|rule| Reverse(rule.priority));
    compiled
}

fn too_many(count: usize, path: &str, findings: &mut Findings) {
    let message = format!("a currency has at most {RULES_MAX} rules, this one {count}");
    findings.add(TOO_LARGE, path, message);
}

/// How many values the lists of a rule's conditions have.
fn values(when: &When) -> usize {
    fn count<T>(list: Option<&Vec<T>>) -> usize {
        list.map_or(0, Vec::len)
    }
    let When { category, sku, region, level, distributor, .. } = when;
    let texts = [category, sku, region].map(|list| count(list.as_ref())).iter().sum::<usize>();
    texts + count(level.as_ref()) + count(distributor.as_ref())
}

/// Notes each id that stands a second time.
fn refuse_doubles<'a>(ids: impl Iterator<Item = (String, &'a str)>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (path, id) in ids {
        if !seen.insert(id) {
            findings.about(Some(id));
            findings.add(DUPLICATE_ID, path, format!("id {id} stands twice; give each its own"));
        }
    }
    findings.about(None);
}

/// Notes each rule that shares a line with an earlier one of its priority, once.
fn refuse_overlaps(
    setting: &Setting<'_>,
    (places, rules): (&[usize], &[plan::Rule]),
    path: &str,
    findings: &mut Findings,
) {
    // Levels that could not be read are no reason to be silent about the rules.
    let Some(coverage) = Coverage::new(rules, setting.levels.len().max(1)) else {
        return too_many(rules.len(), path, findings);
    };
    for (rule, rival, line) in coverage.overlaps() {
        let at = |place: usize| places.get(place).zip(rules.get(place));
        let (Some((place, rule)), Some((_, rival))) = (at(rule), at(rival)) else { continue };
        findings.about(Some(rule.id.as_str()));
        let message = format!(
            "rules {} and {} both have priority {} and one line could match both, for example {}; \
             give one of them another priority",
            rival.id,
            rule.id,
            rule.priority,
            example(&line, setting.levels, setting.currency),
        );
        findings.add("overlap", format!("{path}[{place}]"), message);
    }
}

fn one(
    setting: &Setting<'_>,
    rule: &Rule,
    cards: &[&str],
    path: &str,
    findings: &mut Findings,
) -> Option<plan::Rule> {
    let id = scan(&rule.id, &below(path, "id"), findings);
    let card = cards.iter().position(|name| *name == rule.card.text);
    // Cards that could not be read may be the one.
    if card.is_none() && !findings.is_mended(&setting.at("cards")) {
        let message =
            format!("there is no card {:?}; the currency has {}", rule.card.text, cards.join(", "));
        findings.add("unknown_card", below(path, "card"), message);
    }
    let when = conditions(setting, &rule.when, &below(path, "when"), findings);
    Some(plan::Rule { id: id?, priority: rule.priority.0, when, card: card? })
}

fn conditions(
    setting: &Setting<'_>,
    when: &When,
    path: &str,
    findings: &mut Findings,
) -> Conditions {
    let at = |field: &str| below(path, field);
    Conditions {
        category: list(when.category.as_deref(), &at("category"), findings),
        sku: list(when.sku.as_deref(), &at("sku"), findings),
        region: list(when.region.as_deref(), &at("region"), findings),
        rank: ranks(setting, when.level.as_deref(), &at("level"), findings),
        distributor: list(when.distributor.as_deref(), &at("distributor"), findings),
        line_amount: amounts(setting, when.line_amount.as_ref(), &at("line_amount"), findings),
        order_amount: amounts(setting, when.order_amount.as_ref(), &at("order_amount"), findings),
        quantity: quantities(when.quantity.as_ref(), &at("quantity"), findings),
        between: times(when.between.as_ref(), &at("between"), findings),
        first_order: when.first_order,
    }
}

fn refuse_empty<T>(written: &[T], path: &str, findings: &mut Findings) {
    if written.is_empty() {
        let message = "nothing is in an empty list; name at least one, or leave the key out";
        findings.add(EMPTY, path, message);
    }
}

fn list<T: Scalar>(
    written: Option<&[Written<T>]>,
    path: &str,
    findings: &mut Findings,
) -> Option<Vec<T>> {
    let written = written?;
    refuse_empty(written, path, findings);
    let places = written.iter().enumerate();
    Some(places.filter_map(|(at, one)| scan(one, &format!("{path}[{at}]"), findings)).collect())
}

fn ranks<T>(
    setting: &Setting<'_>,
    written: Option<&[Written<T>]>,
    path: &str,
    findings: &mut Findings,
) -> Option<Vec<usize>> {
    let written = written?;
    refuse_empty(written, path, findings);
    let places = written.iter().enumerate();
    let rank = |(at, level): (usize, &Written<T>)| {
        setting.rank(&level.text, &format!("{path}[{at}]"), findings)
    };
    Some(places.filter_map(rank).collect())
}

fn amounts(
    setting: &Setting<'_>,
    written: Option<&Interval<Amount>>,
    path: &str,
    findings: &mut Findings,
) -> Option<Range<upline_domain::money::Money>> {
    let Interval { min, max } = written?;
    let min = setting.money(min.as_ref(), &below(path, "min"), findings);
    let max = setting.money(max.as_ref(), &below(path, "max"), findings);
    Some(checked(Range { min, max }, path, findings))
}

fn quantities(
    written: Option<&Interval<Whole<u32>>>,
    path: &str,
    findings: &mut Findings,
) -> Option<Range<u32>> {
    let Interval { min, max } = written?;
    let range = Range { min: min.map(|min| min.0), max: max.map(|max| max.0) };
    Some(checked(range, path, findings))
}

fn times(
    written: Option<&Between>,
    path: &str,
    findings: &mut Findings,
) -> Option<Range<jiff::Timestamp>> {
    let Between { from, to } = written?;
    let from = from.as_ref().and_then(|from| scan(from, &below(path, "from"), findings));
    let to = to.as_ref().and_then(|to| scan(to, &below(path, "to"), findings));
    Some(checked(Range { min: from, max: to }, path, findings))
}

fn checked<T: Copy + PartialOrd>(range: Range<T>, path: &str, findings: &mut Findings) -> Range<T> {
    if range.is_empty() {
        let message = "nothing is between the two; the end is not included, so write a later one";
        findings.add(EMPTY, path, message);
    }
    range
}
