//! Metrics: what an invocation did, as one line of CloudWatch's embedded format on standard output.
//! CloudWatch reads the line, keeps the metrics and needs no request. `docs/logging.md` lists them.
//!
//! A line has one value for each dimension. So a second reason for parking, or a second currency,
//! takes a line more.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use upline_domain::money::Currency;
use upline_store::{Earned, Tally};

use crate::settings::MetricsSettings;

/// Most values of one metric in one line, by CloudWatch.
const VALUES_MAX: usize = 100;

/// Where metrics are written.
pub struct Metrics {
    settings: Option<MetricsSettings>,
    write: Box<dyn Fn(&str) + Send + Sync>,
    is_cold: AtomicBool,
}

impl Metrics {
    /// Nothing is written.
    #[must_use]
    pub fn none() -> Self {
        Self { settings: None, write: Box::new(|_| {}), is_cold: AtomicBool::new(true) }
    }

    /// Lines go to standard output, where Lambda takes them from.
    #[must_use]
    pub fn on_standard_output(settings: MetricsSettings) -> Self {
        Self::to(settings, |line| {
            // Whoever cannot write there has nobody to tell.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        })
    }

    /// Lines go to `write`.
    #[must_use]
    pub fn to(settings: MetricsSettings, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { settings: Some(settings), write: Box::new(write), is_cold: AtomicBool::new(true) }
    }

    /// Writes what an invocation did.
    pub fn write(&self, now: Timestamp, measured: Measured) {
        let Some(settings) = &self.settings else { return };
        let is_cold = self.is_cold.swap(false, Ordering::Relaxed);
        for line in measured.lines(settings, now, is_cold) {
            (self.write)(&line.to_string());
        }
    }
}

/// What one invocation did.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    counts: BTreeMap<&'static str, u64>,
    milliseconds: BTreeMap<&'static str, Vec<u64>>,
    tally: Tally,
}

impl Measured {
    /// A message, what became of it (none where it comes again), and how long it took.
    pub fn message(&mut self, outcome: Option<&'static str>, took: Duration) {
        let name = match outcome {
            Some("created") => "MessagesCreated",
            Some("exists") => "MessagesExisting",
            Some("waiting") => "MessagesWaiting",
            Some("conflict") => "MessagesConflicting",
            Some("parked") => "MessagesParked",
            Some("refused") => "MessagesRefused",
            Some("done") => "MessagesDone",
            Some(_) | None => "MessagesRetried",
        };
        self.count(name, 1);
        self.took("Latency", took);
    }

    /// Adds to a count.
    pub fn count(&mut self, name: &'static str, more: u64) {
        let count = self.counts.entry(name).or_default();
        *count = count.saturating_add(more);
    }

    /// Adds a time that something took.
    pub fn took(&mut self, name: &'static str, took: Duration) {
        let values = self.milliseconds.entry(name).or_default();
        if values.len() < VALUES_MAX {
            values.push(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        }
    }

    /// Adds what was done to the table.
    pub fn tally(&mut self, tally: Tally) {
        if tally.retries > 0 {
            self.count("RequestsRetried", tally.retries);
        }
        self.tally = tally;
    }

    fn lines(self, settings: &MetricsSettings, now: Timestamp, is_cold: bool) -> Vec<Value> {
        let Self { counts, milliseconds, tally: Tally { parked, earned, .. } } = self;
        let mut line = Line::of(settings, now);
        if is_cold {
            line.text("function_name", &settings.function_name);
            line.metrics(&[&["function_name", "service"]], [("ColdStart", "Count", json!(1))]);
        }
        let counts = counts.into_iter().map(|(name, count)| (name, "Count", json!(count)));
        let times = milliseconds.into_iter().map(|(name, all)| (name, "Milliseconds", json!(all)));
        line.metrics(&[&["service"]], counts.chain(times));
        let (mut parked, mut earned) =
            (parked.into_iter().peekable(), earned.into_iter().peekable());
        let mut lines = Vec::new();
        loop {
            if let Some((code, count)) = parked.next() {
                line.parked(&code, count);
            }
            if let Some((currency, earned)) = earned.next() {
                line.earned(currency, earned);
            }
            lines.push(line.finish());
            if parked.peek().is_none() && earned.peek().is_none() {
                return lines;
            }
            line = Line::of(settings, now);
        }
    }
}

/// One line in the making: values by name, and what CloudWatch is to make of them.
struct Line<'a> {
    settings: &'a MetricsSettings,
    now: Timestamp,
    directives: Vec<Value>,
    values: Map<String, Value>,
}

impl<'a> Line<'a> {
    fn of(settings: &'a MetricsSettings, now: Timestamp) -> Self {
        let mut line = Self { settings, now, directives: Vec::new(), values: Map::new() };
        line.text("service", &settings.service);
        line
    }

    fn text(&mut self, name: &str, text: &str) {
        self.values.insert(name.to_owned(), json!(text));
    }

    /// Adds metrics, each of them once for each set of dimensions.
    fn metrics<'m>(
        &mut self,
        dimensions: &[&[&str]],
        metrics: impl IntoIterator<Item = (&'m str, &'m str, Value)>,
    ) {
        let mut names = Vec::new();
        for (name, unit, value) in metrics {
            names.push(json!({ "Name": name, "Unit": unit }));
            self.values.insert(name.to_owned(), value);
        }
        if !names.is_empty() {
            let namespace = &self.settings.namespace;
            let directive =
                json!({ "Namespace": namespace, "Dimensions": dimensions, "Metrics": names });
            self.directives.push(directive);
        }
    }

