//! A distributor's books read as a whole, and put right: by the difference, in one transaction, on
//! condition that nothing of them was written since they were read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use upline_domain::books::{FIGURES, Sums};
use upline_domain::contribution::Contribution;
use upline_domain::ids::{DistributorId, OrderId, TenantId};
use upline_domain::money::{Currency, Money, Overflow, SignedMoney};
use upline_domain::time;

use crate::Store;
use crate::audit::{AuditEntry, Facts, Signed};
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, number, text};
use crate::keys;
use crate::ledger_items::{Differences, LedgerLine, line, read_balance, read_day, read_line};
use crate::nights::mark;
use crate::table::{Query, Reading, Transacted};

/// A distributor's books as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadBooks {
    /// Balances and days.
    pub stored: Sums,
    /// What statements moved out of what was due, by currency: settled, and withdrawn since.
    pub moved: BTreeMap<Currency, i64>,
    /// The sums of the lines.
    pub lines: Sums,
    /// The lines that were asked for, each with its order.
    pub kept: Vec<LedgerLine>,
    balances: BTreeMap<Currency, u64>,
    days: BTreeMap<(Date, Currency), u64>,
}

/// A line that is put right.
#[derive(Clone, Debug)]
pub struct LineMend {
    /// The order.
    pub order: OrderId,
    /// The line as it was read; none where there is none.
    pub old: Option<LedgerLine>,
    /// What it has to count, and by which version of the order; none for a line that has no order.
    pub new: Option<(Contribution, u64)>,
}

/// What of a distributor's books is put right.
#[derive(Clone, Debug)]
pub struct Mend<'a> {
    /// Lines.
    pub lines: &'a [LineMend],
    /// What is added to balances and days.
    pub add: Sums,
    /// Who has it done, when and why.
    pub signed: &'a Signed,
}

impl Store {
    /// All of a distributor's lines, balances and days; the lines that `keep` wants are kept, the
    /// others only summed, so that it does not matter how many they are.
    ///
    /// A posting between two pages gives sums that were never there: whoever acts on them does it
    /// by [`Store::mend`], which is refused then.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again. [`StoreError::Damaged`] where a row of the
    ///   books cannot be read.
    pub async fn read_books(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        reading: Reading,
        keep: impl Fn(&LedgerLine) -> bool,
    ) -> StoreResult<ReadBooks> {
        let pk = keys::distributor(tenant, id);
        let mut books = ReadBooks::default();
        let mut after = None;
        loop {
            // Balances come before days, and days before lines: what is added between two pages
            // is seen in a line, or in neither.
            let query = Query {
                pk: &pk,
                from: keys::BALANCES,
                to: keys::LINES_TO,
                only: &[],
                ascending: true,
                limit: None,
                after,
            };
            let page = self.query_of(query, reading).await?;
            for item in &page.items {
                books.take(item, &pk, &keep)?;
            }
            after = page.after;
            if after.is_none() {
                return Ok(books);
            }
        }
    }

    /// Puts lines right, and adds to balances and days what they lack, all or nothing; whether it
    /// was done. It is not where something of it was written since `read` was read: read again.
    /// Each thing that is changed has an entry in the audit. Whoever's days change is listed for
    /// the next night.
    ///
    /// A transaction takes at most 100 actions: 15 lines with what they touch, and so many balances
    /// and days that [`Mend::fits`] says yes.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be done; read again.
    pub async fn mend(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        read: &ReadBooks,
        mend: &Mend<'_>,
    ) -> StoreResult<bool> {
        let Mend { lines, add, signed } = mend;
        let mut entries = Vec::new();
        let mut actions = Vec::new();
        let entry = |action: &str, about: String, before: Facts, after: Facts| AuditEntry {
            signed: (*signed).clone(),
            action: action.to_owned(),
            about: format!("{id} {about}"),
            before,
            after,
        };
        for one in *lines {
            let old = one.old.as_ref().map(|old| (&old.counted, old.version));
            let new = one.new.as_ref().map(|(counted, version)| (counted, *version));
            let paid_at = new.or(old).map(|(counted, _)| counted.paid_at);
            let Some(paid_at) = paid_at else { continue };
            let key = keys::line(tenant, id, paid_at, &one.order);
            let n = one.old.as_ref().map(|old| old.n);
            actions.push(match (&one.new, n) {
                (Some((counted, version)), n) => {
                    let next = LedgerLine {
                        order: one.order.clone(),
                        counted: counted.clone(),
                        version: *version,
                        n: n.map_or(1, |n| n.saturating_add(1)),
                    };
                    self.put_action(line(&key, &next), n)?
                }
                (None, Some(n)) => self.delete_action(&key, n)?,
                (None, None) => continue,
            });
            let facts = |of: Option<(&Contribution, u64)>| of.map(line_facts).unwrap_or_default();
            let about = format!("{} {}", one.order, time::text(paid_at));
            entries.push((entry("reconcile.line", about, facts(old), facts(new)), n.unwrap_or(0)));
        }
        let differences = Differences(add.clone());
        for (currency, update) in differences.balance_updates() {
            let key = keys::balance(tenant, id, currency);
            let update = update.set_once("gsi1pk", text(keys::balances(tenant, id)));
            let n = read.balances.get(&currency).copied();
            actions.push(self.update_action(&key, unchanged(update, n))?);
            let (before, after) = balance_facts(&read.stored, add, currency);
            let about = currency.to_string();
            entries.push((entry("reconcile.balance", about, before, after), n.unwrap_or(0)));
        }
        for (date, currency, update) in differences.day_updates() {
            let key = keys::day(tenant, id, date, currency);
            let n = read.days.get(&(date, currency)).copied();
            let update = mark(unchanged(update, n), tenant, id, signed.at);
            actions.push(self.update_action(&key, update)?);
            let (before, after) = day_facts(&read.stored, add, (date, currency));
            let about = format!("{date} {currency}");
            entries.push((entry("reconcile.day", about, before, after), n.unwrap_or(0)));
        }
        if actions.is_empty() {
            return Ok(true);
        }
        actions.extend(self.audit_many(tenant, &entries)?);
        Ok(matches!(self.transact(actions).await?, Transacted::Made))
    }
}

