//! `upline plan check`: what is wrong with a plan, what is hardly meant, and what it can cost.

use std::io::{self, Write};
use std::path::Path;

use upline_contract::plan::{Check, Policy, RuleCost, WriteUnits, check as check_text};

use crate::cli::{PlanCheck, read};
use crate::failure::{Failure, Form};

/// Columns of a line of the answer.
const COLUMNS: usize = 100;

/// `upline plan check`: exit status 1 where the plan has errors; warnings do not fail.
pub(crate) fn check(command: &PlanCheck, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let policy = command.policy.read()?;
    let checked = check_text(&read(&command.file)?, &policy);
    match form {
        Form::Json => writeln!(out, "{}", checked.to_json())?,
        Form::Words if checked.is_ok() => tell(&checked, &command.file, out)?,
        Form::Words => {
            for error in &checked.errors {
                writeln!(out, "{}", error.sentence())?;
            }
        }
    }
    if checked.is_ok() {
        return Ok(());
    }
    let (count, file) = (checked.errors.len(), command.file.display());
    let Policy { name, effective_from, .. } = &policy;
    Err(Failure::no(format!(
        "errors in {file} under policy {name} of {effective_from}: {count}; mend them"
    )))
}

/// All there is to say of a plan without errors.
fn tell(checked: &Check, file: &Path, out: &mut impl Write) -> io::Result<()> {
    let Policy { name, effective_from, .. } = &checked.policy;
    let file = file.display();
    writeln!(out, "{file} is a plan without errors under policy {name} of {effective_from}")?;
    let count = checked.warnings.len();
    writeln!(
        out,
        "\nWarnings: {}",
        if count == 0 { "none".to_owned() } else { count.to_string() }
    )?;
    for warning in &checked.warnings {
        writeln!(out, "  {}: {}", warning.path, warning.code)?;
        wrapped(out, &warning.message)?;
    }
    costs(&checked.worst_case, out)?;
    writeln!(out, "\nWrite units of a paid order")?;
    for units in &checked.write_units {
        let WriteUnits { currency, distributors, .. } = units;
        let total = units.total();
        wrapped(
            out,
            &format!(
                "{currency}: {total}, of which 2 when it is written and 2.4 for each of \
                 {distributors} distributors when it is posted, with items of at most 1 KB and ten \
                 orders of each posted at once"
            ),
        )?;
    }
    policy(&checked.policy, out)
}

/// The most that each rule can cost, in a table, and what the cap makes of it.
fn costs(costs: &[RuleCost], out: &mut impl Write) -> io::Result<()> {
    if costs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nThe most that each rule can cost, over all lineages and levels")?;
    let wide = |text: fn(&RuleCost) -> &str| {
        costs.iter().map(|cost| text(cost).chars().count()).max().unwrap_or(0)
    };
    let (rule, card) = (wide(|cost| &cost.rule), wide(|cost| &cost.card));
    for cost in costs {
        let (currency, figures) = (cost.currency, cost.figures());
        writeln!(out, "  {currency}  {:rule$}  card {:card$}  {figures}", cost.rule, cost.card)?;
        if let Some(cut) = cost.cut() {
            wrapped(out, &cut)?;
        }
    }
    Ok(())
}

/// What the plan was held against, with the source of each number and who has to look at it.
fn policy(policy: &Policy, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nPolicy {} of {}", policy.name, policy.effective_from)?;
    let numbers = [
        ("max_depth", policy.max_depth.to_string()),
        ("max_total_rate", policy.max_total_rate.to_string()),
        ("self_purchase_allowed", policy.self_purchase_allowed.to_string()),
    ];
    for (name, number) in numbers {
        writeln!(out, "  {name} {number}")?;
        let source = policy.sources.get(name);
        wrapped(out, source.map_or("The policy names no source.", String::as_str))?;
    }
    let notice = policy.sources.get("notice");
    wrapped(
        out,
        notice.map_or("Have it checked by counsel before a plan goes live.", String::as_str),
    )
}

/// A text in lines of at most [`COLUMNS`], four from the left.
fn wrapped(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() + 5 > COLUMNS {
            writeln!(out, "    {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "    {line}")
}
