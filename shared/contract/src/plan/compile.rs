//! Checks a plan document and compiles it: names resolved, rates exact, everything wrong found.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;
use upline_domain::limits::{PLAN_BYTES_MAX, PLAN_DAYS_MAX};
use upline_domain::money::CurrencyError;
use upline_domain::plan::Plan;

use super::document::Document;
use super::finding::{EMPTY, Finding, Findings, OUT_OF_RANGE};
use super::levels;
use super::mend::mend;
use super::part::Setting;
use super::policy::Policy;
use crate::read::{Flaw, MALFORMED, TOO_LARGE, below, read};
use crate::scalar::{Scalar, Whole, Written};
use crate::strict::{self, Oddity};

/// Compiles a plan document: its names resolved, its rates exact, its rules by priority.
///
/// `review_above` and `minimum` are checked and stay in the document only.
///
/// # Errors
///
/// * A list of [`Finding`], never empty: all that is wrong, at most 200, those first that keep a
///   part of the document from being read. What is not JSON at all stops there.
pub fn compile(text: &str, policy: &Policy) -> Result<Plan, Vec<Finding>> {
    with_document(text, policy).map(|(_, plan)| plan)
}

/// As [`compile`], with the document beside the plan: it says where what is compiled stands.
pub(super) fn with_document(text: &str, policy: &Policy) -> Result<(Document, Plan), Vec<Finding>> {
    let mut findings = Findings::default();
    let Some(document) = document(text, &mut findings) else {
        return Err(findings.into_list());
    };
    let plan = plan(&document, policy, &mut findings);
    if findings.is_empty() { Ok((document, plan)) } else { Err(findings.into_list()) }
}

/// Reads the document. What is wrong is noted, and something stands in for it, so that it does not
/// hide what else is; none where that cannot be done.
fn document(text: &str, findings: &mut Findings) -> Option<Document> {
    if text.len() > PLAN_BYTES_MAX {
        let count = text.len();
        let message = format!("a plan has at most {PLAN_BYTES_MAX} bytes, this one {count}");
        findings.add(TOO_LARGE, "", message);
        return None;
    }
    let value = strict::parse(text, &mut |oddity, path| {
        let (path, root) = (path.to_string(), "write the plan as an object, not null");
        let (code, message) = match oddity {
            Oddity::Twice => ("duplicate_key", "the key stands twice; keep one of the two"),
            Oddity::Null if path.is_empty() => ("null", root),
            Oddity::Null => ("null", "null means nothing here; leave the key out"),
        };
        findings.add(code, path, message);
    });
    let mut value = match value {
        Ok(value) => value,
        Err(message) => {
            findings.add("not_json", "", message);
            return None;
        }
    };
    prune(&mut value);
    loop {
        match read(&value) {
            Ok(document) => return Some(document),
            Err(flaw) => {
                let goes_on = !findings.is_full() && mend(&mut value, &flaw, findings);
                if !goes_on {
                    findings.add(flaw.code, flaw.path, flaw.message);
                    return None;
                }
            }
        }
    }
}

/// Takes away each `null` that was noted, so that it does not hide what else is wrong.
fn prune(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, inner| !inner.is_null());
        map.values_mut().for_each(prune);
    } else if let Value::Array(list) = value {
        list.iter_mut().for_each(prune);
    }
}

fn plan(document: &Document, policy: &Policy, findings: &mut Findings) -> Plan {
    let timezone = document.timezone.as_ref();
    let timezone = timezone.and_then(|name| scan(name, "timezone", findings));
    let (levels, ladder) = levels::compile(document, findings);
    if document.currencies.is_empty() {
        findings.add(EMPTY, "currencies", "write a part for at least one currency");
    }
    let mut currencies = BTreeMap::new();
    for (code, part) in &document.currencies {
        let path = below("currencies", code);
        match code.parse() {
            Ok(currency) => {
                let setting = Setting { currency, levels: &levels, path };
                currencies.insert(currency, setting.programme(part, policy, findings));
            }
            Err(error) => {
                let error: CurrencyError = error;
                findings.add(MALFORMED, path, error.to_string());
            }
        }
    }
    Plan { timezone: timezone.unwrap_or(TimeZone::UTC), levels, ladder, currencies }
}

/// Reads what is written at `path`, or notes why it cannot be read.
pub(super) fn scan<T: Scalar>(
    written: &Written<T>,
    path: &str,
    findings: &mut Findings,
) -> Option<T> {
    findings.keep(written.scan().map_err(|error| Flaw::malformed(path, error)))
}

/// Checks a number of days.
pub(super) fn day_count(days: Whole<u32>, path: &str, findings: &mut Findings) -> Option<u16> {
    let fits = u16::try_from(days.0).ok().filter(|days| *days <= PLAN_DAYS_MAX);
    if fits.is_none() {
        let message = format!("write at most {PLAN_DAYS_MAX} days, not {}", days.0);
        findings.add(OUT_OF_RANGE, path, message);
    }
    fits
}
