//! The design's page on calculation once more, in exact fractions of a minor unit, as slowly and
//! literally as it is written.

use upline_domain::allocation::{Allocation, Ancestor, Frozen};
use upline_domain::ids::Text;
use upline_domain::member::Status;
use upline_domain::money::{Money, Rate};
use upline_domain::order::Payment;
use upline_domain::plan::{
    Base, Card, Conditions, Differential, Inactive, Measure, Mode, Per, Plan, Programme, Range,
    Rounding, Rule, TierKind, Tiered,
};

use crate::reference::{Amounts, Exact, amounts, minor, money, rate, share, whole};

/// The allocations of an order and the rule of each line; the place of a line without its cost
/// where one is needed.
pub(crate) fn calculate<'a>(
    payment: &Payment,
    plan: &'a Plan,
    frozen: &Frozen,
) -> Result<(Vec<Option<&'a Rule>>, Vec<Allocation>), usize> {
    let programme = &plan.currencies[&payment.currency];
    let amounts = amounts(payment);
    let lineage = &frozen.lineage;
    let order = Order { payment, plan, frozen, amounts: &amounts };
    let rules: Vec<Option<&Rule>> =
        (0..amounts.len()).map(|line| order.rule(programme, line)).collect();
    let (mut earned, depths) = order.earned(programme, &rules)?;
    for (place, card) in programme.cards.iter().enumerate() {
        let lines: Vec<usize> = (0..rules.len())
            .filter(|&line| rules[line].is_some_and(|rule| rule.card == place))
            .collect();
        cap(card, &lines, &mut earned);
    }
    let given = given(programme, &amounts, &earned);
    let allocations = (0..lineage.len()).filter(|&who| given[who] > whole(0_u8)).map(|who| {
        let parts = share(&given[who], &earned[who]);
        let lines = parts.iter().map(money).enumerate();
        Allocation {
            ancestor: who,
            depth: depths[who].iter().min().copied().unwrap(),
            amount: money(&given[who]),
            lines: lines.filter(|(_, part)| *part > Money::ZERO).collect(),
        }
    });
    Ok((rules, allocations.collect()))
}

/// What each of the lineage is given in whole units: rounded, and within the cap on the total.
fn given(programme: &Programme, amounts: &[Amounts], earned: &[Vec<Exact>]) -> Vec<Exact> {
    let mut earners = 0;
    let mut given: Vec<Exact> = Vec::new();
    for lines in earned {
        let sum: Exact = lines.iter().sum();
        earners += usize::from(sum > whole(0_u8));
        let kept = if earners > programme.depth { whole(0_u8) } else { sum };
        given.push(match programme.rounding {
            Rounding::Down => kept.floor(),
            Rounding::HalfUp => (kept + whole(1_u8) / whole(2_u8)).floor(),
        });
    }
    let paid: Exact = amounts.iter().map(|line| &line.paid).sum();
    let limit = (rate(programme.max_total_rate) * paid).floor();
    for who in (0..given.len()).rev() {
        let above = (given.iter().sum::<Exact>() - &limit).max(whole(0_u8));
        let cut = above.min(given[who].clone());
        given[who] -= cut;
    }
    given
}

fn rank(plan: &Plan, who: &Ancestor) -> usize {
    plan.levels.iter().position(|level| *level == who.level).unwrap_or(0)
}

/// Who stands at each depth from 1.
fn standing(programme: &Programme, plan: &Plan, lineage: &[Ancestor]) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut at_depths = Vec::new();
    for depth in 0..programme.depth {
        let least = programme.min_rank.get(depth).copied().unwrap_or(0);
        let fits = |who: usize| {
            lineage[who].status == Status::Active && rank(plan, &lineage[who]) >= least
        };
        let mut found = None;
        while found.is_none() && next < lineage.len() {
            found = Some(next).filter(|&who| fits(who));
            next += 1;
            if programme.inactive == Inactive::Forfeit {
                break;
            }
        }
        at_depths.push(found);
    }
    at_depths
}

fn base(card: &Card, line: &Amounts) -> Option<Exact> {
    let base = match &card.mode {
        Mode::Percent { base, .. } => base,
        Mode::Fixed { .. } => return Some(whole(0_u8)),
        Mode::Tiered(tiered) => &tiered.base,
        Mode::Differential(differential) => &differential.base,
    };
    match base {
        Base::List => Some(line.list.clone()),
        Base::Net => Some(line.net.clone()),
        Base::Paid => Some(line.paid.clone()),
        Base::Profit => line.profit.clone(),
    }
}

fn bonus(level_bonus: &[Rate], rank: usize) -> Exact {
    level_bonus.get(rank).map_or(whole(0_u8), |&bonus| rate(bonus))
}

/// The rate of a depth with the bonus; nothing where there is no rate.
fn rate_at(rates: &[Rate], depth: usize, bonus: &Exact) -> Exact {
    rates.get(depth - 1).map_or(whole(0_u8), |&own| rate(own) + bonus)
}

