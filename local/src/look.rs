//! `upline order`, `balance` and `owed`: what a running server knows, for a person.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use serde_json::json;
use upline_contract::answer::{Balance, Balances, Due, OrderView, Owed};
use upline_domain::money::{Currency, Money, SignedMoney};

use crate::cli::{self, Server};
use crate::client::{Client, escaped};
use crate::explain::explain;
use crate::failure::{Failure, Form};

/// How many of the days are shown on which something matures.
const DATES_SHOWN: usize = 24;

/// The client of a server.
pub(crate) fn client(server: &Server) -> Result<Client, Failure> {
    Client::new(&server.url, &server.token)
}

fn as_json(answer: &impl Serialize, out: &mut impl Write) -> Result<(), Failure> {
    let text = serde_json::to_string(answer).map_err(std::io::Error::other)?;
    Ok(writeln!(out, "{text}")?)
}

/// `upline order`.
pub(crate) fn order(command: &cli::Order, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let language = command.language;
    let lang = language.as_str();
    let path = format!("/v1/orders/{}?lang={lang}", escaped(command.id.as_str()));
    let view: OrderView = client(&command.server)?.get(&path)?;
    match form {
        Form::Json => as_json(&view, out),
        Form::Words => Ok(explain(&view, language, out)?),
    }
}

/// `upline balance`.
pub(crate) fn balance(
    command: &cli::BalanceOf,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let path = format!("/v1/distributors/{}/balance", escaped(command.id.as_str()));
    let balances: Balances = client(&command.server)?.get(&path)?;
    if form == Form::Json {
        return as_json(&balances, out);
    }
    let Balances { distributor_id, balances } = balances;
    if balances.is_empty() {
        writeln!(out, "{distributor_id} has earned nothing yet")?;
    }
    for balance in &balances {
        let Balance { currency, pending, due, settled, reserved, withdrawn, available } = balance;
        writeln!(out, "{distributor_id}, {currency}")?;
        writeln!(out, "  {pending:>16}  pending: of orders that are not completed")?;
        for Due { date, amount } in due.iter().take(DATES_SHOWN) {
            writeln!(out, "  {amount:>16}  due on {date}")?;
        }
        if let (Some(last), more @ 1..) = (due.last(), due.len().saturating_sub(DATES_SHOWN)) {
            writeln!(out, "{:>18}  and on {more} days more, until {}: see --json", "…", last.date)?;
        }
        writeln!(out, "  {settled:>16}  settled: on statements")?;
        writeln!(out, "  {reserved:>16}  reserved for withdrawals")?;
        writeln!(out, "  {withdrawn:>16}  withdrawn")?;
        writeln!(out, "  {available:>16}  available for withdrawal")?;
    }
    Ok(())
}

/// `upline owed`.
pub(crate) fn owed(command: &cli::Owed, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let by = command.by.map(|by| format!("&by={by}")).unwrap_or_default();
    let mut items: Vec<Owed> =
        client(&command.server)?.all(&format!("/v1/balances?limit=100{by}"))?;
    items.sort_by(|one, other| {
        let key = |owed: &Owed| (owed.balance.currency.clone(), std::cmp::Reverse(minor(owed)));
        key(one).cmp(&key(other)).then_with(|| one.distributor_id.cmp(&other.distributor_id))
    });
    if form == Form::Json {
        return as_json(&json!({ "items": items }), out);
    }
    let Some(first) = items.first() else {
        writeln!(out, "nobody has earned anything yet")?;
        return Ok(());
    };
    let by = first.by.clone();
    let width = |text: &dyn Fn(&Owed) -> &str, head: &str| {
        items.iter().map(|owed| text(owed).len()).max().unwrap_or(0).max(head.len())
    };
    let id = width(&|owed| &owed.distributor_id, "DISTRIBUTOR");
    let head = format!("OWED BY {by}");
    writeln!(out, "{:id$}  {:8}  {head:>18}  {:>16}  THEN", "DISTRIBUTOR", "CURRENCY", "PENDING")?;
    let mut totals: BTreeMap<&str, Option<SignedMoney>> = BTreeMap::new();
    for one in &items {
        let Owed { distributor_id, balance, owed, .. } = one;
        let Balance { currency, pending, .. } = balance;
        let then = then(balance, &by);
        writeln!(out, "{distributor_id:id$}  {currency:8}  {owed:>18}  {pending:>16}  {then}")?;
        let total = totals.entry(currency).or_insert(Some(SignedMoney::ZERO));
        *total = total.zip(minor(one)).and_then(|(total, one)| total.plus(one).ok());
    }
    for (currency, total) in totals {
        let total = total.zip(currency.parse().ok()).map(|(total, currency)| total.text(currency));
        writeln!(out, "{:id$}  {currency:8}  {:>18}", "all", total.unwrap_or_default())?;
    }
    Ok(())
}

/// What matures next after a day, and on how many days more something does.
fn then(balance: &Balance, by: &str) -> String {
    let mut later = balance.due.iter().filter(|due| due.date.as_str() > by);
    let Some(Due { date, amount }) = later.next() else { return String::new() };
    match later.count() {
        0 => format!("{amount} on {date}"),
        1 => format!("{amount} on {date}, and on 1 day more"),
        days => format!("{amount} on {date}, and on {days} days more"),
    }
}

/// What is owed in minor units; none where the server has another form of amounts.
fn minor(owed: &Owed) -> Option<SignedMoney> {
    let currency: Currency = owed.balance.currency.parse().ok()?;
    let debt = owed.owed.strip_prefix('-');
    let amount = Money::parse(debt.unwrap_or(&owed.owed), currency).ok()?;
    let amount = SignedMoney::from(amount);
    if debt.is_some() { SignedMoney::ZERO.minus(amount).ok() } else { Some(amount) }
}
