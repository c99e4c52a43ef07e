//! The differences of the page, by question and kind.

use upline_domain::language::Language;
use upline_domain::reconcile::{Act, Kind, Outcome, Question, WhyLeft};

use super::markup::{Markup, count};
use super::names::value_name;
use super::page::{name_of, value};
use super::words::{self, Asked, Words, pick};
use crate::reconciliation::{ComparedView, DifferenceView, ReportView};

pub(super) fn differences(page: &mut Markup, report: &ReportView, language: Language) {
    page.element(["<section>\n<h2>", "</h2>\n"], pick(language, Words::DIFFERENCES));
    if report.cursor.is_some() {
        page.element(["<p class=\"note\">", "</p>\n"], pick(language, Words::MORE));
    }
    if report.differences.is_empty() {
        page.element(["<p class=\"empty\">", "</p>\n"], pick(language, Words::NO_DIFFERENCES));
    }
    for question in Question::ALL {
        let asked = words::question(*question);
        let of: Vec<&DifferenceView> =
            report.differences.iter().filter(|one| one.question == question.as_str()).collect();
        if of.is_empty() {
            continue;
        }
        page.element(["<h3>", ""], pick(language, asked.name));
        page.element([" <span>", "</span></h3>\n"], pick(language, asked.asks));
        for kind in kinds(&of) {
            let of: Vec<&DifferenceView> =
                of.iter().copied().filter(|one| one.kind == kind).collect();
            group(page, (report, &asked), (kind, &of), language);
        }
    }
    page.raw("</section>\n");
}

/// The kinds among differences, in the order of the list of kinds; then those that it does not
/// have.
fn kinds<'a>(of: &[&'a DifferenceView]) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = of.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_by_key(|kind| {
        (Kind::ALL.iter().position(|known| known.as_str() == *kind).unwrap_or(usize::MAX), *kind)
    });
    kinds.dedup();
    kinds
}

fn group(
    page: &mut Markup,
    (report, asked): (&ReportView, &Asked),
    (kind, of): (&str, &[&DifferenceView]),
    language: Language,
) {
    let shown = u64::try_from(of.len()).unwrap_or(u64::MAX);
    let found = report.kinds.iter().find(|count| count.kind == kind).map(|count| count.found);
    let figure = match found.filter(|found| *found > shown) {
        Some(found) => {
            format!("{} {} {}", count(shown), pick(language, Words::SHOWN_OF), count(found))
        }
        None => count(shown),
    };
    page.element(["<h4>", ""], name_of(kind, language));
    page.element([" <span class=\"count\">", "</span></h4>\n"], &figure);
    page.raw("<div class=\"wide\"><table class=\"differences\">\n<thead>\n<tr>");
    page.element(["<th class=\"whose\">", "</th>"], pick(language, Words::WHOSE));
    page.element(["<th class=\"what\">", "</th>"], pick(language, Words::WHAT));
    page.element(["<th class=\"number\">", "</th>"], pick(language, asked.expected));
    page.element(["<th class=\"number\">", "</th>"], pick(language, asked.found));
    page.element(["<th class=\"then\">", "</th></tr>\n</thead>\n"], pick(language, Words::THEN));
    for difference in of {
        one(page, difference, language);
    }
    page.raw("</table></div>\n");
}

fn one(page: &mut Markup, of: &DifferenceView, language: Language) {
    let rows = of.values.len().max(1).to_string();
    page.raw("<tbody>\n<tr><td class=\"whose\" rowspan=\"").text(&rows).raw("\">");
    whose(page, of, language);
    page.raw("</td>");
    let mut values = of.values.iter();
    let first = values.next();
    let name = |one: &ComparedView| value_name(&of.kind, &one.name, language);
    page.element(["<td class=\"what\">", "</td>"], &first.map(name).unwrap_or_default());
    match first {
        Some(first) => {
            value(page, first.expected.as_deref());
            value(page, first.found.as_deref());
        }
        None => drop(page.raw("<td></td><td></td>")),
    }
    page.raw("<td class=\"then\" rowspan=\"").text(&rows).raw("\">");
    then(page, of, language);
    page.raw("</td></tr>\n");
    for compared in values {
        page.element(["<tr><td class=\"what\">", "</td>"], &name(compared));
        value(page, compared.expected.as_deref());
        value(page, compared.found.as_deref());
        page.raw("</tr>\n");
    }
    page.raw("</tbody>\n");
}

/// The order and the distributor that a difference is of, and what of them.
fn whose(page: &mut Markup, of: &DifferenceView, language: Language) {
    if let Some(order) = &of.order_id {
        page.raw("<p>").link("/v1/orders/", order).raw("</p>");
    }
    if let Some(distributor) = &of.distributor_id {
        page.element(["<p><small>", "</small> "], pick(language, Words::DISTRIBUTOR));
        page.link("/v1/distributors/", distributor).raw("</p>");
    }
    if !of.about.is_empty() {
        page.element(["<p class=\"about\">", "</p>"], &of.about);
    }
    if let Some(currency) = &of.currency {
        page.element(["<p class=\"currency\">", "</p>"], currency);
    }
}

/// What became of a difference, what was done or is to be done about it, and why it is left.
fn then(page: &mut Markup, of: &DifferenceView, language: Language) {
    let outcome = Outcome::from_word(&of.outcome);
    let begin = match outcome {
        Some(Outcome::Repaired) => "<p class=\"outcome repaired\">",
        Some(Outcome::Sent) => "<p class=\"outcome sent\">",
        Some(Outcome::Left) => "<p class=\"outcome left\">",
        Some(Outcome::Found) | None => "<p class=\"outcome\">",
    };
    let said = outcome.map_or(of.outcome.as_str(), |one| pick(language, words::outcome(one)));
    page.element([begin, "</p>"], said);
    let is_done = matches!(outcome, Some(Outcome::Repaired | Outcome::Sent));
    let words_of = if is_done { words::done } else { words::act };
    let act = Act::from_word(&of.act).map_or(of.act.as_str(), |act| pick(language, words_of(act)));
    page.element(["<p>", "</p>"], act);
    if let Some(reason) = &of.reason {
        let known = WhyLeft::from_word(reason).map(|why| pick(language, words::why_left(why)));
        page.element(["<p class=\"reason\">", "</p>"], known.unwrap_or(reason));
    }
}