/// What a measure from nothing up to `end` earns, each tier's part at its own rate.
fn up_to(tiered: &Tiered, end: &Exact, depth: usize, bonus: &Exact) -> Exact {
    let mut sum = whole(0_u8);
    for (place, tier) in tiered.tiers.iter().enumerate() {
        let next = tiered.tiers.get(place + 1).map(|next| minor(next.from));
        let top = next.map_or(end.clone(), |next| next.min(end.clone()));
        let part = (top - minor(tier.from)).max(whole(0_u8));
        sum += part * rate_at(&tier.rates, depth, bonus);
    }
    sum
}

/// What a line earns at a depth by what a measure comes to.
fn by_tier(
    tiered: &Tiered,
    line: usize,
    bases: &Bases,
    sold: &Exact,
    (depth, bonus): (usize, &Exact),
) -> Exact {
    let (card, base) = bases[line].as_ref().unwrap();
    let on_card = |at: &usize| bases[*at].as_ref().is_some_and(|(other, _)| other == card);
    let on_card: Vec<usize> = (0..bases.len()).filter(on_card).collect();
    let weights: Vec<Exact> =
        on_card.iter().map(|&at| bases[at].as_ref().unwrap().1.clone()).collect();
    let all: Exact = weights.iter().sum();
    let nothing = whole(0_u8);
    let parts = |start: &Exact, length: &Exact| {
        up_to(tiered, &(start + length), depth, bonus) - up_to(tiered, start, depth, bonus)
    };
    let shared = |total: Exact| {
        let micros = whole(1_000_000_u32);
        let at = on_card.iter().position(|at| *at == line).unwrap();
        &share(&(total * &micros), &weights)[at] / &micros
    };
    match (tiered.kind, tiered.measure) {
        (TierKind::Whole, measure) => {
            let measured = match measure {
                Measure::Line => base,
                Measure::Order => &all,
                Measure::MonthSales => sold,
            };
            let tier = tiered.tiers.iter().rev().find(|tier| minor(tier.from) <= *measured);
            tier.map_or(nothing, |tier| base * rate_at(&tier.rates, depth, bonus))
        }
        (TierKind::Graduated, Measure::Line) => parts(&nothing, base),
        (TierKind::Graduated, Measure::Order) => shared(parts(&nothing, &all)),
        (TierKind::Graduated, Measure::MonthSales) => shared(parts(sold, &all)),
    }
}

/// What the active, with their ranks and from the nearest up, are given of a base: each who has a
/// difference, and after each of them the peer before the next.
fn by_level(card: &Differential, active: &[(usize, usize)], depth: usize) -> Vec<(usize, Exact)> {
    let own = |at: usize| card.by_rank.get(active[at].1).map_or(whole(0_u8), |&own| rate(own));
    let before = |at: usize| (0..at).map(own).max().unwrap_or_else(|| whole(0_u8));
    let rises: Vec<usize> = (0..active.len()).filter(|&at| own(at) > before(at)).collect();
    let mut given = Vec::new();
    for (nth, &at) in rises.iter().enumerate() {
        given.push((active[at].0, own(at) - before(at)));
        let until = rises.get(nth + 1).copied().unwrap_or(active.len());
        let peer = (at + 1..until).find(|&other| active[other].1 == active[at].1);
        if let Some(peer) = peer.filter(|_| rate(card.peer) > whole(0_u8)) {
            given.push((active[peer].0, rate(card.peer)));
        }
    }
    given.truncate(depth);
    given
}

/// Shares what a card allows one beneficiary over its lines, in whole micros.
fn cap(card: &Card, lines: &[usize], earned: &mut [Vec<Exact>]) {
    let Some(most) = card.max_per_order else {
        return;
    };
    for own in earned {
        let weights: Vec<Exact> = lines.iter().map(|&line| own[line].clone()).collect();
        if weights.iter().sum::<Exact>() > minor(most) {
            let micros = whole(1_000_000_u32);
            let parts = share(&(minor(most) * &micros), &weights);
            for (&line, part) in lines.iter().zip(parts) {
                own[line] = part / &micros;
            }
        }
    }
}

/// Amounts by who earns them and by line, and the depths at which each of them earns.
type Earned = (Vec<Vec<Exact>>, Vec<Vec<usize>>);

/// The card of each line and its base; none of one that is on no card.
type Bases = Vec<Option<(usize, Exact)>>;

/// What the conditions of a rule ask about.
struct Order<'a> {
    payment: &'a Payment,
    plan: &'a Plan,
    frozen: &'a Frozen,
    amounts: &'a [Amounts],
}

