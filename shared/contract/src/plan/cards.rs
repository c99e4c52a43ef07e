//! Compiles the rate cards of one currency.

use std::collections::BTreeMap;

use upline_domain::ids::CardId;
use upline_domain::limits::{CARDS_MAX, LINEAGE_MAX};
use upline_domain::money::{Money, Rate};
use upline_domain::plan::{self, decay_rates};

use super::compile::scan;
use super::document::{Base, Card, Decay, Fixed, Mode, Per, Percent};
use super::finding::{EMPTY, Findings, NOT_SUPPORTED, OUT_OF_RANGE};
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
    let (rates, rates_path) = match &card.mode {
        Mode::Percent(Percent { rates }) => {
            let at = format!("{at}.percent.rates");
            (percent(rates, &at, findings), at)
        }
        Mode::Decay(Decay { first, ratio, depth }) => {
            let at = format!("{at}.decay");
            let first = scan(first, &below(&at, "first"), findings);
            let ratio = scan(ratio, &below(&at, "ratio"), findings);
            let depth = Setting::depth(LINEAGE_MAX, *depth, &below(&at, "depth"), findings);
            (first.zip(ratio).map(|(first, ratio)| decay_rates(first, ratio, depth)), at)
        }
        Mode::Fixed(Fixed { amounts, per }) => {
            if !card.level_bonus.is_empty() {
                let message = "a fixed amount has no rate to add to; take level_bonus away";
                findings.add(MALFORMED, below(path, "level_bonus"), message);
            }
            let amounts = fixed(setting, amounts, &format!("{at}.fixed.amounts"), findings);
            let per = match per {
                Per::Unit => plan::Per::Unit,
                Per::Line => plan::Per::Line,
            };
            return Some(plan::Mode::Fixed { amounts, per });
        }
        Mode::Tiered(_) => return unsupported(&below(&at, "tiered"), findings),
        Mode::Differential(_) => return unsupported(&below(&at, "differential"), findings),
    };
    let base = base(card.base, path, findings);
    let level_bonus = bonuses(setting, card, path, findings);
    let highest = rates.as_ref().and_then(|rates| rates.iter().max().copied());
    let above = level_bonus.iter().any(|bonus| {
        let sum = highest.unwrap_or_default().millionths().saturating_add(bonus.millionths());
        sum > Rate::ONE.millionths()
    });
    if above {
        let message = format!("a rate of {rates_path} and a bonus come to more than 1; lower one");
        findings.add(OUT_OF_RANGE, below(path, "level_bonus"), message);
    }
    Some(plan::Mode::Percent { base: base?, rates: rates?, level_bonus })
}

fn unsupported(path: &str, findings: &mut Findings) -> Option<plan::Mode> {
    let message = "this program cannot calculate this mode yet; write percent, fixed or decay";
    findings.add(NOT_SUPPORTED, path, message);
    None
}

fn base(written: Option<Base>, path: &str, findings: &mut Findings) -> Option<plan::Base> {
    if written.is_none() {
        let message = "say of what the rates are taken: \"list\", \"net\", \"paid\" or \"profit\"";
        findings.add(MALFORMED, below(path, "base"), message);
    }
    written.map(|base| match base {
        Base::List => plan::Base::List,
        Base::Net => plan::Base::Net,
        Base::Paid => plan::Base::Paid,
        Base::Profit => plan::Base::Profit,
    })
}

fn percent(written: &[Written<Rate>], path: &str, findings: &mut Findings) -> Option<Vec<Rate>> {
    if written.is_empty() {
        findings.add(EMPTY, path, "write at least one rate, that of depth 1");
    }
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

/// The bonus of each rank; none at all where the card names none.
fn bonuses(setting: &Setting<'_>, card: &Card, path: &str, findings: &mut Findings) -> Vec<Rate> {
    if card.level_bonus.is_empty() {
        return Vec::new();
    }
    let mut bonuses = vec![Rate::ZERO; setting.levels.len()];
    for (level, rate) in &card.level_bonus {
        let path = below(&below(path, "level_bonus"), level);
        let rank = setting.rank(level, &path, findings);
        let slot = rank.and_then(|rank| bonuses.get_mut(rank));
        if let (Some(slot), Some(rate)) = (slot, scan(rate, &path, findings)) {
            *slot = rate;
        }
    }
    bonuses
}
