//! The design's page on calculation once more, in exact fractions of a minor unit, as slowly and
//! literally as it is written.

use upline_domain::allocation::{Allocation, Ancestor, Frozen};
use upline_domain::ids::Text;
use upline_domain::member::Status;
use upline_domain::money::Money;
use upline_domain::order::Payment;
use upline_domain::plan::{
    Base, Card, Conditions, Inactive, Mode, Per, Plan, Programme, Range, Rounding, Rule,
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
    let Mode::Percent { base, .. } = &card.mode else {
        return Some(whole(0_u8));
    };
    match base {
        Base::List => Some(line.list.clone()),
        Base::Net => Some(line.net.clone()),
        Base::Paid => Some(line.paid.clone()),
        Base::Profit => line.profit.clone(),
    }
}

fn at_depth(card: &Card, base: &Exact, quantity: u32, depth: usize, rank: usize) -> Exact {
    match &card.mode {
        Mode::Percent { rates, level_bonus, .. } => match rates.get(depth - 1) {
            Some(own) => {
                let bonus = level_bonus.get(rank).map_or(whole(0_u8), |&bonus| rate(bonus));
                base * (rate(*own) + bonus)
            }
            None => whole(0_u8),
        },
        Mode::Fixed { amounts, per } => {
            let amount = amounts.get(depth - 1).map_or(whole(0_u8), |&amount| minor(amount));
            match per {
                Per::Unit => amount * whole(quantity),
                Per::Line => amount,
            }
        }
    }
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
        let standing = standing(programme, self.plan, &self.frozen.lineage);
        let mut earned = vec![vec![whole(0_u8); rules.len()]; self.frozen.lineage.len()];
        let mut depths = vec![Vec::new(); self.frozen.lineage.len()];
        for (line, rule) in rules.iter().enumerate() {
            let Some(rule) = rule.filter(|_| self.amounts[line].paid > whole(0_u8)) else {
                continue;
            };
            let card = &programme.cards[rule.card];
            let base = base(card, &self.amounts[line]).ok_or(line)?;
            for (depth, who) in (1..).zip(&standing) {
                let Some(who) = *who else { continue };
                let rank = rank(self.plan, &self.frozen.lineage[who]);
                let quantity = self.payment.lines[line].quantity;
                let amount = at_depth(card, &base, quantity, depth, rank);
                if amount > whole(0_u8) {
                    earned[who][line] = amount;
                    depths[who].push(depth);
                }
            }
        }
        Ok((earned, depths))
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
