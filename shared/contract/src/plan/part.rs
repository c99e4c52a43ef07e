//! Compiles what holds for a whole currency; its cards and rules are compiled beside.

use std::collections::BTreeMap;

use upline_domain::ids::LevelId;
use upline_domain::limits::{LINEAGE_MAX, PLAN_DAYS_MAX, TEAM_DEPTH_MAX};
use upline_domain::money::{Currency, Money, Rate};
use upline_domain::plan::{self, Programme};
use upline_domain::rule_table::RuleTable;

use super::compile::{day_count, scan};
use super::document::{self, Part};
use super::finding::{ABOVE_POLICY, Findings, OUT_OF_RANGE, UNKNOWN_LEVEL};
use super::policy::Policy;
use super::{cards, rules};
use crate::convert::amount;
use crate::read::below;
use crate::scalar::{Amount, Whole, Written};

/// What the part of a currency is compiled in.
pub(super) struct Setting<'a> {
    /// Of every amount of the part.
    pub(super) currency: Currency,
    /// The plan's levels, lowest first.
    pub(super) levels: &'a [LevelId],
    /// Where the part stands.
    pub(super) path: String,
}

impl Setting<'_> {
    /// The path of a key of the part.
    pub(super) fn at(&self, field: &str) -> String {
        below(&self.path, field)
    }

    /// The place of a level in the ladder, or notes that it has none.
    pub(super) fn rank(&self, level: &str, path: &str, findings: &mut Findings) -> Option<usize> {
        let rank = self.levels.iter().position(|known| known.as_str() == level);
        // A level that could not be read may be the one.
        if rank.is_none() && !findings.is_mended_in("levels") {
            let known: Vec<&str> = self.levels.iter().map(LevelId::as_str).collect();
            let message = format!("there is no level {level:?}; the plan has {}", known.join(", "));
            findings.add(UNKNOWN_LEVEL, path, message);
        }
        rank
    }

    /// Reads an amount, if there is one.
    pub(super) fn money(
        &self,
        written: Option<&Amount>,
        path: &str,
        findings: &mut Findings,
    ) -> Option<Money> {
        findings.keep(amount(written?, self.currency, || path.to_owned()))
    }

    /// Checks a number that counts depths.
    pub(super) fn depth(
        most: usize,
        written: Whole<u32>,
        path: &str,
        findings: &mut Findings,
    ) -> usize {
        let depth = usize::try_from(written.0).unwrap_or(usize::MAX);
        if !(1..=most).contains(&depth) {
            let message = format!("write a whole number from 1 to {most}, not {depth}");
            findings.add(OUT_OF_RANGE, path, message);
        }
        depth.clamp(1, most)
    }

    /// Compiles the part.
    pub(super) fn programme(
        &self,
        part: &Part,
        policy: &Policy,
        findings: &mut Findings,
    ) -> Programme {
        let depth = Self::depth(LINEAGE_MAX, part.depth, &self.at("depth"), findings);
        if depth > policy.max_depth {
            let Policy { name, max_depth, .. } = policy;
            let message = format!("policy {name} allows at most {max_depth} depths, not {depth}");
            findings.add(ABOVE_POLICY, self.at("depth"), message);
        }
        let team_depth = part.team_depth.map_or(depth.min(TEAM_DEPTH_MAX), |written| {
            Self::depth(TEAM_DEPTH_MAX, written, &self.at("team_depth"), findings)
        });
        let cards = cards::compile(self, &part.cards, findings);
        let names: Vec<&str> = part.cards.keys().map(String::as_str).collect();
        Programme {
            depth,
            team_depth,
            self_purchase: self.self_purchase(part.self_purchase, policy, findings),
            inactive: match part.inactive {
                document::Inactive::Forfeit => plan::Inactive::Forfeit,
                document::Inactive::Compress => plan::Inactive::Compress,
            },
            min_rank: self.min_rank(&part.min_level_for_depth, depth, findings),
            rounding: match part.rounding {
                document::Rounding::Down => plan::Rounding::Down,
                document::Rounding::HalfUp => plan::Rounding::HalfUp,
            },
            max_total_rate: self.total_rate(part.max_total_rate.as_ref(), policy, findings),
            cards,
            rules: RuleTable::new(rules::compile(self, &part.rules, &names, findings)),
            settlement: self.settlement(&part.settlement, findings),
        }
    }

    fn self_purchase(
        &self,
        written: document::SelfPurchase,
        policy: &Policy,
        findings: &mut Findings,
    ) -> plan::SelfPurchase {
        match written {
            document::SelfPurchase::None => plan::SelfPurchase::None,
            document::SelfPurchase::Buyer => {
                if !policy.self_purchase_allowed {
                    let name = &policy.name;
                    let message = format!("policy {name} does not allow \"buyer\"; write \"none\"");
                    findings.add(ABOVE_POLICY, self.at("self_purchase"), message);
                }
                plan::SelfPurchase::Buyer
            }
        }
    }

    fn total_rate(
        &self,
        written: Option<&Written<Rate>>,
        policy: &Policy,
        findings: &mut Findings,
    ) -> Rate {
        let path = self.at("max_total_rate");
        let rate = written.and_then(|rate| scan(rate, &path, findings));
        let rate = rate.unwrap_or(policy.max_total_rate);
        if rate > policy.max_total_rate {
            let Policy { name, max_total_rate, .. } = policy;
            let message = format!("policy {name} allows at most {max_total_rate}, not {rate}");
            findings.add(ABOVE_POLICY, path, message);
        }
        rate
    }

    fn min_rank(
        &self,
        written: &BTreeMap<String, Written<LevelId>>,
        depth: usize,
        findings: &mut Findings,
    ) -> Vec<usize> {
        let mut ranks = vec![0; depth];
        for (key, level) in written {
            let path = below(&self.at("min_level_for_depth"), key);
            let place = (0..depth).find(|place| place.saturating_add(1).to_string() == *key);
            let slot = place.and_then(|place| ranks.get_mut(place));
            if slot.is_none() {
                let message = format!("{key:?} is no depth of the plan; write 1 to {depth}");
                findings.add(OUT_OF_RANGE, path.clone(), message);
            }
            let rank = self.rank(&level.text, &path, findings);
            if let (Some(slot), Some(rank)) = (slot, rank) {
                *slot = rank;
            }
        }
        ranks
    }

    fn settlement(
        &self,
        written: &document::Settlement,
        findings: &mut Findings,
    ) -> plan::Settlement {
        let at = |field: &str| below(&self.at("settlement"), field);
        let hold_days = written.hold_days.unwrap_or(Whole(7));
        let auto = written.auto_complete_days;
        self.money(written.review_above.as_ref(), &at("review_above"), findings);
        self.money(written.minimum.as_ref(), &at("minimum"), findings);
        plan::Settlement {
            hold_days: day_count(hold_days, &at("hold_days"), findings).unwrap_or(PLAN_DAYS_MAX),
            cycle: match written.cycle {
                document::Cycle::Instant => plan::Cycle::Instant,
                document::Cycle::Daily => plan::Cycle::Daily,
                document::Cycle::Weekly => plan::Cycle::Weekly,
                document::Cycle::Monthly => plan::Cycle::Monthly,
            },
            auto_complete_days: auto
                .and_then(|days| day_count(days, &at("auto_complete_days"), findings)),
        }
    }
}
