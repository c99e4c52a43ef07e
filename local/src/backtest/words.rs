//! The answer for a person.

use std::io::{Result, Write};

use super::report::{Cost, NotCalculable, Part, Report, Row};

/// Prints a report.
pub(super) fn tell(report: &Report, out: &mut impl Write) -> Result<()> {
    let Report { plan, policy, from, to, events, orders, .. } = report;
    let period = match (from, to) {
        (Some(from), Some(to)) => format!("orders from {from} up to but without {to}"),
        _ => "orders of the events".to_owned(),
    };
    writeln!(out, "{plan}, held against policy {policy}: {period}\n")?;
    if let Some(outcomes) = events {
        let counts: Vec<_> =
            outcomes.iter().map(|(word, count)| format!("{count} {word}")).collect();
        writeln!(out, "events: {}", counts.join(", "))?;
    }
    for reason in &report.not_taken {
        writeln!(out, "  {reason}")?;
    }
    writeln!(
        out,
        "{} orders read: {} calculated, {} not calculable, {} waiting",
        orders.read, orders.calculated, orders.not_calculable, orders.waiting
    )?;
    for one in &report.waiting {
        let (orders, paid, currency) = (one.orders, &one.paid, &one.currency);
        writeln!(out, "  waiting: {orders} of {paid} {currency} earn nobody anything yet")?;
    }
    for one in &report.not_calculable {
        let NotCalculable { code, currency, orders, paid, old, reason, examples } = one;
        writeln!(
            out,
            "  {code}: {orders} of {paid} {currency}, which were given {old}, are in no figure \
             below, such as {}: {reason}",
            examples.join(", ")
        )?;
    }
    for part in &report.currencies {
        writeln!(out)?;
        currency(part, out)?;
    }
    writeln!(out)?;
    for note in &report.notes {
        writeln!(out, "note: {note}")?;
    }
    let speed = &report.speed;
    writeln!(
        out,
        "{} orders in {} ms: {} a second; calculating alone {} a second and core",
        orders.read, speed.elapsed_ms, speed.orders_per_second, speed.calculations_per_second
    )
}

fn currency(part: &Part, out: &mut impl Write) -> Result<()> {
    let Part { currency, orders, changed, paid, refunded, .. } = part;
    writeln!(
        out,
        "{currency}: {orders} orders of {paid}, of which {refunded} was refunded; of {changed} \
         somebody gets another amount"
    )?;
    head("", out)?;
    cost("total", &part.total, out)?;
    for Row { of, cost: one } in &part.by_depth {
        cost(&format!("  depth {of}"), one, out)?;
    }
    cost("net of refunds", &part.net, out)?;
    most("order", &part.orders_that_change_most, out)?;
    most("distributor", &part.distributors_that_change_most, out)?;
    writeln!(out, "  {:30} {:>8} {:>16} {:>16}", "rule", "lines", "paid", "cost")?;
    for one in &part.rules {
        let rule = one.rule.as_deref().unwrap_or("(no rule)");
        writeln!(out, "  {rule:30} {:>8} {:>16} {:>16}", one.lines, one.paid, one.cost)?;
    }
    for one in &part.caps {
        let card = one.card.as_ref().map(|card| format!(" of card {card}")).unwrap_or_default();
        let (cap, times, orders, cut) = (one.cap, one.times, one.orders, &one.cut);
        writeln!(out, "  {cap}{card} cut {times} times, in {orders} orders, {cut} in all")?;
    }
    if part.caps.is_empty() {
        writeln!(out, "  no cap cut anything")?;
    }
    Ok(())
}

fn head(what: &str, out: &mut impl Write) -> Result<()> {
    writeln!(out, "  {what:30} {:>16} {:>16} {:>16}", "old", "new", "change")
}

fn cost(what: &str, cost: &Cost, out: &mut impl Write) -> Result<()> {
    let Cost { old, new, change, old_share, new_share } = cost;
    let shares = old_share.as_deref().zip(new_share.as_deref());
    let shares = shares.map(|(old, new)| format!("  {} → {}", percent(old), percent(new)));
    let shares = shares.unwrap_or_default();
    writeln!(out, "  {what:30} {old:>16} {new:>16} {change:>16}{shares}")
}

fn most(what: &str, rows: &[Row<String>], out: &mut impl Write) -> Result<()> {
    if rows.is_empty() {
        return writeln!(out, "  no {what} changes");
    }
    head(&format!("{what}s that change most"), out)?;
    rows.iter().try_for_each(|row| cost(&format!("  {}", row.of), &row.cost, out))
}

/// A rate of at most 6 digits in hundredths: `0.105` is `10.5 %`.
fn percent(rate: &str) -> String {
    let (whole, fraction) = rate.split_once('.').unwrap_or((rate, ""));
    let fraction = format!("{fraction:0<2}");
    let (hundredths, rest) = fraction.split_at_checked(2).unwrap_or((&fraction, ""));
    let digits = format!("{whole}{hundredths}");
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    if rest.is_empty() { format!("{digits} %") } else { format!("{digits}.{rest} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_table() {
        let check = |rate, want: &str| assert_eq!(percent(rate), want, "{rate}");
        check("0", "0 %");
        check("1", "100 %");
        check("0.1", "10 %");
        check("0.105", "10.5 %");
        check("0.05", "5 %");
        check("0.000001", "0.0001 %");
    }
}