impl Mend<'_> {
    /// Lines that are put right in one transaction.
    pub const LINES_MAX: usize = 15;

    /// Whether it has room in one transaction.
    #[must_use]
    pub fn fits(lines: usize, add: &Sums) -> bool {
        // Each is written and has an entry in the audit; the day of the audit is written once.
        let changed = add.days.len().saturating_add(currencies(add)).saturating_add(lines);
        changed <= 49
    }
}

fn currencies(add: &Sums) -> usize {
    let all: std::collections::BTreeSet<Currency> =
        add.standings.keys().map(|(currency, _)| *currency).collect();
    all.len()
}

/// On condition that an item is as often written as it was read.
fn unchanged(update: Update, n: Option<u64>) -> Update {
    match n {
        Some(n) => update.when_equal("n", number(n)),
        None => update.when_absent("n"),
    }
}

fn line_facts((counted, version): (&Contribution, u64)) -> Facts {
    let amount = |amount: Money| amount.text(counted.currency);
    let due = counted.due.map_or_else(|| "pending".to_owned(), |due| due.to_string());
    let parts = [
        ("currency", counted.currency.to_string()),
        ("due", due),
        ("earned", amount(counted.earned)),
        ("orders", counted.own_orders.to_string()),
        ("own_sales", amount(counted.own_sales)),
        ("reversed", amount(counted.reversed)),
        ("team_sales", amount(counted.team_sales)),
        ("version", version.to_string()),
    ];
    parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect()
}

fn balance_facts(stored: &Sums, add: &Sums, currency: Currency) -> (Facts, Facts) {
    let changed = add.of_currency(currency).filter(|(_, amount)| *amount != 0);
    let amount = |minor: i64| SignedMoney::from_minor(minor).text(currency);
    changed
        .map(|(due, added)| {
            let name = due.map_or_else(|| "pending".to_owned(), |due| format!("due {due}"));
            let before = stored.standings.get(&(currency, due)).copied().unwrap_or_default();
            let after = before.saturating_add(added);
            ((name.clone(), amount(before)), (name, amount(after)))
        })
        .unzip()
}

fn day_facts(stored: &Sums, add: &Sums, day: (Date, Currency)) -> (Facts, Facts) {
    let of = |sums: &Sums| sums.days.get(&day).copied().unwrap_or_default();
    let figures = FIGURES.iter().zip(of(stored).into_iter().zip(of(add)));
    let changed = figures.filter(|(_, (_, added))| *added != 0);
    let shown = |name: &str, value: i64| match name {
        "orders" => value.to_string(),
        _ => SignedMoney::from_minor(value).text(day.1),
    };
    changed
        .map(|(name, (before, added))| {
            let after = before.saturating_add(added);
            let name = |value| ((*name).to_owned(), shown(name, value));
            (name(before), name(after))
        })
        .unzip()
}

impl ReadBooks {
    fn take(
        &mut self,
        item: &Item,
        pk: &str,
        keep: impl Fn(&LedgerLine) -> bool,
    ) -> StoreResult<()> {
        let sk: String = Reader(item).text("sk").map_err(StoreError::damaged(pk))?;
        let damaged = || StoreError::damaged(pk);
        let overflow = |Overflow| StoreError::Overflow { key: pk.to_owned() };
        if sk.starts_with(keys::BALANCES) {
            self.take_balance(item).map_err(damaged())?;
        } else if sk.starts_with(keys::DAYS_FROM) {
            self.take_day(item).map_err(damaged())?;
        } else if sk.starts_with(keys::LINES_FROM) {
            let line = read_line(item).map_err(damaged())?;
            self.lines.add(&line.counted).map_err(overflow)?;
            if keep(&line) {
                self.kept.push(line);
            }
        }
        Ok(())
    }

    fn take_balance(&mut self, item: &Item) -> Read<()> {
        let balance = read_balance(item)?;
        let currency = balance.currency;
        self.stored.standings.insert((currency, None), balance.pending.minor());
        for (due, amount) in balance.due {
            self.stored.standings.insert((currency, Some(due)), amount.minor());
        }
        let moved = balance.settled.minor().saturating_add(balance.withdrawn.minor());
        self.moved.insert(currency, moved);
        self.balances.extend(Reader(item).maybe_number("n")?.map(|n| (currency, n)));
        Ok(())
    }

    fn take_day(&mut self, item: &Item) -> Read<()> {
        let day = read_day(item)?;
        // The row of recruits has no currency, and no order adds to it.
        let Some(currency) = day.currency else { return Ok(()) };
        let amounts = [day.own_sales, day.team_sales, day.earned, day.reversed];
        let [own_sales, team_sales, earned, reversed] = amounts.map(SignedMoney::minor);
        let figures = [day.orders, own_sales, team_sales, earned, reversed];
        self.stored.days.insert((day.date, currency), figures);
        self.days.extend(Reader(item).maybe_number("n")?.map(|n| ((day.date, currency), n)));
        Ok(())
    }
}
