//! The reference ledger: a second implementation of what the system computes, to hold the first
//! against.
//!
//! It is written from what the design says of each number, and imports nothing of the product. It
//! is slow and obvious on purpose: it keeps every fact in memory, sums nothing up on the way, and
//! works out every figure from the facts whenever it is asked, in exact fractions. There is no
//! table here, no queue, no second writer and no crash: an event is taken whole before the next.
//!
//! It takes events that are well-formed; others are not its business. What depends on the order in
//! which things arrived can be pinned from outside ([`Ledger::pin`]): the ledger then says what
//! follows from it.

mod calculate;
mod exact;
mod facts;
mod fields;
mod ladder;
mod modes;
mod nights;
mod people;
mod plan;
mod refunds;
mod rules;
mod standing;
mod take;
mod versions;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use calculate::calculate;
use facts::{Facts, Payment};
use nights::Failing;
use people::People;
use plan::Plan;
use standing::{Contribution, contributions, day_of};
use take::Waits;
pub use versions::Activation;
use versions::{Active, Histories, Versions};

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `created`, `exists`, `conflict`, `parked` or `waiting`.
    pub word: &'static str,
    /// Why it is parked, as a word.
    pub code: Option<&'static str>,
}

/// Where a distributor's money of one currency stands, in minor units. Zeros are left out of `due`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Earned by orders that are not completed, less what was taken back.
    pub pending: i64,
    /// What matures, by date.
    pub due: BTreeMap<Date, i64>,
}

/// An order. Amounts are minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// `unpaid`, `waiting`, `attributed` or `completed`.
    pub state: &'static str,
    /// `over_refunded`, `unknown_line`, `currency_mismatch`, in this order.
    pub problems: Vec<&'static str>,
    /// In the order of the order; none while it is not paid.
    pub lines: Vec<Line>,
    /// Nearest first; none of zero.
    pub allocations: Vec<Allocation>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub line_id: String,
    /// What was paid for it.
    pub paid: i64,
    /// What was given back of it.
    pub refunded: i64,
    /// The rule that matched it and the rule's card.
    pub rule: Option<(String, String)>,
}

/// What one beneficiary earns from an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Who.
    pub distributor: String,
    /// The smallest depth at which they earn.
    pub depth: usize,
    /// How much.
    pub amount: i64,
    /// What refunds took back of it.
    pub reversed: i64,
    /// By line that earned: its id, the amount, and what was taken back.
    pub lines: Vec<(String, i64, i64)>,
}

/// A distributor's figures of one currency and day, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Own orders, less those refunded in full.
    pub orders: i64,
    /// Own sales, net of refunds.
    pub own_sales: i64,
    /// Team sales, net of refunds.
    pub team_sales: i64,
    /// Allocated.
    pub earned: i64,
    /// Taken back of it.
    pub reversed: i64,
}

/// What an order was attributed by, where that depends on what came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// Ids, nearest first.
    pub lineage: Vec<String>,
    /// Whether it is the buyer's first.
    pub first_order: bool,
    /// What each of the lineage sold in the month, in minor units.
    pub sold: BTreeMap<String, i64>,
}

/// Makes the invite code of a distributor who wishes for none, of the tenant, their id and the
/// number of codes tried before. A code is no figure, so it is not worked out a second time.
pub type MakeCode = fn(&str, &str, u8) -> String;

/// All that is known of one tenant.
pub struct Ledger {
    tenant: String,
    versions: Versions,
    histories: Histories,
    failing: Failing,
    pins: BTreeMap<String, Pinned>,
    code: MakeCode,
    people: People,
    orders: BTreeMap<String, Facts>,
    /// In the order in which they came.
    waiting: Vec<Waits>,
    /// By the text of the event: its id, or that of the order that waited, and the code.
    parked: BTreeMap<String, (String, &'static str)>,
    /// The daily figures as they were posted last.
    posted: BTreeMap<(String, String, Date), Day>,
}

impl Ledger {
    /// The ledger of the tenant `demo`, whose one plan is active from the beginning of time.
    /// `policy_rate` is the policy's `max_total_rate`.
    #[must_use]
    pub fn new(plan: &Value, policy_rate: &str, code: MakeCode) -> Self {
        let mut ledger = Self::without_plan("demo", code);
        let first = Activation { from: Timestamp::MIN, version: 1, rollout: None };
        ledger.activate(&first, plan, policy_rate);
        ledger
    }