    fn parked(&mut self, code: &str, count: u64) {
        self.text("code", code);
        let dimensions: &[&[&str]] = &[&["service"], &["service", "code"]];
        self.metrics(dimensions, [("EventsParked", "Count", json!(count))]);
    }

    fn earned(&mut self, currency: Currency, Earned { count, total_minor }: Earned) {
        self.text("currency", currency.code());
        let metrics = [
            ("Commissions", "Count", json!(count)),
            ("CommissionsMinor", "None", json!(total_minor)),
        ];
        self.metrics(&[&["service", "currency"]], metrics);
    }

    fn finish(mut self) -> Value {
        let about = json!({
            "Timestamp": self.now.as_millisecond(),
            "CloudWatchMetrics": self.directives,
        });
        self.values.insert("_aws".to_owned(), about);
        Value::Object(self.values)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn written(all: Vec<Measured>) -> Vec<Value> {
        let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
        let to = Arc::clone(&lines);
        let settings = MetricsSettings {
            namespace: "Upline".into(),
            service: "upline-post-ledger".into(),
            function_name: "upline-post-ledger".into(),
        };
        let metrics = Metrics::to(settings, move |line| {
            assert!(!line.contains('\n'), "{line}");
            to.lock().unwrap().push(serde_json::from_str(line).unwrap());
        });
        for measured in all {
            metrics.write(Timestamp::from_millisecond(1_795_000_000_123).unwrap(), measured);
        }
        drop(metrics);
        Arc::try_unwrap(lines).unwrap().into_inner().unwrap()
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn an_invocation_is_one_line() {
        let mut first = Measured::default();
        first.message(Some("created"), ms(12));
        first.message(Some("created"), ms(7));
        first.message(None, ms(3));
        let mut second = Measured::default();
        second.took("PostingLag", ms(900));
        let written = written(vec![first, second]);
        let want = json!({
            "_aws": { "Timestamp": 1_795_000_000_123_u64, "CloudWatchMetrics": [
                { "Namespace": "Upline", "Dimensions": [["function_name", "service"]],
                  "Metrics": [ { "Name": "ColdStart", "Unit": "Count" } ] },
                { "Namespace": "Upline", "Dimensions": [["service"]], "Metrics": [
                    { "Name": "MessagesCreated", "Unit": "Count" },
                    { "Name": "MessagesRetried", "Unit": "Count" },
                    { "Name": "Latency", "Unit": "Milliseconds" } ] },
            ] },
            "service": "upline-post-ledger", "function_name": "upline-post-ledger",
            "ColdStart": 1, "MessagesCreated": 2, "MessagesRetried": 1, "Latency": [12, 7, 3],
        });
        assert_eq!(written[0], want);
        assert_eq!(written[1]["PostingLag"], json!([900]));
        assert_eq!(written[1].get("ColdStart"), None, "a process starts once");
        assert_eq!(written.len(), 2);
    }

    #[test]
    fn a_second_value_of_a_dimension_takes_a_line_more() {
        let earned = |currency: &str, count, total_minor| {
            (currency.parse().unwrap(), Earned { count, total_minor })
        };
        let mut measured = Measured::default();
        measured.tally(Tally {
            parked: [("malformed".to_owned(), 2), ("overflow".to_owned(), 1)].into(),
            earned: [earned("CNY", 3, 1_234)].into(),
            retries: 2,
        });
        let lines = written(vec![measured]);
        let values = |line: &Value| (line["code"].clone(), line["EventsParked"].clone());
        assert_eq!(values(&lines[0]), (json!("malformed"), json!(2)));
        assert_eq!(values(&lines[1]), (json!("overflow"), json!(1)));
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["CommissionsMinor"], 1_234);
        assert_eq!(lines[0]["RequestsRetried"], 2);
        assert_eq!(lines[1].get("RequestsRetried"), None);
        assert_eq!(lines[1].get("currency"), None);
        for line in &lines {
            let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
            let parked = directives.iter().find(|one| one["Metrics"][0]["Name"] == "EventsParked");
            assert_eq!(parked.unwrap()["Dimensions"], json!([["service"], ["service", "code"]]));
        }
    }

    #[test]
    fn values_are_no_more_than_a_line_may_have() {
        let mut measured = Measured::default();
        for n in 0..150 {
            measured.took("PostingLag", ms(n));
        }
        let lines = written(vec![measured]);
        assert_eq!(lines[0]["PostingLag"].as_array().unwrap().len(), 100);
    }

    #[test]
    fn each_name_of_a_line_is_a_value_in_it() {
        let mut measured = Measured::default();
        measured.message(Some("parked"), ms(1));
        measured.tally(Tally {
            parked: [("malformed".to_owned(), 1)].into(),
            earned: [("JPY".parse().unwrap(), Earned { count: 1, total_minor: 5 })].into(),
            retries: 0,
        });
        for line in written(vec![measured]) {
            for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
                let dimensions = directive["Dimensions"].as_array().unwrap().iter();
                let dimensions = dimensions.flat_map(|set| set.as_array().unwrap());
                let metrics = directive["Metrics"].as_array().unwrap();
                let metrics = metrics.iter().map(|metric| &metric["Name"]);
                for name in dimensions.chain(metrics) {
                    assert!(!line[name.as_str().unwrap()].is_null(), "{name} in {line}");
                }
            }
        }
    }
}
