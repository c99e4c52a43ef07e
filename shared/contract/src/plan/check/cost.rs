//! The most that each rule can cost.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use upline_domain::money::{Currency, Rate, SignedMoney};
use upline_domain::plan::{Base, Per};
use upline_domain::worst_case::{Share, WorstCase};

use super::part::Part;
use crate::plan::finding::Findings;
use crate::read::below;

/// The most that a rule can cost, over all lineages and levels, before the cap on the total cuts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCost {
    /// Of its amounts.
    pub currency: Currency,
    /// The rule.
    pub rule: String,
    /// Its card.
    pub card: String,
    /// The figures.
    pub most: WorstCase,
    /// The cap of its currency on the total.
    pub max_total_rate: Rate,
}

impl RuleCost {
    /// Whether the cap on the total can cut.
    #[must_use]
    pub fn is_above_cap(&self) -> bool {
        self.most.is_above(self.max_total_rate)
    }

    /// One of `worst_case` in `upline plan check --json`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self { currency, rule, card, most, max_total_rate } = self;
        let mut answer = json!({
            "currency": currency.code(),
            "rule": rule,
            "card": card,
            "max_total_rate": max_total_rate.to_string(),
            "above_cap": self.is_above_cap(),
        });
        let fields = match most {
            WorstCase::OfBase { base, by_depth, total } => json!({
                "of": word(*base),
                "total": total.to_string(),
                "by_depth": by_depth.iter().map(Share::to_string).collect::<Vec<_>>(),
            }),
            WorstCase::Amounts { per, by_depth, total_minor, .. } => json!({
                "per": per_word(*per),
                "total": minor(*total_minor, *currency),
                "by_depth": by_depth.iter().map(|one| one.text(*currency)).collect::<Vec<_>>(),
            }),
        };
        if let (Value::Object(answer), Value::Object(fields)) = (&mut answer, fields) {
            answer.extend(fields);
        }
        answer
    }

    /// The figures in words, such as `0.19 of paid (0.12 + 0.07)`.
    #[must_use]
    pub fn figures(&self) -> String {
        match &self.most {
            WorstCase::OfBase { base, by_depth, total } => {
                let parts: Vec<String> = by_depth.iter().map(Share::to_string).collect();
                format!("{total} of {}{}", word(*base), in_parts(&parts))
            }
            WorstCase::Amounts { per, by_depth, total_minor, .. } => {
                let currency = self.currency;
                let parts: Vec<String> = by_depth.iter().map(|one| one.text(currency)).collect();
                let total = minor(*total_minor, currency);
                format!("{total} {currency} a {}{}", per_word(*per), in_parts(&parts))
            }
        }
    }

    /// What the cap on the total makes of it; nothing where it never cuts.
    #[must_use]
    pub fn cut(&self) -> Option<String> {
        let cap = self.max_total_rate;
        match &self.most {
            WorstCase::OfBase { base: Base::Paid, .. } => {
                self.is_above_cap().then(|| format!("the cap of {cap} will cut it"))
            }
            WorstCase::OfBase { base: Base::Profit, total, .. } => self.is_above_cap().then(|| {
                format!(
                    "the cap is {cap} of paid and cuts it where {total} of profit is above that"
                )
            }),
            WorstCase::OfBase { base, .. } if self.is_above_cap() => {
                Some(format!("the cap is {cap} of paid and will cut it; {}", of_list(*base)))
            }
            WorstCase::OfBase { base, total, .. } => {
                let discount = discount_that_the_cap_cuts(*total, cap)?;
                Some(format!("{}: the cap of {cap} of paid cuts it {discount}", of_list(*base)))
            }
            WorstCase::Amounts { per, enough_minor, .. } if self.is_above_cap() => {
                Some(match enough_minor {
                    Some(enough) => format!(
                        "the cap of {cap} will cut it where less than {} {} is paid for each {}",
                        minor(*enough, self.currency),
                        self.currency,
                        per_word(*per)
                    ),
                    None => format!("the cap of {cap} leaves nothing of it"),
                })
            }
            WorstCase::Amounts { .. } => None,
        }
    }
}

impl Part<'_> {
    /// The most that each rule can cost, with a warning of each that the cap will cut, but of those
    /// that never match.
    pub(super) fn costs(&self, never: &BTreeSet<usize>, warnings: &mut Findings) -> Vec<RuleCost> {
        let mut costs = Vec::new();
        for (place, rule) in self.programme.rules.iter().enumerate() {
            let card = self.programme.cards.get(rule.card);
            let most = WorstCase::of(self.plan, self.programme, rule);
            let (Some(card), Some(most)) = (card, most) else { continue };
            let cost = RuleCost {
                currency: self.currency,
                rule: rule.id.to_string(),
                card: card.id.to_string(),
                most,
                max_total_rate: self.programme.max_total_rate,
            };
            if let Some(cut) = cost.cut().filter(|_| cost.is_above_cap() && !never.contains(&place))
            {
                warnings.about(Some(rule.id.as_str()));
                let message = format!(
                    "rule {} can cost {}, and {cut}: the farthest get less or nothing; lower the \
                     card, or let it be cut",
                    rule.id,
                    cost.figures()
                );
                warnings.add("above_total_cap", below(&self.path(place), "card"), message);
            }
            costs.push(cost);
        }
        warnings.about(None);
        costs
    }
}

fn word(base: Base) -> &'static str {
    match base {
        Base::List => "list",
        Base::Net => "net",
        Base::Paid => "paid",
        Base::Profit => "profit",
    }
}

fn of_list(base: Base) -> String {
    format!("{} is more than paid where a discount was given", word(base))
}

fn per_word(per: Per) -> &'static str {
    match per {
        Per::Unit => "unit",
        Per::Line => "line",
    }
}

/// ` (0.12 + 0.07)`; nothing for one part or none.
fn in_parts(parts: &[String]) -> String {
    if parts.len() > 1 { format!(" ({})", parts.join(" + ")) } else { String::new() }
}

/// `where more than 43.3 % was taken off`; none where it costs nothing.
fn discount_that_the_cap_cuts(total: Share, cap: Rate) -> Option<String> {
    let cap =
        Some(u64::from(cap.millionths())).filter(|cap| *cap > 0 && total > Share::default())?;
    let paid = total.millionths().saturating_mul(1_000).div_ceil(cap);
    let tenths = 1_000_u64.saturating_sub(paid);
    Some(format!("where more than {}.{} % was taken off", tenths / 10, tenths % 10))
}

fn minor(minor: u64, currency: Currency) -> String {
    SignedMoney::from_minor(i64::try_from(minor).unwrap_or(i64::MAX)).text(currency)
}
