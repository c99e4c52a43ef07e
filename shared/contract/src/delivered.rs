//! Events on the bus: what of an event is put there, and how the rule of an act hands it on.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// An event as the bus takes it. The detail is letter by letter what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusEvent {
    /// As it was sent; none where it was not.
    pub source: Option<String>,
    /// As it was sent.
    pub detail_type: String,
    /// As it was sent.
    pub detail: String,
}

#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "detail-type")]
    detail_type: Cow<'a, str>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

impl BusEvent {
    /// What of an event goes on the bus; none where its text has not the form of one.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let Sent { source, detail_type, detail } = serde_json::from_str(text).ok()?;
        Some(Self {
            source: source.map(Cow::into_owned),
            detail_type: detail_type.into_owned(),
            detail: detail.get().to_owned(),
        })
    }
}

/// A message of a queue: the event, and what it was put on the bus for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// The event, without what the bus added.
    pub text: Cow<'a, str>,
    /// The resources that it was put on the bus with.
    pub resources: Vec<String>,
}

/// What the rule of an act makes of an event, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Made<'a> {
    #[serde(borrow)]
    source: &'a RawValue,
    #[serde(borrow, rename = "detail-type")]
    detail_type: &'a RawValue,
    resources: Vec<String>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Reads a message as the rule of an act makes it; whatever else it is, it is the event itself.
#[must_use]
pub fn delivered(body: &str) -> Delivered<'_> {
    let Ok(Made { source, detail_type, resources, detail }) = serde_json::from_str(body) else {
        return Delivered { text: body.into(), resources: Vec::new() };
    };
    let text = format!(r#"{{"source":{source},"detail-type":{detail_type},"detail":{detail}}}"#);
    Delivered { text: text.into(), resources }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_the_bus_is_what_was_sent() {
        let detail = r#"{ "metadata": {"id":"\u00e9 é"}, "data": {"amount": 1.0e2, "b": [ 1,2 ]}}"#;
        let text = format!(
            r#"{{ "detail" : {detail} , "detail-type":"OrderPaid", "source":"shop.\u00e9", "x":1}}"#
        );
        let event = BusEvent::of(&text).unwrap();
        assert_eq!(event.source.as_deref(), Some("shop.é"));
        assert_eq!(event.detail_type, "OrderPaid");
        assert_eq!(event.detail, detail);
        let without = BusEvent::of(r#"{"source":null,"detail-type":"a","detail":{}}"#).unwrap();
        assert_eq!(without.source, None);
        assert_eq!(BusEvent::of("[]"), None);
        assert_eq!(BusEvent::of(r#"{"detail-type":"a"}"#), None);
    }

    #[test]
    fn what_the_rule_adds_is_taken_off() {
        let event = r#"{"source":"shop","detail-type":"OrderPaid","detail":{"a": 1.0}}"#;
        let made =
            r#"{"source":"shop","detail-type":"OrderPaid","resources":["r"],"detail":{"a": 1.0}}"#;
        let want = Delivered { text: event.into(), resources: vec!["r".to_owned()] };
        assert_eq!(delivered(made), want);
        for itself in [event, "{ not JSON", r#"{"resources":["r"]}"#, r#"{"source":"shop"}"#] {
            let want = Delivered { text: itself.into(), resources: Vec::new() };
            assert_eq!(delivered(itself), want, "{itself}");
        }
        let more = made.replace(r#""source""#, r#""id":"1","source""#);
        assert_eq!(delivered(&more).text, more, "an event of the bus as it is");
    }
}