    /// The ledger of a tenant without a plan.
    #[must_use]
    pub fn without_plan(tenant: &str, code: MakeCode) -> Self {
        Self {
            tenant: tenant.to_owned(),
            versions: Versions::default(),
            histories: Histories::default(),
            failing: Failing::new(),
            pins: BTreeMap::new(),
            code,
            people: People::default(),
            orders: BTreeMap::new(),
            waiting: Vec::new(),
            parked: BTreeMap::new(),
            posted: BTreeMap::new(),
        }
    }

    /// Makes a version of the plan hold from a time on. Those of later times are told later; of
    /// equal times the one told later wins.
    pub fn activate(&mut self, activation: &Activation, plan: &Value, policy_rate: &str) {
        self.versions.0.push(Active::new(activation, plan, policy_rate));
    }

    /// Puts a distributor on a level from a time on; told in the order of the times.
    pub fn change_level(&mut self, distributor: &str, from: Timestamp, level: &str) {
        let held = self.histories.levels.entry(distributor.to_owned()).or_default();
        held.push((from, level.to_owned()));
    }

    /// Gives a distributor a status from a time on; told in the order of the times.
    pub fn change_status(&mut self, distributor: &str, from: Timestamp, status: &str) {
        let held = self.histories.statuses.entry(distributor.to_owned()).or_default();
        held.push((from, status.to_owned()));
    }

    /// Opens a distributor's risk flag (`flagged`) or closes it (`clear`) from a time on; told in
    /// the order of the times.
    pub fn change_risk(&mut self, distributor: &str, from: Timestamp, risk: &str) {
        let held = self.histories.risks.entry(distributor.to_owned()).or_default();
        held.push((from, risk.to_owned()));
    }

    /// The levels that a distributor was given, each with the time from which it holds.
    #[must_use]
    pub fn levels(&self, distributor: &str) -> &[(Timestamp, String)] {
        self.histories.levels.get(distributor).map_or(&[], Vec::as_slice)
    }

    /// Pins by what an order that is taken later is attributed. Whether that may be is not asked.
    pub fn pin(&mut self, order: &str, pinned: Pinned) {
        self.pins.insert(order.to_owned(), pinned);
    }

    /// What may have been frozen of those above an order, whichever of the facts that are known
    /// came first: each as id, level and, where it is not active, status, with blanks between. None
    /// where it is not known through whom it came, or no plan held.
    #[must_use]
    pub fn lineages(&self, order: &str) -> Vec<Vec<String>> {
        let paid = self.orders.get(order).and_then(|facts| facts.paid.as_ref());
        let Some((paid, active)) = paid.and_then(|paid| Some((paid, self.active_for(paid)?)))
        else {
            return Vec::new();
        };
        let own = self.people.own_lineage(paid, Some(&active.plan));
        let all = own.into_iter().chain(self.people.lineage_by_binding(paid));
        let told = |one: Vec<String>| {
            let frozen = self.histories.frozen(&one, &active.plan, paid.paid_at);
            frozen.iter().map(people::Ancestor::text).collect()
        };
        all.map(told).collect()
    }

    /// The ids above a distributor, the sponsor first; none where they are not there.
    #[must_use]
    pub fn lineage(&self, distributor: &str) -> Option<&[String]> {
        self.people.members.get(distributor).map(|member| member.lineage.as_slice())
    }

    /// The version of the plan that an order falls under.
    #[must_use]
    pub fn version_of(&self, order: &str) -> Option<u32> {
        let paid = self.orders.get(order)?.paid.as_ref()?;
        self.active_for(paid).map(|active| active.version)
    }

    fn active_for(&self, order: &Payment) -> Option<&Active> {
        self.versions.of(&self.tenant, &order.buyer, order.paid_at)
    }

