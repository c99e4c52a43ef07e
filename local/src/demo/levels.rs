//! Who rose and who fell, from the server's own answers.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::{Value, json};
use upline_contract::answer::OrderView;
use upline_contract::level_view::{LevelChangeView, LevelView};
use upline_domain::ids::LevelId;
use upline_domain::language::Language;

use super::play::Played;
use super::world::World;
use crate::client::Client;
use crate::failure::Failure;
use crate::levels::tell_changes;

/// What the trace of an allocation says where a level raises the rate.
const BONUS: &str = "level bonus";

/// How everybody stands at the end, and one who climbed.
#[derive(Default)]
pub(super) struct Levels {
    /// Each level of the plan, lowest first, with how many stand on it.
    standing: Vec<(String, usize)>,
    /// One of those who came highest.
    climb: Option<Climb>,
}

/// One who climbed.
struct Climb {
    name: String,
    view: LevelView,
    /// When they first stood as high as they ever did.
    top: LevelChangeView,
    /// Until when they stood there; none where they still do.
    until: Option<String>,
    /// The first order of that time on which they earn a bonus.
    paid: Option<Paid>,
}

/// An order that is paid by a level.
struct Paid {
    order: String,
    at: String,
    trace: Vec<String>,
}

/// Reads how everybody stands.
pub(super) fn read(client: &Client, world: &World, plan: &[LevelId]) -> Result<Levels, Failure> {
    let standing = plan.iter().map(|level| (level.to_string(), 0)).collect();
    let mut levels = Levels { standing, climb: None };
    for one in &world.distributors {
        let view: LevelView = client.get(&format!("/v1/distributors/{}/level", one.id))?;
        levels.add(&one.name, view);
    }
    Ok(levels)
}

impl Levels {
    fn rank(&self, level: &str) -> usize {
        self.standing.iter().position(|(one, _)| one == level).unwrap_or(0)
    }

    fn add(&mut self, name: &str, view: LevelView) {
        let rank = self.rank(view.level.as_deref().unwrap_or_default());
        if let Some((_, count)) = self.standing.get_mut(rank) {
            *count += 1;
        }
        let by_rank = |change: &&LevelChangeView| self.rank(&change.level);
        // The last change stands first: of those to the highest level the earliest is taken.
        let Some(top) = view.history.iter().max_by_key(by_rank).cloned() else { return };
        let mut later = view.history.iter().rev().map(|change| &change.from);
        let until = later.find(|from| **from > top.from).cloned();
        let climb = Climb { name: name.to_owned(), view, top, until, paid: None };
        if self.climb.as_ref().is_none_or(|told| self.worth(&climb) > self.worth(told)) {
            self.climb = Some(climb);
        }
    }

    /// What makes a climb worth telling: how high it goes, by how many levels, in how few changes.
    fn worth(&self, climb: &Climb) -> (usize, usize, std::cmp::Reverse<usize>) {
        let history = &climb.view.history;
        let levels: BTreeSet<&String> = history.iter().map(|change| &change.level).collect();
        (self.rank(&climb.top.level), levels.len(), std::cmp::Reverse(history.len()))
    }

    /// Looks whether an order is the one that shows what the climb brought; told in time.
    pub(super) fn order(&mut self, order: &OrderView) {
        let Some(climb) = self.climb.as_mut().filter(|climb| climb.paid.is_none()) else { return };
        let on_top = |at: &&String| {
            **at >= climb.top.from && climb.until.as_ref().is_none_or(|until| **at < *until)
        };
        let Some(paid_at) = order.paid_at.as_ref().filter(on_top) else { return };
        let allocations = order.allocations.iter();
        let mut own = allocations.filter(|one| one.distributor_id == climb.view.distributor_id);
        let raised = own.find(|one| one.trace.iter().any(|sentence| sentence.contains(BONUS)));
        climb.paid = raised.map(|one| Paid {
            order: order.order_id.clone(),
            at: paid_at.clone(),
            trace: one.trace.clone(),
        });
    }

