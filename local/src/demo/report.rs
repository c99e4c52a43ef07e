//! What came of the demo, for a person or a program.

use std::io::Write;

use serde_json::{Value, json};
use upline_contract::answer::{Distributor, OrderView};
use upline_domain::language::Language;

use super::night::Night;
use super::play::Played;
use super::story::{CURRENCY, Story};
use super::tally::Tally;
use super::world::{Tie, World};
use crate::cli::{Data, TENANT};
use crate::explain::explain;

/// Everything there is to tell.
pub(super) struct Report<'a> {
    pub(super) world: &'a World,
    pub(super) story: &'a Story,
    pub(super) played: Played,
    pub(super) night: &'a Night,
    pub(super) tally: &'a Tally,
}

impl Report<'_> {
    fn orders(&self) -> u64 {
        self.tally.states.values().sum()
    }

    /// Whole events or orders a second, over the time of the demo.
    fn a_second(&self, count: u128) -> u128 {
        let elapsed_ms = self.played.elapsed.as_millis().max(1);
        count * 1000 / elapsed_ms
    }

    fn unbound(&self) -> usize {
        let customers = self.world.customers.iter();
        customers.filter(|one| one.tie == Tie::None).count()
    }

    /// One object with all figures.
    pub(super) fn json(&self) -> Value {
        let tally = self.tally;
        let due = tally
            .due
            .iter()
            .map(|(month, minor)| json!({"month": month, "amount": dollars(*minor)}));
        json!({
            "currency": CURRENCY,
            "distributors": self.world.distributors.len(),
            "customers": self.world.customers.len(),
            "orders": self.orders(),
            "states": tally.states,
            "refunds": self.story.refunds,
            "paid": dollars(tally.paid),
            "refunded": dollars(tally.refunded),
            "earned": dollars(tally.earned()),
            "reversed": dollars(tally.reversed()),
            "pending": dollars(tally.pending),
            "due": due.collect::<Vec<_>>(),
            "top": tally.top.iter().map(|one| self.earner_json(one)).collect::<Vec<_>>(),
            "levels": tally.levels.json(&self.played),
            "night": self.night.json(),
            "order": tally.shown,
            "refunded_order": tally.shown_refund,
            "events": self.story.messages.len(),
            "outcomes": self.played.outcomes,
            "repeated": self.played.repeated,
            "elapsed_ms": u64::try_from(self.played.elapsed.as_millis()).unwrap_or(u64::MAX),
            "orders_per_second": u64::try_from(self.a_second(self.orders().into())).ok(),
            "balances": dollars(tally.balances),
            "balances_equal_orders": tally.adds_up(),
            "differences": tally.differences,
        })
    }

    fn earner_json(&self, one: &Distributor) -> Value {
        let earner = self.tally.earners.get(&one.distributor_id).cloned().unwrap_or_default();
        json!({
            "distributor_id": one.distributor_id, "display_name": one.display_name,
            "net": dollars(earner.net()), "earned": dollars(earner.earned),
            "reversed": dollars(earner.reversed), "orders_by_depth": earner.by_depth,
            "team": one.team,
        })
    }

    /// The same in words.
    pub(super) fn words(&self, data: &Data, out: &mut impl Write) -> std::io::Result<()> {
        self.totals(out)?;
        self.earners(out)?;
        self.tally.levels.words(&self.played, out)?;
        if let Some(order) = &self.tally.shown {
            writeln!(out, "\nOne order, explained:\n")?;
            explain(order, Language::English, out)?;
        }
        if let Some(order) = &self.tally.shown_refund {
            writeln!(out, "\nOne refund, explained:\n")?;
            explain(order, Language::English, out)?;
            writeln!(
                out,
                "  of each line's commission, what is taken back is its amount × refunded ÷ paid,\n\
                 \x20 rounded down: the same however a refund is cut up"
            )?;
        }
        self.night.words(out)?;
        self.speed_and_proof(out)?;
        self.look_further(data, out)
    }

    fn totals(&self, out: &mut impl Write) -> std::io::Result<()> {
        let tally = self.tally;
        let (people, customers) = (self.world.distributors.len(), self.world.customers.len());
        writeln!(
            out,
            "Orders: the CDNOW purchase log, a real shop's, January 1997 to June 1998.\n\
             Made up, from a fixed seed: {people} distributors, who brought in whom, and\n\
             who brought which of {customers} customers ({} came alone). The popular attract \
             more.\n",
            self.unbound()
        )?;
        let states = tally.states.iter().map(|(state, count)| format!("{count} {state}"));
        let states = states.collect::<Vec<_>>().join(", ");
        writeln!(out, "{:>8} orders: {states}", self.orders())?;
        writeln!(out, "{:>8} refunds", self.story.refunds)?;
        for (what, minor) in [
            ("paid", tally.paid),
            ("refunded", tally.refunded),
            ("commission earned", tally.earned()),
            ("commission taken back by refunds", tally.reversed()),
            ("commission pending", tally.pending),
        ] {
            writeln!(out, "{:>14} {CURRENCY} {what}", dollars(minor))?;
        }
        for (month, minor) in &tally.due {
            writeln!(out, "{:>14} {CURRENCY} commission due in {month}", dollars(*minor))?;
        }
        Ok(())
    }

    fn earners(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "\nWho earned most:\n")?;
        writeln!(
            out,
            "  {:<7} {:<16} {:>10}  {:<24} team by depth",
            "id", "name", CURRENCY, "orders by depth"
        )?;
        for one in &self.tally.top {
            let Distributor { distributor_id: id, display_name, team, .. } = one;
            let name = display_name.as_deref().unwrap_or("");
            let earner = self.tally.earners.get(id).cloned().unwrap_or_default();
            let depths = earner.by_depth.iter().map(|(depth, count)| format!("{depth}: {count}"));
            let depths = depths.collect::<Vec<_>>().join(", ");
            let team = team.iter().map(|team| format!("{}: {}", team.depth, team.count));
            let team = team.collect::<Vec<_>>().join(", ");
            let net = dollars(earner.net());
            writeln!(out, "  {id:<7} {name:<16} {net:>10}  {depths:<24} {team}")?;
        }
        Ok(())
    }

    fn speed_and_proof(&self, out: &mut impl Write) -> std::io::Result<()> {
        let Played { outcomes, repeated, refused, elapsed, .. } = &self.played;
        let words = |totals: &crate::send::Totals| {
            let words = totals.iter().map(|(word, count)| format!("{count} {word}"));
            words.collect::<Vec<_>>().join(", ")
        };
        let events = self.story.messages.len();
        writeln!(
            out,
            "\n{events} events over HTTP in {}.{:03} s, until every balance was up to date: {}.\n\
             That is {} orders a second, each with its refunds, completion and posting.",
            elapsed.as_secs(),
            elapsed.subsec_millis(),
            words(outcomes),
            self.a_second(self.orders().into()),
        )?;
        for reason in refused {
            writeln!(out, "  {reason}")?;
        }
        writeln!(out, "The last events were sent a second time: {}.", words(repeated))?;
        let tally = self.tally;
        let net = dollars(tally.earned() - tally.reversed());
        let sign = if tally.adds_up() { "=" } else { "≠" };
        writeln!(
            out,
            "\nThe sum of all balances {sign} the sum over all orders: {} {sign} {net} {CURRENCY}\n\
             (each of {} balances held against its orders, read back one by one)",
            dollars(tally.balances),
            self.world.distributors.len(),
        )
    }

    fn look_further(&self, data: &Data, out: &mut impl Write) -> std::io::Result<()> {
        let Data::File(file) = data else {
            return writeln!(out, "\nThe data were in memory and are gone.");
        };
        let (program, file) = (program(), quoted(&file.display().to_string()));
        let id = |order: &Option<OrderView>| order.as_ref().map(|order| order.order_id.clone());
        let order = id(&self.tally.shown).unwrap_or_else(|| "cd-00001".to_owned());
        let top = self.tally.top.first().map(|one| one.distributor_id.as_str());
        let top = top.unwrap_or("d001");
        let (url, day) = ("http://127.0.0.1:8787/v1", self.night.day());
        writeln!(
            out,
            "\nTo look further, serve the data:\n\n  {program} dev --data {file}\n\n\
             and ask, from another terminal in the same folder:\n\n  \
             TOKEN=$({program} token --data {file} --tenant {TENANT} --role admin)\n  \
             curl -s -H \"Authorization: Bearer $TOKEN\" {url}/distributors/{top}/balance\n  \
             curl -s -H \"Authorization: Bearer $TOKEN\" \
             '{url}/distributors/{top}/team?depth=1'\n  \
             curl -s -H \"Authorization: Bearer $TOKEN\" {url}/orders/{order}\n  \
             {program} report {day} --token \"$TOKEN\""
        )
    }
}

fn dollars(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}

/// The program as it was called, so that commands can be repeated as printed.
pub(super) fn program() -> String {
    std::env::args().next().map_or_else(|| "upline".to_owned(), |program| quoted(&program))
}

/// A word of a shell command.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+=:@".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_amounts_are_as_a_shell_and_a_person_expect() {
        assert_eq!(quoted("upline-demo.db"), "upline-demo.db");
        assert_eq!(quoted("my data/it's.db"), r"'my data/it'\''s.db'");
        assert_eq!(dollars(-5), "-0.05");
        assert_eq!(dollars(123_456), "1234.56");
    }
}
