//! `calculate(paid, frozen) -> allocations`, step by step as domain.md has it.

use std::collections::BTreeMap;

use super::exact::{Exact, floor, micro, share, share_minor, whole};
use super::facts::{Frozen, Goods, Payment};
use super::modes::{OnCard, Standing, gains};
use super::people::Ancestor;
use super::plan::{Card, Mode, Part, Plan, Rule};
use super::rules::{Line, matches};

/// Who earns what of an order.
pub(super) struct Calculation<'a> {
    /// The rule of each line; none where none matched.
    pub(super) rules: Vec<Option<&'a Rule>>,
    /// Nearest first; none of zero.
    pub(super) allocations: Vec<Earned>,
}

/// What one of the lineage earns.
pub(super) struct Earned {
    /// Place in the lineage, from 0.
    pub(super) place: usize,
    pub(super) depth: usize,
    pub(super) amount: i64,
    /// By line of the order.
    pub(super) by_line: Vec<i64>,
}

/// What was paid for each line: `net_i` less its share of the order's discount.
pub(super) fn paid_by_line(order: &Payment) -> Vec<i64> {
    let net: Vec<i64> = order.lines.iter().map(net).collect();
    let weights: Vec<Exact> = net.iter().copied().map(whole).collect();
    let shares = share_minor(order.discount, &weights);
    net.iter().zip(shares).map(|(net, share)| net - share).collect()
}

fn list_price(line: &Goods) -> i64 {
    line.price * line.quantity
}

fn net(line: &Goods) -> i64 {
    list_price(line) - line.discount
}

/// Calculates an order.
///
/// # Errors
///
/// * `cost_missing` where a card on profit needs the cost of a line that has none.
pub(super) fn calculate<'a>(
    order: &Payment,
    plan: &Plan,
    part: &'a Part,
    frozen: &Frozen,
) -> Result<Calculation<'a>, &'static str> {
    let lineage = &frozen.lineage;
    let paid = paid_by_line(order);
    let order_paid = paid.iter().sum();
    let rules: Vec<Option<&Rule>> = order
        .lines
        .iter()
        .zip(&paid)
        .map(|(goods, paid)| {
            let line = Line { order, goods, paid: *paid, order_paid, frozen };
            part.rules.iter().find(|rule| matches(&rule.when, &line))
        })
        .collect();
    let mut on_cards: Vec<OnCard<'_>> = Vec::new();
    for (number, ((goods, paid), rule)) in order.lines.iter().zip(&paid).zip(&rules).enumerate() {
        let Some((name, card)) = rule.and_then(|rule| part.cards.get_key_value(&rule.card)) else {
            continue;
        };
        // A line that cost nothing is on no card.
        if *paid > 0 {
            let base = base(card, goods, *paid)?;
            on_cards.push(OnCard { number, goods, name, card, base });
        }
    }
    let standing = who_stands(plan, part, lineage);
    let mut earned: ByPlaceAndLine = BTreeMap::new();
    let mut depths: BTreeMap<usize, usize> = BTreeMap::new();
    for line in &on_cards {
        for gain in gains(line, &on_cards, &standing, frozen, part.depth) {
            if gain.exact > whole(0) {
                let depth = depths.entry(gain.place).or_insert(gain.depth);
                *depth = gain.depth.min(*depth);
                earned.insert((gain.place, line.number), gain.exact);
            }
        }
    }
    cap_cards(part, &rules, lineage.len(), &mut earned);
    cap_beneficiaries(part, &mut earned);
    let amounts = cap_total(part, order_paid, round(part, &earned));
    Ok(Calculation { allocations: by_line(order, &depths, &amounts, &earned), rules })
}

/// What a card is paid on; nothing for `fixed`, which uses no base and so needs no cost.
fn base(card: &Card, line: &Goods, paid: i64) -> Result<Exact, &'static str> {
    let base = match (&card.mode, card.base.as_deref()) {
        (Mode::Fixed { .. }, _) => 0,
        (_, Some("list")) => list_price(line),
        (_, Some("net")) => net(line),
        (_, Some("profit")) => {
            let cost = line.cost.ok_or("cost_missing")?;
            (paid - cost * line.quantity).max(0)
        }
        (_, _) => paid,
    };
    Ok(whole(base))
}

