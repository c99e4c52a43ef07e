//! Nights: everybody is looked at, whether or not anything happened to them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::Ledger;
use super::ladder::{Deed, Known, Ladder, What};
use super::plan::Plan;
use super::standing::{day_of, sold};

/// Levels that were found not to hold: by distributor, the level and the day of the night that
/// found it first.
pub(super) type Failing = BTreeMap<String, (String, Date)>;

/// What a night comes to for somebody.
enum Verdict {
    Stays,
    /// They stay, though what is asked for their level does not hold, since that day.
    Fails(Date),
    /// They get the level of this rank.
    Gets(usize),
}

impl Ledger {
    /// A night at a time, when all that was taken is posted. A level that it gives holds from
    /// `lead` after; level, status and risk flags are those of that time. Windows end with the day
    /// of the night.
    pub fn night(&mut self, at: Timestamp, lead: SignedDuration) {
        let from = at + lead;
        let Some(active) = self.versions.at(from) else { return };
        let plan = &active.plan;
        let on = day_of(at, &plan.zone);
        let everybody: Vec<String> = self.people.members.keys().cloned().collect();
        let known = self.known(plan, on, from);
        for who in self.histories.frozen(&everybody, plan, from) {
            // Who is not active is left as they are.
            let Some(known) = known.get(&who.id).filter(|_| who.active) else { continue };
            let failing = self.failing.remove(&who.id).filter(|(level, _)| *level == who.level);
            let since = failing.map_or(on, |(_, since)| since);
            match verdict(&plan.ladder, plan.rank(&who.level), known, since, on) {
                Verdict::Stays => {}
                Verdict::Fails(since) => drop(self.failing.insert(who.id, (who.level, since))),
                Verdict::Gets(rank) => {
                    let level = plan.levels.get(rank).expect("a level").clone();
                    let held = self.histories.levels.entry(who.id).or_default();
                    let place = held.partition_point(|(earlier, _)| *earlier <= from);
                    held.insert(place, (from, level));
                }
            }
        }
    }

    /// What is known of everybody who did or is anything, on a day.
    fn known(&self, plan: &Plan, on: Date, from: Timestamp) -> BTreeMap<String, Known> {
        let known = |(id, team): (String, [u64; 5])| {
            let compliant = self.histories.is_clear(&id, from);
            (id, Known { deeds: Vec::new(), team: team.to_vec(), compliant })
        };
        let mut known: BTreeMap<String, Known> = self.team().into_iter().map(known).collect();
        let mut did = |id: &str, day: Date, what: What| {
            if let Some(known) = known.get_mut(id) {
                known.deeds.push(Deed { day, what });
            }
        };
        for ((id, day), count) in self.recruits() {
            (0..count).for_each(|_| did(&id, day, What::Recruited));
        }
        let first = on - plan.ladder.longest().days();
        for facts in self.orders.values() {
            let (Some(order), Some(frozen)) = (&facts.paid, &facts.frozen) else { continue };
            let Some(plan) = self.plan_of(order) else { continue };
            let Some(part) = plan.parts.get(&order.currency) else { continue };
            let day = day_of(order.paid_at, &plan.zone);
            if day < first || on < day {
                continue;
            }
            let (orders, sales) = sold(order, facts);
            if let Some(own) = frozen.lineage.first() {
                (0..orders).for_each(|_| did(&own.id, day, What::OwnOrder));
                did(&own.id, day, What::OwnSales(order.currency.clone(), sales));
            }
            for who in frozen.lineage.iter().take(part.team_depth) {
                did(&who.id, day, What::TeamSales(order.currency.clone(), sales));
            }
        }
        known
    }
}

/// What a night comes to for somebody on a level, which fails since a day if it does.
fn verdict(ladder: &Ladder, rank: usize, known: &Known, since: Date, on: Date) -> Verdict {
    let best = ladder.best(known, on);
    if best > rank {
        return Verdict::Gets(best);
    }
    let by_hand = ladder.asked.get(rank).is_none_or(Option::is_none);
    match ladder.grace {
        Some(grace) if best < rank && !by_hand => {
            if on < since + grace.days() {
                Verdict::Fails(since)
            } else {
                Verdict::Gets(best)
            }
        }
        Some(_) | None => Verdict::Stays,
    }
}
