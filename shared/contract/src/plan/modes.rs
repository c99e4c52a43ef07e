//! Compiles the modes that look at more than a depth: at what was sold, or at levels.

use upline_domain::limits::TIERS_MAX;
use upline_domain::money::Money;
use upline_domain::plan;

use super::cards::{base, bonuses, by_rank, rates, refuse_bonus};
use super::compile::scan;
use super::document::{Card, Differential, Measure, Tier, TierKind, Tiered};
use super::finding::{EMPTY, Findings};
use super::part::Setting;
use crate::read::{TOO_LARGE, below};

/// The code of a tier that does not begin above the one before it.
const OUT_OF_ORDER: &str = "out_of_order";

/// A card whose rates follow what a measure comes to.
pub(super) fn tiered(
    setting: &Setting<'_>,
    card: &Card,
    written: &Tiered,
    path: &str,
    findings: &mut Findings,
) -> Option<plan::Mode> {
    let at = below(path, "mode.tiered.tiers");
    let tiers = tiers(setting, &written.tiers, &at, findings);
    let base = base(card, path, findings);
    let highest = tiers.iter().flat_map(|tier| &tier.rates).max().copied();
    let level_bonus = bonuses(setting, card, path, (highest, &at), findings);
    Some(plan::Mode::Tiered(plan::Tiered {
        base: base?,
        measure: match written.measure {
            Measure::Line => plan::Measure::Line,
            Measure::Order => plan::Measure::Order,
            Measure::MonthSales => plan::Measure::MonthSales,
        },
        kind: match written.kind {
            TierKind::Whole => plan::TierKind::Whole,
            TierKind::Graduated => plan::TierKind::Graduated,
        },
        tiers,
        level_bonus,
    }))
}

/// The tiers, from the lowest on.
fn tiers(
    setting: &Setting<'_>,
    written: &[Tier],
    path: &str,
    findings: &mut Findings,
) -> Vec<plan::Tier> {
    if written.is_empty() {
        findings.add(EMPTY, path, "write at least one tier, such as one from \"0\"");
    } else if written.iter().all(|tier| tier.rates.is_empty()) && !findings.is_mended_in(path) {
        findings.add(EMPTY, path, "no tier has a rate; write that of depth 1 in one of them");
    }
    if written.len() > TIERS_MAX {
        let message = format!("a card has at most {TIERS_MAX} tiers, this one {}", written.len());
        findings.add(TOO_LARGE, path, message);
        return Vec::new();
    }
    let mut compiled: Vec<plan::Tier> = Vec::with_capacity(written.len());
    let mut before: Option<Money> = None;
    for (place, Tier { from, rates: own }) in written.iter().enumerate() {
        let at = |field: &str| format!("{path}[{place}].{field}");
        let from = setting.money(Some(from), &at("from"), findings);
        let own = rates(own, &at("rates"), findings);
        // Of one that could not be read it is not known where it begins.
        let Some(from) = from.filter(|_| !findings.is_mended_at(&at("from"))) else { continue };
        if let Some(before) = before.filter(|before| from <= *before) {
            let before = before.text(setting.currency);
            let message = format!("the tier before begins at {before}; begin above it");
            findings.add(OUT_OF_ORDER, at("from"), message);
        }
        before = Some(from);
        compiled.extend(own.map(|rates| plan::Tier { from, rates }));
    }
    compiled
}

/// A card with a rate for each level.
pub(super) fn differential(
    setting: &Setting<'_>,
    card: &Card,
    written: &Differential,
    path: &str,
    findings: &mut Findings,
) -> Option<plan::Mode> {
    let Differential { by_level, peer } = written;
    refuse_bonus(card, path, "by_level has the rate of each level", findings);
    let at = below(path, "mode.differential");
    let levels = below(&at, "by_level");
    if by_level.is_empty() {
        findings.add(EMPTY, levels.clone(), "write the rate of at least one level");
    }
    let by_rank = by_rank(setting, by_level, &levels, findings);
    let peer = peer.as_ref().and_then(|peer| scan(peer, &below(&at, "peer"), findings));
    let peer = peer.unwrap_or_default();
    let base = base(card, path, findings)?;
    Some(plan::Mode::Differential(plan::Differential { base, by_rank, peer }))
}