/// Who stands at which depth: depth, place in the lineage, and who that is.
fn who_stands<'a>(plan: &Plan, part: &Part, lineage: &'a [Ancestor]) -> Vec<Standing<'a>> {
    let may = |who: &Ancestor, depth: usize| {
        let least = part.min_levels.get(&depth);
        who.active && least.is_none_or(|least| plan.rank(&who.level) >= plan.rank(least))
    };
    let mut up = lineage.iter().enumerate();
    let mut standing = Vec::new();
    for depth in 1..=part.depth {
        let found = if part.compress {
            // Those passed over are not asked again: `up` goes on behind them.
            up.find(|(_, who)| may(who, depth))
        } else {
            up.next().filter(|(_, who)| may(who, depth))
        };
        standing.extend(found.map(|(place, who)| (depth, place, who)));
    }
    standing
}

type ByPlaceAndLine = BTreeMap<(usize, usize), Exact>;

/// Step 1: what one beneficiary earns on the lines of one card together is at most its
/// `max_per_order`. The cap is an amount of micros that is shared, so the shares are whole micros.
fn cap_cards(part: &Part, rules: &[Option<&Rule>], people: usize, earned: &mut ByPlaceAndLine) {
    for (name, card) in &part.cards {
        let Some(cap) = card.max_per_order.map(whole) else { continue };
        let on_card =
            |line: usize| rules.get(line).copied().flatten().is_some_and(|rule| rule.card == *name);
        for place in 0..people {
            let mut lines: Vec<&mut Exact> = earned
                .iter_mut()
                .filter(|((who, line), _)| *who == place && on_card(*line))
                .map(|(_, exact)| exact)
                .collect();
            let weights: Vec<Exact> = lines.iter().map(|exact| (**exact).clone()).collect();
            if weights.iter().sum::<Exact>() > cap {
                for (exact, share) in lines.iter_mut().zip(share(&cap, &weights, &micro())) {
                    **exact = share;
                }
            }
        }
    }
}

/// Step 2: at most `depth` different beneficiaries, those farthest up earn nothing beyond it.
fn cap_beneficiaries(part: &Part, earned: &mut ByPlaceAndLine) {
    let mut places: Vec<usize> = sums(earned).into_keys().collect();
    places.truncate(part.depth);
    earned.retain(|(place, _), _| places.contains(place));
}

/// What each earns in all, those who earn nothing left out.
fn sums(earned: &ByPlaceAndLine) -> BTreeMap<usize, Exact> {
    let mut sums: BTreeMap<usize, Exact> = BTreeMap::new();
    for ((place, _), exact) in earned {
        *sums.entry(*place).or_insert_with(|| whole(0)) += exact;
    }
    sums.retain(|_, sum| *sum > whole(0));
    sums
}

/// Step 3: the one rounding, of what each earns in all.
fn round(part: &Part, earned: &ByPlaceAndLine) -> BTreeMap<usize, i64> {
    let half = if part.half_up { whole(1) / whole(2) } else { whole(0) };
    sums(earned).into_iter().map(|(place, sum)| (place, floor(&(sum + &half)))).collect()
}

/// Step 4: what is above `max_total_rate` is taken from the farthest up first.
fn cap_total(part: &Part, paid: i64, mut amounts: BTreeMap<usize, i64>) -> BTreeMap<usize, i64> {
    let most = floor(&(&part.max_total_rate * whole(paid)));
    let mut above = (amounts.values().sum::<i64>() - most).max(0);
    for amount in amounts.values_mut().rev() {
        let taken = above.min(*amount);
        (*amount, above) = (*amount - taken, above - taken);
    }
    amounts
}

/// Step 5: each amount shared over the lines by what they earned. None of zero is kept.
fn by_line(
    order: &Payment,
    depths: &BTreeMap<usize, usize>,
    amounts: &BTreeMap<usize, i64>,
    earned: &ByPlaceAndLine,
) -> Vec<Earned> {
    let mut allocations = Vec::new();
    for (place, depth) in depths {
        let Some(amount) = amounts.get(place).copied().filter(|amount| *amount > 0) else {
            continue;
        };
        let weight = |line| earned.get(&(*place, line)).cloned().unwrap_or_else(|| whole(0));
        let weights: Vec<Exact> = (0..order.lines.len()).map(weight).collect();
        let by_line = share_minor(amount, &weights);
        allocations.push(Earned { place: *place, depth: *depth, amount, by_line });
    }
    allocations
}