    fn plan_of(&self, order: &Payment) -> Option<&Plan> {
        self.active_for(order).map(|active| &active.plan)
    }

    /// Takes an event, and all that waited for what it says.
    ///
    /// A repeat changes nothing.
    pub fn take(&mut self, event: &Value) -> Answer {
        self.handle(event)
    }

    /// Posts everything that was taken so far. Until then it is in nobody's month sales.
    pub fn post(&mut self) {
        self.posted = self.days();
    }

    /// What a distributor sold in the calendar month of an order, as it is posted.
    fn sold(&self, distributor: &str, order: &Payment, plan: &Plan) -> i64 {
        let month = day_of(order.paid_at, &plan.zone).first_of_month();
        let days = self.posted.iter().filter(|((who, currency, day), _)| {
            *who == distributor && *currency == order.currency && day.first_of_month() == month
        });
        days.map(|(_, day)| day.own_sales).sum::<i64>().max(0)
    }

    /// What is parked: the id of the event, or of the order that waited, and the code.
    #[must_use]
    pub fn parked(&self) -> BTreeSet<(String, &'static str)> {
        self.parked.values().cloned().collect()
    }

    /// Where everyone's money stands, by distributor and currency, those with nothing left out.
    #[must_use]
    pub fn balances(&self) -> BTreeMap<(String, String), Standing> {
        let mut balances: BTreeMap<(String, String), Standing> = BTreeMap::new();
        for (currency, one) in self.contributions() {
            let standing = balances.entry((one.distributor, currency)).or_default();
            let net = one.earned - one.reversed;
            match one.due {
                None => standing.pending += net,
                Some(date) => *standing.due.entry(date).or_default() += net,
            }
        }
        for standing in balances.values_mut() {
            standing.due.retain(|_, amount| *amount != 0);
        }
        balances.retain(|_, standing| *standing != Standing::default());
        balances
    }

    /// The daily figures, by distributor, currency and day of payment, those of zeros left out.
    #[must_use]
    pub fn days(&self) -> BTreeMap<(String, String, Date), Day> {
        let mut days: BTreeMap<(String, String, Date), Day> = BTreeMap::new();
        for (currency, one) in self.contributions() {
            let day = days.entry((one.distributor, currency, one.day)).or_default();
            day.orders += one.own_orders;
            day.own_sales += one.own_sales;
            day.team_sales += one.team_sales;
            day.earned += one.earned;
            day.reversed += one.reversed;
        }
        days.retain(|_, day| *day != Day::default());
        days
    }

    /// How many registered directly under each distributor, by day.
    #[must_use]
    pub fn recruits(&self) -> BTreeMap<(String, Date), i64> {
        let zone = |at| {
            let active = self.versions.at(at);
            active.map_or(jiff::tz::TimeZone::UTC, |active| active.plan.zone.clone())
        };
        let mut recruits = BTreeMap::new();
        for member in self.people.members.values() {
            if let Some(sponsor) = member.lineage.first() {
                let registered_at = member.registration.registered_at;
                let day = day_of(registered_at, &zone(registered_at));
                *recruits.entry((sponsor.clone(), day)).or_default() += 1;
            }
        }
        recruits
    }

    /// How many stand below each distributor at the five nearest depths, from depth 1.
    #[must_use]
    pub fn team(&self) -> BTreeMap<String, [u64; 5]> {
        self.people.team()
    }

    /// What each order adds to whose books, with its currency.
    fn contributions(&self) -> Vec<(String, Contribution)> {
        let mut all = Vec::new();
        for facts in self.orders.values() {
            let (Some(order), Some(frozen)) = (&facts.paid, &facts.frozen) else { continue };
            let Some(plan) = self.plan_of(order) else { continue };
            let Some(part) = plan.parts.get(&order.currency) else { continue };
            let Ok(calculation) = calculate(order, plan, part, frozen) else { continue };
            let each = contributions(order, facts, &frozen.lineage, (plan, part), &calculation);
            all.extend(each.into_iter().map(|one| (order.currency.clone(), one)));
        }
        all
    }
}
