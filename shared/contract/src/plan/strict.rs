//! What serde would take in silence: a key that stands twice, and `null`.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::finding::Findings;
use crate::read::below;

/// Walks a text and notes each doubled key and each `null` by its path.
///
/// # Errors
///
/// * What `serde_json` says of a text that is not JSON.
pub(super) fn walk(text: &str, findings: &mut Findings) -> Result<(), serde_json::Error> {
    let mut deserializer = Deserializer::from_str(text);
    Place { path: String::new(), findings }.deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Place<'a> {
    path: String,
    findings: &'a mut Findings,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.findings.add("null", self.path, "null means nothing here; leave the key out");
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    #[expect(clippy::disallowed_types, reason = "a number is passed over here, never read")]
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            let path = format!("{}[{place}]", self.path);
            if list.next_element_seed(Place { path, findings: self.findings })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let path = below(&self.path, &key);
            if !seen.insert(key) {
                let message = "the key stands twice; keep one of the two";
                self.findings.add("duplicate_key", path.clone(), message);
            }
            map.next_value_seed(Place { path, findings: self.findings })?;
        }
        Ok(())
    }
}