impl Order<'_> {
    /// What each of the lineage earns of each line, and the depths at which they do.
    fn earned(&self, programme: &Programme, rules: &[Option<&Rule>]) -> Result<Earned, usize> {
        let lineage = &self.frozen.lineage;
        let bases = self.bases(programme, rules)?;
        let mut earned = vec![vec![whole(0_u8); rules.len()]; lineage.len()];
        let mut depths = vec![Vec::new(); lineage.len()];
        for (line, on) in bases.iter().enumerate() {
            let Some((card, base)) = on else { continue };
            let mode = &programme.cards[*card].mode;
            let mut give = |who: usize, depth: usize, amount: Exact| {
                if amount > whole(0_u8) {
                    earned[who][line] = amount;
                    depths[who].push(depth);
                }
            };
            if let Mode::Differential(differential) = mode {
                let active = lineage.iter().enumerate();
                let active = active.filter(|(_, one)| one.status == Status::Active);
                let active: Vec<_> = active.map(|(who, one)| (who, rank(self.plan, one))).collect();
                let given = by_level(differential, &active, programme.depth);
                for (depth, (who, rate)) in (1..).zip(given) {
                    give(who, depth, base * rate);
                }
                continue;
            }
            for (depth, who) in (1..).zip(standing(programme, self.plan, lineage)) {
                if let Some(who) = who {
                    give(who, depth, self.at_depth(mode, line, &bases, (depth, who)));
                }
            }
        }
        Ok((earned, depths))
    }

    /// The card of each line and its base; none of one that is on no card.
    fn bases(&self, programme: &Programme, rules: &[Option<&Rule>]) -> Result<Bases, usize> {
        let on = |(line, rule): (usize, Option<&Rule>)| {
            let rule = rule.filter(|_| self.amounts[line].paid > whole(0_u8));
            let based = |rule: &Rule| {
                let base = base(&programme.cards[rule.card], &self.amounts[line]);
                Ok((rule.card, base.ok_or(line)?))
            };
            rule.map(based).transpose()
        };
        rules.iter().copied().enumerate().map(on).collect()
    }

    /// What a line earns one who stands at a depth.
    fn at_depth(
        &self,
        mode: &Mode,
        line: usize,
        bases: &Bases,
        (depth, who): (usize, usize),
    ) -> Exact {
        let rank = rank(self.plan, &self.frozen.lineage[who]);
        let (_, base) = bases[line].as_ref().unwrap();
        match mode {
            Mode::Percent { rates, level_bonus, .. } => {
                base * rate_at(rates, depth, &bonus(level_bonus, rank))
            }
            Mode::Fixed { amounts, per } => {
                let amount = amounts.get(depth - 1).map_or(whole(0_u8), |&amount| minor(amount));
                match per {
                    Per::Unit => amount * whole(self.payment.lines[line].quantity),
                    Per::Line => amount,
                }
            }
            Mode::Tiered(tiered) => {
                let sold = self.frozen.month_sales.get(&who);
                let sold = sold.map_or(whole(0_u8), |&sold| minor(sold));
                let bonus = bonus(&tiered.level_bonus, rank);
                by_tier(tiered, line, bases, &sold, (depth, &bonus))
            }
            Mode::Differential(_) => unreachable!("nobody stands at a depth of it"),
        }
    }

    fn rule<'p>(&self, programme: &'p Programme, line: usize) -> Option<&'p Rule> {
        let matching = programme.rules.iter().filter(|rule| self.holds(&rule.when, line));
        matching.max_by_key(|rule| rule.priority)
    }

    fn holds(&self, when: &Conditions, place: usize) -> bool {
        let line = &self.payment.lines[place];
        let paid = &self.amounts[place].paid;
        let total: Exact = self.amounts.iter().map(|line| &line.paid).sum();
        let first = self.frozen.lineage.first();
        let rank = first.map(|first| rank(self.plan, first));
        let path = |text: &Text| text.as_str().split('/').map(str::to_owned).collect::<Vec<_>>();
        let in_category = |wanted: &Text| {
            line.category.as_ref().is_some_and(|own| path(own).starts_with(&path(wanted)))
        };
        let exact = |range: &Range<Money>| Range {
            min: range.min.map(|min| minor(min).to_integer()),
            max: range.max.map(|max| minor(max).to_integer()),
        };
        let amount = |range: &Option<Range<Money>>, amount: &Exact| {
            range.as_ref().map(exact).is_none_or(|Range { min, max }| {
                let amount = amount.to_integer();
                min.is_none_or(|min| amount >= min) && max.is_none_or(|max| amount < max)
            })
        };
        let quantity = |range: &Range<u32>| {
            range.min.is_none_or(|min| line.quantity >= min)
                && range.max.is_none_or(|max| line.quantity < max)
        };
        let named = |ids: &Vec<_>| first.is_some_and(|first| ids.contains(&first.id));
        when.category.as_ref().is_none_or(|paths| paths.iter().any(in_category))
            && when.sku.as_ref().is_none_or(|skus| skus.contains(&line.sku))
            && when.rank.as_ref().is_none_or(|r| rank.is_some_and(|rank| r.contains(&rank)))
            && when.distributor.as_ref().is_none_or(named)
            && amount(&when.line_amount, paid)
            && amount(&when.order_amount, &total)
            && when.quantity.as_ref().is_none_or(quantity)
            && when.first_order.is_none_or(|wanted| wanted == self.frozen.first_order)
            && when.region.is_none()
            && when.between.is_none()
    }
}
