//! Compiles the rate cards of one currency.

use std::collections::BTreeMap;

use upline_domain::ids::CardId;
use upline_domain::limits::{CARDS_MAX, LINEAGE_MAX};
use upline_domain::money::{Money, Rate};
use upline_domain::plan::{self, decay_rates};

use super::compile::scan;
use super::document::{Base, Card, Decay, Fixed, Mode, Per, Percent};
use super::finding::{EMPTY, Findings, OUT_OF_RANGE};
use super::modes;
use super::part::Setting;
use crate::read::{MALFORMED, TOO_LARGE, below};
use crate::scalar::{Amount, Written};

/// The cards in the order of their names.
pub(super) fn compile(
    setting: &Setting<'_>,
    written: &BTreeMap<String, Card>,
    findings: &mut Findings,
) -> Vec<plan::Card> {
    let path = setting.at("cards");
    if written.len() > CARDS_MAX {
        let message =
            format!("a currency has at most {CARDS_MAX} cards, this one {}", written.len());
        findings.add(TOO_LARGE, path.clone(), message);
    }
    let each = written.iter();
    each.filter_map(|(name, card)| one(setting, name, card, &below(&path, name), findings))
        .collect()
}

fn one(
    setting: &Setting<'_>,
    name: &str,
    card: &Card,
    path: &str,
    findings: &mut Findings,
) -> Option<plan::Card> {
    let id = name.parse::<CardId>();
    if let Err(error) = &id {
        findings.add(MALFORMED, path, format!("the name of the card: {error}"));
    }
    let cap = card.max_per_order.as_ref();
    let max_per_order = setting.money(cap, &below(path, "max_per_order"), findings);
    let mode = mode(setting, card, path, findings);
    Some(plan::Card { id: id.ok()?, mode: mode?, max_per_order })
}

fn mode(
    setting: &Setting<'_>,
    card: &Card,
    path: &str,
    findings: &mut Findings,
) -> Option<plan::Mode> {
    let at = below(path, "mode");
    if findings.is_mended(&at) {
        return None;
    }
    match &card.mode {
        Mode::Percent(Percent { rates }) => {
            let at = format!("{at}.percent.rates");
            let rates = self::rates(rates, &at, findings);
            by_depth(setting, card, path, (rates, &at), findings)
        }
        Mode::Decay(Decay { first, ratio, depth }) => {
            let at = format!("{at}.decay");
            let first = scan(first, &below(&at, "first"), findings);
            let ratio = scan(ratio, &below(&at, "ratio"), findings);
            let depth = Setting::depth(LINEAGE_MAX, *depth, &below(&at, "depth"), findings);
            let rates = first.zip(ratio).map(|(first, ratio)| decay_rates(first, ratio, depth));
            by_depth(setting, card, path, (rates, &at), findings)
        }
        Mode::Fixed(Fixed { amounts, per }) => {
            refuse_bonus(card, path, "a fixed amount has no rate to add to", findings);
            let amounts = fixed(setting, amounts, &format!("{at}.fixed.amounts"), findings);
            let per = match per {
                Per::Unit => plan::Per::Unit,
                Per::Line => plan::Per::Line,
            };
            Some(plan::Mode::Fixed { amounts, per })
        }
        Mode::Tiered(written) => modes::tiered(setting, card, written, path, findings),
        Mode::Differential(written) => modes::differential(setting, card, written, path, findings),
    }
}

/// A card with a rate for each depth, written below `rates.1`.
fn by_depth(
    setting: &Setting<'_>,
    card: &Card,
    path: &str,
    (rates, at): (Option<Vec<Rate>>, &str),
    findings: &mut Findings,
) -> Option<plan::Mode> {
    if rates.as_ref().is_some_and(Vec::is_empty) {
        findings.add(EMPTY, at, "write at least one rate, that of depth 1");
    }
    let base = base(card, path, findings);
    let highest = rates.iter().flatten().max().copied();
    let level_bonus = bonuses(setting, card, path, (highest, at), findings);
    Some(plan::Mode::Percent { base: base?, rates: rates?, level_bonus })
}

/// Notes a bonus of a card that has none to give.
pub(super) fn refuse_bonus(card: &Card, path: &str, why: &str, findings: &mut Findings) {
    if !card.level_bonus.is_empty() {
        let message = format!("{why}; take level_bonus away");
        findings.add(MALFORMED, below(path, "level_bonus"), message);
    }
}

/// Of what the rates of a card are taken.
pub(super) fn base(card: &Card, path: &str, findings: &mut Findings) -> Option<plan::Base> {
    if card.base.is_none() {
        let message = "say of what the rates are taken: \"list\", \"net\", \"paid\" or \"profit\"";
        findings.add(MALFORMED, below(path, "base"), message);
    }
    card.base.map(|base| match base {
        Base::List => plan::Base::List,
        Base::Net => plan::Base::Net,
        Base::Paid => plan::Base::Paid,
        Base::Profit => plan::Base::Profit,
    })
}

/// Reads the rates of depths; none where one of them cannot be read.
pub(super) fn rates(
    written: &[Written<Rate>],
    path: &str,
    findings: &mut Findings,
) -> Option<Vec<Rate>> {
    let read: Vec<Option<Rate>> = written
        .iter()
        .enumerate()
        .map(|(place, rate)| scan(rate, &format!("{path}[{place}]"), findings))
        .collect();
    read.into_iter().collect()
}

fn fixed(
    setting: &Setting<'_>,
    written: &[Amount],
    path: &str,
    findings: &mut Findings,
) -> Vec<Money> {
    if written.is_empty() {
        findings.add(EMPTY, path, "write at least one amount, that of depth 1");
    }
    let places = written.iter().enumerate();
    places
        .filter_map(|(place, amount)| {
            setting.money(Some(amount), &format!("{path}[{place}]"), findings)
        })
        .collect()
}

/// The bonus of each rank; none at all where the card names none. With the highest rate of the
/// card, which stands below `rates.1`, it is at most one.
pub(super) fn bonuses(
    setting: &Setting<'_>,
    card: &Card,
    path: &str,
    (highest, rates): (Option<Rate>, &str),
    findings: &mut Findings,
) -> Vec<Rate> {
    let path = below(path, "level_bonus");
    let bonuses = by_rank(setting, &card.level_bonus, &path, findings);
    let above = bonuses.iter().any(|bonus| {
        let sum = highest.unwrap_or_default().millionths().saturating_add(bonus.millionths());
        sum > Rate::ONE.millionths()
    });
    if above {
        let message = format!("a rate of {rates} and a bonus come to more than 1; lower one");
        findings.add(OUT_OF_RANGE, path, message);
    }
    bonuses
}

/// The rate of each rank, zero where none is named; none at all where no level is.
pub(super) fn by_rank(
    setting: &Setting<'_>,
    written: &BTreeMap<String, Written<Rate>>,
    path: &str,
    findings: &mut Findings,
) -> Vec<Rate> {
    if written.is_empty() {
        return Vec::new();
    }
    let mut rates = vec![Rate::ZERO; setting.levels.len()];
    for (level, rate) in written {
        let path = below(path, level);
        let rank = setting.rank(level, &path, findings);
        let slot = rank.and_then(|rank| rates.get_mut(rank));
        if let (Some(slot), Some(rate)) = (slot, scan(rate, &path, findings)) {
            *slot = rate;
        }
    }
    rates
}
