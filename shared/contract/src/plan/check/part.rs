//! What is right in the part of a currency, and surely not meant.

use std::collections::BTreeSet;

use upline_domain::coverage::{Contradiction, Coverage, Example, Reach, Unmatched};
use upline_domain::limits::COVERAGE_QUESTION_STEPS_MAX;
use upline_domain::money::Currency;
use upline_domain::plan::{Plan, Programme};

use crate::plan::document::{self, Mode};
use crate::plan::finding::Findings;
use crate::plan::words::example;
use crate::read::below;

/// The part of a currency, as it is written and as it was compiled.
pub(super) struct Part<'a> {
    pub(super) plan: &'a Plan,
    pub(super) programme: &'a Programme,
    pub(super) currency: Currency,
    pub(super) written: &'a document::Part,
}

impl Part<'_> {
    fn at(&self, field: &str) -> String {
        format!("currencies.{}.{field}", self.currency)
    }

    /// Where a rule of the programme stands in the document.
    pub(super) fn path(&self, rule: usize) -> String {
        let id = self.id(rule);
        let place = self.written.rules.iter().position(|written| written.id.text == id);
        self.at(&format!("rules[{}]", place.unwrap_or(rule)))
    }

    pub(super) fn id(&self, rule: usize) -> &str {
        self.programme.rules.get(rule).map_or("", |rule| rule.id.as_str())
    }

    fn example(&self, line: &Example) -> String {
        example(line, &self.plan.levels, self.currency)
    }

    /// Lines that no rule matches, and rules that match no line; gives the places of the latter.
    pub(super) fn warn_of_rules(&self, warnings: &mut Findings) -> BTreeSet<usize> {
        // Without it the plan would not have compiled.
        let Some(coverage) = Coverage::new(&self.programme.rules, self.plan.levels.len()) else {
            return BTreeSet::new();
        };
        let (unmatched, reach) = coverage.judge();
        match unmatched {
            Unmatched::None => {}
            Unmatched::Some(line) => {
                let message = format!(
                    "a line that no rule matches earns nobody anything, for example {}; add a rule \
                     without conditions below the others, or leave it if that is meant",
                    self.example(&line)
                );
                warnings.add("unmatched_lines", self.at("rules"), message);
            }
            Unmatched::NotDecided => {
                let message = format!(
                    "it was not found out in {COVERAGE_QUESTION_STEPS_MAX} steps whether every \
                     line has a rule; add one without conditions below the others to be sure"
                );
                warnings.add("not_decided", self.at("rules"), message);
            }
        }
        for (rule, reach) in reach.iter().enumerate() {
            warnings.about(Some(self.id(rule)));
            if let Some((code, message)) = self.never(rule, reach) {
                warnings.add(code, self.path(rule), message);
            }
        }
        warnings.about(None);
        let never = |reach: &Reach| matches!(reach, Reach::Taken { .. } | Reach::Contradiction(_));
        let places = reach.iter().enumerate().filter(|(_, reach)| never(reach));
        places.map(|(rule, _)| rule).collect()
    }

    fn never(&self, rule: usize, reach: &Reach) -> Option<(&'static str, String)> {
        let id = self.id(rule);
        match reach {
            Reach::Matches => None,
            Reach::NotDecided => {
                let message = format!(
                    "it was not found out in {COVERAGE_QUESTION_STEPS_MAX} steps whether rule {id} \
                     can ever match beside the rules above it; simulate an order that it is for"
                );
                Some(("not_decided", message))
            }
            Reach::Contradiction(what) => {
                Some(("never_matches", format!("rule {id} can never match: {}", excluded(*what))))
            }
            Reach::Taken { by, example, taker } => {
                let line = self.example(example);
                let message = match by.as_slice() {
                    [one] => format!(
                        "rule {id} can never match: rule {} is above it and takes every line that \
                         it describes, for example {line}; raise its priority, narrow the other, \
                         or take it away",
                        self.id(*one),
                    ),
                    all => format!(
                        "rule {id} can never match: rules {} are above it and together take every \
                         line that it describes; for example {line} is taken by {}; raise its \
                         priority, narrow the others, or take it away",
                        self.names(all),
                        self.id(*taker),
                    ),
                };
                Some(("never_matches", message))
            }
        }
    }

    /// `a, b and c`; of many the first, and how many more.
    fn names(&self, rules: &[usize]) -> String {
        const NAMED_MAX: usize = 8;
        let more = rules.len().saturating_sub(NAMED_MAX);
        let mut names: Vec<String> =
            rules.iter().take(NAMED_MAX).map(|&rule| self.id(rule).to_owned()).collect();
        if more > 0 {
            names.push(format!("{more} more"));
        }
        let last = names.pop().unwrap_or_default();
        format!("{} and {last}", names.join(", "))
    }

    /// Rates and amounts beyond the depth of the currency.
    pub(super) fn warn_of_depths(&self, warnings: &mut Findings) {
        let depth = self.programme.depth;
        for (name, card) in &self.written.cards {
            let at = |field: &str| below(&below(&self.at("cards"), name), &format!("mode.{field}"));
            let (path, listed) = match &card.mode {
                Mode::Percent(percent) => (at("percent.rates"), percent.rates.len()),
                Mode::Fixed(fixed) => (at("fixed.amounts"), fixed.amounts.len()),
                Mode::Decay(decay) => {
                    (at("decay.depth"), usize::try_from(decay.depth.0).unwrap_or(usize::MAX))
                }
                Mode::Tiered(tiered) => {
                    let depths = tiered.tiers.iter().map(|tier| tier.rates.len());
                    (at("tiered.tiers"), depths.max().unwrap_or(0))
                }
                Mode::Differential(_) => continue,
            };
            if listed > depth {
                let message = format!(
                    "card {name} has {listed} depths, and only the first {depth} earn; take the \
                     others away, or raise the depth of {}",
                    self.currency
                );
                warnings.add("rate_beyond_depth", path, message);
            }
        }
    }
}

/// Why a rule excludes itself, and what to do.
fn excluded(what: Contradiction) -> &'static str {
    match what {
        Contradiction::LineAmount => {
            "line_amount holds no amount that earns, because a line that was paid nothing earns \
             nothing; write a larger max"
        }
        Contradiction::OrderAmount => {
            "order_amount holds no amount that earns, because an order that was paid nothing earns \
             nothing; write a larger max"
        }
        Contradiction::LineAboveOrder => {
            "line_amount begins where order_amount ends, and no line is paid more than its order; \
             lower the one or raise the other"
        }
        Contradiction::Quantity => {
            "quantity holds none that a line can have, which is 1 to 1000000; write others"
        }
        Contradiction::Between => "between holds no time that an order can have; write other times",
        Contradiction::EmptyList => "one of its lists is empty; name what it is for",
    }
}
