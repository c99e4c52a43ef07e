//! Reads what one level asks for.

use std::collections::BTreeSet;

use upline_domain::level::{Condition, Measure, Score, Weighted};
use upline_domain::limits::{POINTS_MILLIONTHS_MAX, TEAM_LIST_DEPTH_MAX, WINDOW_DAYS_MAX};
use upline_domain::money::Currency;

use crate::convert::amount;
use crate::plan::compile::scan;
use crate::plan::document::{self, Amounted, Asked, Counted, Points, Team, TooDeep, Wanted};
use crate::plan::finding::{CURRENCY_NOT_PLANNED, EMPTY, Findings, OUT_OF_RANGE};
use crate::read::{MALFORMED, below};
use crate::scalar::{Amount, Whole, Written};

/// Reads what one level asks for, and notes what is wrong with it.
pub(super) struct Reader<'a> {
    /// The currencies for which the plan has a part; none where one cannot be read.
    pub(super) planned: Option<&'a BTreeSet<Currency>>,
    pub(super) findings: &'a mut Findings,
    /// How many measures there are so far.
    pub(super) measures: usize,
}

/// A list of conditions in another, or what stands where no list may.
pub(super) trait Listed {
    fn conditions(&self, path: &str, reader: &mut Reader<'_>) -> Option<Vec<Condition>>;
}

impl<T: Listed> Listed for Vec<Asked<T>> {
    fn conditions(&self, path: &str, reader: &mut Reader<'_>) -> Option<Vec<Condition>> {
        if self.is_empty() {
            reader.findings.add(EMPTY, path, "name at least one condition");
        }
        let each = self.iter().enumerate();
        let each = each.map(|(place, one)| reader.asked(one, &format!("{path}[{place}]")));
        // All of them are read, for what is wrong with each.
        let found: Vec<Option<Condition>> = each.collect();
        found.into_iter().collect()
    }
}

impl Listed for TooDeep {
    fn conditions(&self, path: &str, reader: &mut Reader<'_>) -> Option<Vec<Condition>> {
        let message = "all and any stand in one another once, no deeper; write these conditions in \
                       the list around them, or as ways of their own";
        reader.findings.add(MALFORMED, path, message);
        None
    }
}

impl Reader<'_> {
    /// Reads all that a level asks for.
    pub(super) fn wanted(&mut self, written: &Wanted, path: &str) -> Option<Condition> {
        let Wanted { all, any, score } = written;
        let found = [
            all.as_ref().map(|list| self.list(list, &below(path, "all"), Condition::All)),
            any.as_ref().map(|list| self.list(list, &below(path, "any"), Condition::Any)),
            score.as_ref().map(|score| self.score(score, &below(path, "score"))),
        ];
        let found = found.into_iter().flatten().collect();
        self.only(found, "write exactly one of all, any and score", path)
    }

    fn asked<T: Listed>(&mut self, written: &Asked<T>, path: &str) -> Option<Condition> {
        let at = |key| below(path, key);
        let lists = [
            written.all.as_ref().map(|list| self.list(list, &at("all"), Condition::All)),
            written.any.as_ref().map(|list| self.list(list, &at("any"), Condition::Any)),
            written.score.as_ref().map(|score| self.score(score, &at("score"))),
            written.compliant.map(|is_asked| self.compliant(is_asked, &at("compliant"))),
        ];
        let recruits = |days| Measure::DirectRecruits { days };
        let orders = |days| Measure::OwnOrders { days };
        let months = |days| Measure::MonthsActive { days };
        let own = |currency, days| Measure::OwnSales { currency, days };
        let team = |currency, days| Measure::TeamSales { currency, days };
        let measures = [
            written
                .direct_recruits
                .as_ref()
                .map(|one| self.count(one, &at("direct_recruits"), recruits)),
            written.team_size.as_ref().map(|one| self.team(one, &at("team_size"))),
            written.own_sales.as_ref().map(|one| self.amount(one, &at("own_sales"), own)),
            written.team_sales.as_ref().map(|one| self.amount(one, &at("team_sales"), team)),
            written.own_orders.as_ref().map(|one| self.count(one, &at("own_orders"), orders)),
            written.months_active.as_ref().map(|one| self.count(one, &at("months_active"), months)),
        ];
        let found = lists.into_iter().chain(measures).flatten().collect();
        self.only(found, "write exactly one measure or list of conditions in each object", path)
    }

