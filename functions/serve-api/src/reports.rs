//! Reports of reconciliations: one run over a day, as JSON, as a sheet or as a page.

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::civil::Date;
use upline_contract::reconciliation::{
    ComparedView, DayTotals, DifferenceView, ListedView, ReportView, kind_counts, share,
};
use upline_contract::report::{csv, html};
use upline_domain::money::{Currency, Money, SignedMoney};
use upline_domain::time;
use upline_store::keys::{self, SHARDS};
use upline_store::{Run, Shown, Tallies};

use crate::paging::{Asked, encode};
use crate::problem::{PathId, Problem};
use crate::{Api, Caller, Role};

/// Differences of one page.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;
/// What a page for people may load: nothing, from nowhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// `GET /v1/reports/{day}?run&format&lang`: the last run over a day, or the one that is asked for.
/// While it runs, the report has what is known so far.
pub(crate) async fn report(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    day: PathId,
    asked: Asked,
) -> Result<Response, Problem> {
    caller.may(&[Role::Ops])?;
    let asked = asked.only(&["run", "format", "lang", "limit", "cursor"])?;
    let date = day.day()?;
    let form = "write json, csv or html";
    let known = |text: &str| ["json", "csv", "html"].into_iter().find(|form| *form == text);
    let format = asked.read("format", form, known)?.unwrap_or("json");
    let language = asked.language()?;
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let run = match asked.read("run", "write the number of a run, from 1", number)? {
        Some(number) => api.store.run(&caller.tenant, date, number).await?,
        None => api.store.last_run(&caller.tenant, date).await?,
    };
    let run = run.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no such report of {date}; leave the run out for the last one, or run the job \
             reconcile for that day"
        ))
    })?;
    let most = |text: &str| text.parse().ok().filter(|most| (1..=LIMIT_MAX).contains(most));
    let limit = asked.read("limit", &format!("write 1 to {LIMIT_MAX}"), most)?;
    let limit = limit.unwrap_or(if format == "json" { LIMIT } else { LIMIT_MAX });
    let began = place(&asked, run.number)?;
    let (differences, cursor) = page(&api, &caller, (date, run.number), limit, began).await?;
    let mut report = view(&caller, date, &run, differences, cursor)?;
    if format != "json" {
        report.sort();
    }
    Ok(match format {
        "csv" => ([(CONTENT_TYPE, "text/csv; charset=utf-8")], csv(&report)).into_response(),
        "html" => {
            let headers =
                [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
            (headers, html(&report, language)).into_response()
        }
        _ => Json(report).into_response(),
    })
}

/// Where a page begins: after a row of a shard, or at the beginning of one.
type Place = (u8, Option<String>);

fn place(asked: &Asked, run: u32) -> Result<Place, Problem> {
    let Some((shard, after)) = asked.after_both()? else { return Ok((0, None)) };
    let shard =
        shard.parse().ok().filter(|shard| *shard < SHARDS).ok_or_else(Problem::no_cursor)?;
    match after.as_str() {
        BEGINNING => Ok((shard, None)),
        _ if after.starts_with(&keys::differences(run)) => Ok((shard, Some(after))),
        _ => Err(Problem::no_cursor()),
    }
}

/// Stands for no row: no key is a blank.
const BEGINNING: &str = " ";

async fn page(
    api: &Api,
    caller: &Caller,
    of: (Date, u32),
    limit: usize,
    (mut shard, mut after): Place,
) -> Result<(Vec<DifferenceView>, Option<String>), Problem> {
    let mut differences = Vec::new();
    while shard < SHARDS {
        let missing = limit.saturating_sub(differences.len());
        if missing == 0 {
            let after = after.as_deref().unwrap_or(BEGINNING);
            return Ok((differences, Some(encode(&format!("{shard}\n{after}")))));
        }
        let page = api.store.differences(&caller.tenant, of, shard, missing, after.take()).await?;
        differences.extend(page.items.into_iter().map(difference));
        after = page.after;
        if after.is_none() {
            shard = shard.saturating_add(1);
        }
    }
    Ok((differences, None))
}

fn difference(shown: Shown) -> DifferenceView {
    let Shown { difference, outcome, reason } = shown;
    let values = difference.values.into_iter().map(|one| ComparedView {
        name: one.name,
        expected: one.expected,
        found: one.found,
    });
    DifferenceView {
        kind: difference.kind.as_str().to_owned(),
        question: difference.kind.question().as_str().to_owned(),
        order_id: difference.order.map(|order| order.to_string()),
        distributor_id: difference.distributor.map(|one| one.to_string()),
        about: difference.about,
        currency: difference.currency.map(|currency| currency.to_string()),
        values: values.collect(),
        act: difference.act.as_str().to_owned(),
        outcome: outcome.as_str().to_owned(),
        reason,
    }
}

fn view(
    caller: &Caller,
    date: Date,
    run: &Run,
    differences: Vec<DifferenceView>,
    cursor: Option<String>,
) -> Result<ReportView, Problem> {
    // While it runs, what is known is what the parts that are done have counted.
    let counts = match run.finished_at {
        Some(_) => run.summary.clone(),
        None => run.counted()?,
    };
    let of = |name: &str| counts.get(name).copied().unwrap_or_default();
    let (orders, before, after) =
        (of("orders"), of("inconsistent_before"), of("inconsistent_after"));
    let state = if run.finished_at.is_some() { "finished" } else { "running" };
    let list = run.list.as_ref().map(|name| ListedView {
        name: name.clone(),
        rows: of("rows"),
        unreadable: of("unreadable"),
        other_days: of("other_days"),
    });
    Ok(ReportView {
        tenant: caller.tenant.to_string(),
        day: date.to_string(),
        run: run.number,
        state: state.to_owned(),
        dry_run: run.dry_run,
        by: run.by.clone(),
        started_at: time::text(run.started_at),
        finished_at: run.finished_at.map(time::text),
        orders,
        waiting: of("waiting"),
        distributors: of("distributors"),
        inconsistent_before: before,
        inconsistent_after: after,
        share_before: share(before, orders),
        share_after: share(after, orders),
        totals: totals(&counts, list.is_some()),
        kinds: kind_counts(|name| of(name)),
        list,
        differences,
        cursor,
    })
}

/// What the day comes to in each currency in which it comes to anything.
fn totals(counts: &Tallies, is_listed: bool) -> Vec<DayTotals> {
    let of_currency = |name: &String| {
        let (word, currency) = name.split_once('#')?;
        let currency: Currency = currency.parse().ok()?;
        ["orders", "listed_orders"].contains(&word).then_some(currency)
    };
    let mut currencies: Vec<Currency> = counts.keys().filter_map(of_currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let of = |name: &str, currency: Currency| {
        counts.get(&format!("{name}#{currency}")).copied().unwrap_or_default()
    };
    // A sum of a day may be above the largest amount of one order.
    let amount = |name: &str, currency: Currency| {
        let minor = of(name, currency);
        match Money::from_minor(minor) {
            Ok(amount) => amount.text(currency),
            Err(_) => {
                SignedMoney::from_minor(i64::try_from(minor).unwrap_or(i64::MAX)).text(currency)
            }
        }
    };
    let total = |currency: Currency| DayTotals {
        currency: currency.to_string(),
        listed_orders: is_listed.then(|| of("listed_orders", currency)),
        listed_paid: is_listed.then(|| amount("listed_paid", currency)),
        orders: of("orders", currency),
        paid: amount("paid", currency),
        refunded: amount("refunded", currency),
        earned: amount("earned", currency),
        reversed: amount("reversed", currency),
    };
    currencies.into_iter().map(total).collect()
}