    /// All figures as one object.
    pub(super) fn json(&self, played: &Played) -> Value {
        let Played { nights, raised, lowered, .. } = played;
        let climb = self.climb.as_ref();
        let paid = climb.and_then(|climb| climb.paid.as_ref()).map(|paid| {
            let Paid { order, at, trace } = paid;
            json!({"order_id": order, "paid_at": at, "trace": trace})
        });
        let standing = self.standing.iter();
        let standing = standing.map(|(level, count)| json!({"level": level, "count": count}));
        json!({
            "nights": nights, "raised": raised, "lowered": lowered,
            "at_the_end": standing.collect::<Vec<_>>(),
            "climb": climb.map(|climb| &climb.view), "climb_order": paid,
        })
    }

    /// The same in words.
    pub(super) fn words(&self, played: &Played, out: &mut impl Write) -> std::io::Result<()> {
        let Played { nights, raised, lowered, .. } = played;
        let standing = self.standing.iter().map(|(level, count)| format!("{count} {level}"));
        let standing = standing.collect::<Vec<_>>().join(", ");
        writeln!(
            out,
            "\nLevels, looked at in one night a week, {nights} in all: {raised} rises, \
             {lowered} falls.\nAt the end: {standing}."
        )?;
        let Some(Climb { name, view, top, paid, .. }) = &self.climb else { return Ok(()) };
        let LevelView { distributor_id: id, history, .. } = view;
        writeln!(out, "\nOne climb, that of {id} {name}, the last change first:\n")?;
        tell_changes(history, Language::English, out)?;
        let Some(Paid { order, at, trace }) = paid else { return Ok(()) };
        writeln!(
            out,
            "\nOrder {order}, paid on {at}, is the first that pays {id} a bonus of {}:\n",
            top.level
        )?;
        trace.iter().try_for_each(|sentence| writeln!(out, "  {sentence}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(id: &str, level: &str, history: &[(&str, &str)]) -> LevelView {
        let change = |(from, level): &(&str, &str)| {
            let (made_at, how) = (from, "check");
            json!({"level": level, "from": from, "made_at": made_at, "how": how, "measures": []})
        };
        let history: Vec<_> = history.iter().map(change).collect();
        let view = json!({
            "distributor_id": id, "level": level, "status": "active", "as_of": "1997-03-01",
            "benefits": [], "history": history,
        });
        serde_json::from_value(view).unwrap()
    }

    fn order(id: &str, paid_at: &str, distributor: &str, sentence: &str) -> OrderView {
        let order = json!({
            "order_id": id, "buyer_id": "b", "currency": "USD", "paid": "1.00", "paid_at": paid_at,
            "state": "completed", "problems": [], "nothing": [], "refunds": [], "lines": [],
            "allocations": [{"distributor_id": distributor, "depth": 1, "amount": "0.10",
                "reversed": "0.00", "lines": [], "trace": [sentence]}],
        });
        serde_json::from_value(order).unwrap()
    }

    #[test]
    fn the_highest_climb_over_most_levels_in_fewest_changes_is_told() {
        let plan = ["bronze", "silver", "gold"];
        let standing = plan.map(|level| (level.to_owned(), 0)).to_vec();
        let mut levels = Levels { standing, climb: None };
        for view in [
            view("never", "bronze", &[]),
            view("half", "silver", &[("1997-01-01", "silver")]),
            view("at-once", "gold", &[("1997-02-01", "gold")]),
            view("falls", "silver", &[("5", "silver"), ("4", "gold"), ("3", "silver")]),
            view(
                "climbs",
                "bronze",
                &[("1997-04-01", "bronze"), ("1997-03-01", "gold"), ("1997-02-01", "silver")],
            ),
        ] {
            levels.add("Ann", view);
        }
        let counts: Vec<_> = levels.standing.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 2, 1]);
        let bonus = "paid 1.00 × (0.1 + level bonus 0.02) = 0.12";
        for order in [
            order("before", "1997-02-28", "climbs", bonus),
            order("fallen", "1997-04-01", "climbs", bonus),
            order("other", "1997-03-01", "falls", bonus),
            order("plain", "1997-03-01", "climbs", "paid 1.00 × 0.1 = 0.1"),
            order("first", "1997-03-02", "climbs", bonus),
            order("second", "1997-03-03", "climbs", bonus),
        ] {
            levels.order(&order);
        }
        let climb = levels.climb.unwrap();
        assert_eq!(climb.view.distributor_id, "climbs");
        assert_eq!(climb.paid.unwrap().order, "first");
    }
}