    /// What stands under the one key that is there.
    fn only<T>(&mut self, found: Vec<Option<T>>, message: &str, path: &str) -> Option<T> {
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(only), None) => only,
            (None, _) | (Some(_), Some(_)) => {
                // What could not be read may be the one.
                if !self.findings.is_mended_in(path) {
                    self.findings.add(MALFORMED, path, message);
                }
                None
            }
        }
    }

    fn list<T: Listed>(
        &mut self,
        written: &T,
        path: &str,
        of: fn(Vec<Condition>) -> Condition,
    ) -> Option<Condition> {
        written.conditions(path, self).map(of)
    }

    fn compliant(&mut self, is_asked: bool, path: &str) -> Option<Condition> {
        if !is_asked {
            let message = "write true, or leave it out: nobody is asked for an open risk flag";
            self.findings.add(MALFORMED, path, message);
        }
        is_asked.then_some(Condition::Compliant)
    }

    fn count(
        &mut self,
        written: &Counted,
        path: &str,
        measure: fn(u16) -> Measure,
    ) -> Option<Condition> {
        let Counted { min, days } = written;
        self.measures = self.measures.saturating_add(1);
        let least = self.least(*min, path);
        let measure = self.days(*days, path).map(measure);
        at_least(measure, least)
    }

    fn team(&mut self, written: &Team, path: &str) -> Option<Condition> {
        let Team { min, depth } = written;
        self.measures = self.measures.saturating_add(1);
        let least = self.least(*min, path);
        let depth = self.depth(*depth, path);
        at_least(depth.map(|depth| Measure::TeamSize { depth }), least)
    }

    fn amount(
        &mut self,
        written: &Amounted,
        path: &str,
        measure: fn(Currency, u16) -> Measure,
    ) -> Option<Condition> {
        let Amounted { min, currency, days } = written;
        self.measures = self.measures.saturating_add(1);
        let currency = self.currency(currency, path);
        let least = currency.and_then(|currency| self.minor(min, currency, path));
        let days = self.days(*days, path);
        at_least(currency.zip(days).map(|(currency, days)| measure(currency, days)), least)
    }

    fn score(&mut self, written: &document::Score, path: &str) -> Option<Condition> {
        let document::Score { min, of } = written;
        let least = self.points(min, &below(path, "min"));
        let path = below(path, "of");
        if of.is_empty() {
            self.findings.add(EMPTY, path.as_str(), "name at least one measure");
        }
        let parts: Vec<Option<Weighted>> = of
            .iter()
            .enumerate()
            .map(|(place, part)| self.weighted(part, &format!("{path}[{place}]")))
            .collect();
        let parts: Option<Vec<Weighted>> = parts.into_iter().collect();
        let (least_millionths, parts) = least.zip(parts)?;
        Some(Condition::Score(Score { least_millionths, parts }))
    }

    fn weighted(&mut self, written: &document::Weighted, path: &str) -> Option<Weighted> {
        self.measures = self.measures.saturating_add(1);
        let at = |key| below(path, key);
        let weight = self.points(&written.weight, &at("weight"));
        let found = [
            written.direct_recruits.as_ref().map(|window| {
                let days = self.days(window.days, &at("direct_recruits"));
                days.map(|days| Measure::DirectRecruits { days })
            }),
            written.team_size.as_ref().map(|team| {
                let depth = self.depth(team.depth, &at("team_size"));
                depth.map(|depth| Measure::TeamSize { depth })
            }),
            written.own_sales.as_ref().map(|sales| {
                let found = self.sales(sales, &at("own_sales"));
                found.map(|(currency, days)| Measure::OwnSales { currency, days })
            }),
            written.team_sales.as_ref().map(|sales| {
                let found = self.sales(sales, &at("team_sales"));
                found.map(|(currency, days)| Measure::TeamSales { currency, days })
            }),
            written.own_orders.as_ref().map(|window| {
                let days = self.days(window.days, &at("own_orders"));
                days.map(|days| Measure::OwnOrders { days })
            }),
            written.months_active.as_ref().map(|window| {
                let days = self.days(window.days, &at("months_active"));
                days.map(|days| Measure::MonthsActive { days })
            }),
        ];
        let found = found.into_iter().flatten().collect();
        let measure = self.only(found, "write exactly one measure beside the weight", path);
        weight
            .zip(measure)
            .map(|(weight_millionths, measure)| Weighted { weight_millionths, measure })
    }

    fn sales(&mut self, written: &document::SalesOf, path: &str) -> Option<(Currency, u16)> {
        let currency = self.currency(&written.currency, path);
        let days = self.days(written.days, path);
        currency.zip(days)
    }

    fn least(&mut self, written: Whole<u32>, path: &str) -> Option<u64> {
        if written.0 == 0 {
            let message = "write at least 1: everybody has 0";
            self.findings.add(OUT_OF_RANGE, below(path, "min"), message);
        }
        Some(written.0.into()).filter(|least| *least > 0)
    }

    fn minor(&mut self, written: &Amount, currency: Currency, path: &str) -> Option<u64> {
        let path = below(path, "min");
        let least = self.findings.keep(amount(written, currency, || path.clone()))?.minor();
        if least == 0 {
            let message = "write an amount above 0: everybody has 0";
            self.findings.add(OUT_OF_RANGE, path, message);
        }
        Some(least).filter(|least| *least > 0)
    }

    fn days(&mut self, written: Whole<u32>, path: &str) -> Option<u16> {
        let days = u16::try_from(written.0).ok();
        let days = days.filter(|days| (1..=WINDOW_DAYS_MAX).contains(days));
        if days.is_none() {
            let message = format!("write 1 to {WINDOW_DAYS_MAX} days, not {}", written.0);
            self.findings.add(OUT_OF_RANGE, below(path, "days"), message);
        }
        days
    }

    fn depth(&mut self, written: Option<Whole<u32>>, path: &str) -> Option<usize> {
        let Some(Whole(written)) = written else { return Some(TEAM_LIST_DEPTH_MAX) };
        let depth = usize::try_from(written).ok();
        let depth = depth.filter(|depth| (1..=TEAM_LIST_DEPTH_MAX).contains(depth));
        if depth.is_none() {
            let message = format!("write a depth from 1 to {TEAM_LIST_DEPTH_MAX}, not {written}");
            self.findings.add(OUT_OF_RANGE, below(path, "depth"), message);
        }
        depth
    }

    fn currency(&mut self, written: &Written<Currency>, path: &str) -> Option<Currency> {
        let path = below(path, "currency");
        let currency = scan(written, &path, self.findings)?;
        // Where there is no part, or one that cannot be read, that is said already.
        let planned = self.planned.filter(|planned| !planned.is_empty());
        if let Some(planned) = planned.filter(|planned| !planned.contains(&currency)) {
            let planned: Vec<&str> = planned.iter().map(|one| one.code()).collect();
            let message = format!(
                "the plan has no part for {currency}, so no order of it is ever counted; write one \
                 of {}, or add a part for {currency} under currencies",
                planned.join(", ")
            );
            self.findings.add(CURRENCY_NOT_PLANNED, path, message);
        }
        Some(currency)
    }

    fn points(&mut self, written: &Written<Points>, path: &str) -> Option<u64> {
        let Points(millionths) = scan(written, path, self.findings)?;
        let fits = (1..=POINTS_MILLIONTHS_MAX).contains(&millionths);
        if !fits {
            let most = POINTS_MILLIONTHS_MAX / 1_000_000;
            let message = format!("write points above 0, and at most {most}");
            self.findings.add(OUT_OF_RANGE, path, message);
        }
        fits.then_some(millionths)
    }
}

fn at_least(measure: Option<Measure>, least: Option<u64>) -> Option<Condition> {
    measure.zip(least).map(|(measure, least)| Condition::AtLeast { measure, least })
}
