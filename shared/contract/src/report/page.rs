//! The page: the verdict, what was looked at, the questions, the totals, and then the differences.

use upline_domain::language::Language;
use upline_domain::reconcile::{Kind, Question};

use super::differences::differences;
use super::markup::{Markup, count, moment, percent};
use super::sheet::is_number;
use super::words::{self, Words, pick};
use crate::reconciliation::{DayTotals, KindCount, ReportView};

pub(super) fn html(report: &ReportView, language: Language) -> String {
    let mut page = Markup::default();
    head(&mut page, report, language);
    facts(&mut page, report, language);
    verdict(&mut page, report, language);
    figures(&mut page, report, language);
    questions(&mut page, report, language);
    totals(&mut page, report, language);
    counts(&mut page, report, language);
    differences(&mut page, report, language);
    let foot = pick(language, Words::FOOT);
    page.element(["<footer>", "</footer>\n</main>\n</body>\n</html>\n"], foot);
    page.finish()
}

fn head(page: &mut Markup, report: &ReportView, language: Language) {
    let title = pick(language, Words::TITLE);
    page.raw("<!doctype html>\n<html lang=\"")
        .raw(pick(language, ["en", "zh-CN"]))
        .raw("\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
        .text(&format!("{title} {} · {}", report.day, report.tenant))
        .raw("</title>\n<style>\n")
        .raw(include_str!("page.css"))
        .raw("</style>\n</head>\n<body>\n<main>\n<header>\n")
        .element(["<p class=\"title\">", "</p>\n"], title)
        .element(["<h1>", "</h1>\n"], &report.day);
}

fn facts(page: &mut Markup, report: &ReportView, language: Language) {
    page.raw("<dl class=\"facts\">\n");
    let mut fact = |name: [&'static str; 2], value: &str| {
        page.element(["<div><dt>", "</dt>"], pick(language, name));
        page.element(["<dd>", "</dd></div>\n"], value);
    };
    let word = |word: [&'static str; 2]| pick(language, word);
    let list = report.list.as_ref().map(|list| {
        let rows = [(list.unreadable, Words::UNREADABLE), (list.other_days, Words::OTHER_DAYS)];
        let rows = rows.into_iter().filter(|(rows, _)| *rows > 0);
        let all = [(list.rows, Words::ROWS)].into_iter().chain(rows);
        let all = all.map(|(rows, of)| format!("{} {}", count(rows), word(of)));
        let parts: Vec<String> = [list.name.clone()].into_iter().chain(all).collect();
        parts.join(word(Words::COMMA))
    });
    fact(Words::TENANT, &report.tenant);
    fact(Words::RUN, &report.run.to_string());
    fact(Words::BY, &report.by);
    fact(Words::STARTED, &moment(&report.started_at));
    if let Some(finished_at) = &report.finished_at {
        fact(Words::FINISHED, &moment(finished_at));
    }
    if let Some(list) = &list {
        fact(Words::LIST, list);
    }
    page.raw("</dl>\n");
}

fn verdict(page: &mut Markup, report: &ReportView, language: Language) {
    let left = report.kinds.iter().map(KindCount::left).fold(0, u64::saturating_add);
    let begin = if report.inconsistent_after == 0 && left == 0 {
        "<p class=\"verdict good\">"
    } else {
        "<p class=\"verdict open\">"
    };
    page.element([begin, "</p>\n"], &words::verdict(report, language));
    let notes = [
        (report.state == "running").then_some(Words::RUNNING),
        report.dry_run.then_some(Words::DRY_RUN),
        report.list.is_none().then_some(Words::NO_LIST),
        report.has_unreadable_rows().then_some(Words::UNREADABLE_LIST),
        report.has_rows_of_other_days().then_some(Words::OTHER_DAYS_LIST),
    ];
    for note in notes.into_iter().flatten() {
        page.element(["<p class=\"note\">", "</p>\n"], pick(language, note));
    }
    page.raw("</header>\n");
}

fn figures(page: &mut Markup, report: &ReportView, language: Language) {
    let waiting = (report.waiting > 0).then(|| {
        let waiting = count(report.waiting);
        format!("{waiting} {}", pick(language, Words::WAITING))
    });
    let share = |of: &str| Some(percent(of));
    let (before, after) = (report.inconsistent_before, report.inconsistent_after);
    page.raw("<dl class=\"figures\">\n");
    for (name, figure, beside) in [
        (Words::ORDERS, report.orders, waiting),
        (Words::BEFORE, before, share(&report.share_before)),
        (Words::AFTER, after, share(&report.share_after)),
        (Words::DISTRIBUTORS, report.distributors, None),
    ] {
        page.element(["<div><dt>", "</dt>"], pick(language, name));
        page.element(["<dd>", "</dd>"], &count(figure));
        if let Some(beside) = &beside {
            page.element(["<dd class=\"beside\">", "</dd>"], beside);
        }
        page.raw("</div>\n");
    }
    page.raw("</dl>\n");
}

fn questions(page: &mut Markup, report: &ReportView, language: Language) {
    page.raw("<ul class=\"questions\">\n");
    for question in Question::ALL {
        let asked = words::question(*question);
        let kinds = report.kinds.iter().filter(|kind| kind.question == question.as_str());
        let kinds: Vec<&KindCount> = kinds.collect();
        let found = kinds.iter().map(|kind| kind.found).fold(0, u64::saturating_add);
        let left = kinds.into_iter().map(KindCount::left).fold(0, u64::saturating_add);
        let is_asked = *question != Question::Complete || report.list.is_some();
        let (begin, answer) = if !is_asked && found == 0 {
            ("<p class=\"answer\">", pick(language, Words::NOT_ASKED).to_owned())
        } else if found == 0 {
            ("<p class=\"answer good\">", pick(language, Words::NOTHING_DIFFERS).to_owned())
        } else {
            let noun = if found == 1 { Words::DIFFERENCE_ONE } else { Words::DIFFERENCE_COUNT };
            let [noun, still] = [noun, Words::OF_THEM_LEFT].map(|word| pick(language, word));
            let comma = pick(language, Words::COMMA);
            let begin =
                if left == 0 { "<p class=\"answer good\">" } else { "<p class=\"answer open\">" };
            (begin, format!("{} {noun}{comma}{} {still}", count(found), count(left)))
        };
        page.element(["<li><h2>", "</h2>"], pick(language, asked.name));
        page.element(["<p>", "</p>"], pick(language, asked.asks));
        page.element([begin, "</p></li>\n"], &answer);
    }
    page.raw("</ul>\n");
}

fn totals(page: &mut Markup, report: &ReportView, language: Language) {
    if report.totals.is_empty() {
        return;
    }
    let word = |word: [&'static str; 2]| pick(language, word);
    page.element(["<section>\n<h2>", "</h2>\n"], word(Words::TOTALS));
    page.raw("<div class=\"wide\"><table class=\"sums\">\n<thead>\n<tr><th rowspan=\"2\">");
    page.text(word(Words::CURRENCY));
    page.element(["</th><th colspan=\"2\">", "</th>"], word(Words::IN_LIST));
    page.element(["<th colspan=\"5\">", "</th></tr>\n<tr>"], word(Words::IN_BOOKS));
    for name in [
        Words::ORDER_COUNT,
        Words::PAID,
        Words::ORDER_COUNT,
        Words::PAID,
        Words::REFUNDED,
        Words::EARNED,
        Words::REVERSED,
    ] {
        page.element(["<th class=\"number\">", "</th>"], word(name));
    }
    page.raw("</tr>\n</thead>\n<tbody>\n");
    for totals in &report.totals {
        row_of_totals(page, totals, language);
    }
    page.raw("</tbody>\n</table></div>\n</section>\n");
}

fn row_of_totals(page: &mut Markup, totals: &DayTotals, language: Language) {
    let listed_orders = totals.listed_orders.map(count);
    let orders = count(totals.orders);
    page.element(["<tr><th scope=\"row\">", "</th>"], &totals.currency);
    for listed in [&listed_orders, &totals.listed_paid] {
        figure(page, listed.as_deref());
    }
    for (listed, found) in [(&listed_orders, &orders), (&totals.listed_paid, &totals.paid)] {
        if listed.as_ref().is_some_and(|listed| listed != found) {
            page.raw("<td class=\"number differs\" title=\"");
            page.text(pick(language, Words::DIFFERS)).raw("\">");
            page.text(found).raw("</td>");
        } else {
            figure(page, Some(found));
        }
    }
    for amount in [&totals.refunded, &totals.earned, &totals.reversed] {
        figure(page, Some(amount));
    }
    page.raw("</tr>\n");
}

/// A cell with a number; a dash where there is none.
fn figure(page: &mut Markup, figure: Option<&str>) {
    match figure {
        Some(figure) => page.element(["<td class=\"number\">", "</td>"], figure),
        None => page.raw("<td class=\"number none\">–</td>"),
    };
}

/// A cell with one value of a difference, which may be a text.
pub(super) fn value(page: &mut Markup, value: Option<&str>) {
    match value.filter(|text| !is_number(text)) {
        Some(text) => drop(page.element(["<td class=\"text\">", "</td>"], text)),
        None => figure(page, value),
    }
}

fn counts(page: &mut Markup, report: &ReportView, language: Language) {
    if report.kinds.is_empty() {
        return;
    }
    page.element(["<section>\n<h2>", "</h2>\n"], pick(language, Words::COUNTS));
    page.element(
        ["<div class=\"wide\"><table>\n<thead>\n<tr><th>", "</th>"],
        pick(language, Words::KIND),
    );
    for name in [Words::FOUND, Words::REPAIRED, Words::SENT, Words::LEFT] {
        page.element(["<th class=\"number\">", "</th>"], pick(language, name));
    }
    page.raw("</tr>\n</thead>\n<tbody>\n");
    for kind in &report.kinds {
        page.raw("<tr><td>").text(name_of(&kind.kind, language));
        if let Some(kind) = Kind::from_word(&kind.kind) {
            let meaning = words::meaning(kind, language);
            page.element(["<p class=\"meaning\">", "</p>"], meaning);
        }
        page.raw("</td>");
        for figure in [kind.found, kind.repaired, kind.sent] {
            page.element(["<td class=\"number\">", "</td>"], &count(figure));
        }
        let begin =
            if kind.left() == 0 { "<td class=\"number\">" } else { "<td class=\"number open\">" };
        page.element([begin, "</td></tr>\n"], &count(kind.left()));
    }
    page.raw("</tbody>\n</table></div>\n</section>\n");
}

/// A kind in words; one that is not known here, as it is.
pub(super) fn name_of(kind: &str, language: Language) -> &str {
    Kind::from_word(kind).map_or(kind, |kind| pick(language, words::kind(kind)))
}
