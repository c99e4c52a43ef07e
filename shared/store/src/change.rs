//! One write of one item, as DynamoDB wants it said: names and values out of line.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::item::{FORMAT, number};

/// An update of one item: what is set, added and removed, and on which conditions.
#[derive(Clone, Default)]
pub(crate) struct Update {
    sets: Vec<String>,
    adds: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

impl Update {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn name(&mut self, attribute: &str) -> String {
        let name = format!("#n{}", self.names.len());
        self.names.insert(name.clone(), attribute.to_owned());
        name
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let name = format!(":v{}", self.values.len());
        self.values.insert(name.clone(), value);
        name
    }

    /// Sets an attribute.
    pub(crate) fn set(mut self, attribute: &str, value: AttributeValue) -> Self {
        let set = format!("{} = {}", self.name(attribute), self.value(value));
        self.sets.push(set);
        self
    }

    /// Sets an attribute where there is a value for it.
    pub(crate) fn maybe_set(self, attribute: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(attribute, value),
            None => self,
        }
    }

    /// Sets an attribute unless it is there.
    pub(crate) fn set_once(mut self, attribute: &str, value: AttributeValue) -> Self {
        let name = self.name(attribute);
        let set = format!("{name} = if_not_exists({name}, {})", self.value(value));
        self.sets.push(set);
        self
    }

    /// Adds to a number; one that is not there counts as zero.
    pub(crate) fn add(mut self, attribute: &str, value: AttributeValue) -> Self {
        let add = format!("{} {}", self.name(attribute), self.value(value));
        self.adds.push(add);
        self
    }

    /// Removes an attribute.
    pub(crate) fn remove(mut self, attribute: &str) -> Self {
        let name = self.name(attribute);
        self.removes.push(name);
        self
    }

    /// On condition that an attribute is not there.
    pub(crate) fn when_absent(mut self, attribute: &str) -> Self {
        let condition = format!("attribute_not_exists({})", self.name(attribute));
        self.conditions.push(condition);
        self
    }

    /// On condition that an attribute is there.
    pub(crate) fn when_present(mut self, attribute: &str) -> Self {
        let condition = format!("attribute_exists({})", self.name(attribute));
        self.conditions.push(condition);
        self
    }

    /// On condition that a number is at most so much; one that is not there counts as zero.
    pub(crate) fn when_at_most(mut self, attribute: &str, most: AttributeValue) -> Self {
        let name = self.name(attribute);
        let most = self.value(most);
        self.conditions.push(format!("(attribute_not_exists({name}) OR {name} <= {most})"));
        self
    }

    /// On condition that an attribute has a value.
    pub(crate) fn when_equal(mut self, attribute: &str, value: AttributeValue) -> Self {
        let condition = format!("{} = {}", self.name(attribute), self.value(value));
        self.conditions.push(condition);
        self
    }

    /// On condition that an attribute is not there, or that another has not this value.
    pub(crate) fn when_absent_or_other(
        mut self,
        absent: &str,
        other: (&str, AttributeValue),
    ) -> Self {
        let (absent, name) = (self.name(absent), self.name(other.0));
        let value = self.value(other.1);
        self.conditions.push(format!("(attribute_not_exists({absent}) OR {name} <> {value})"));
        self
    }

    /// On condition that there is no item, or one of a format that this program knows: what it adds
    /// could mean something else in an item that a newer program wrote.
    pub(crate) fn when_known(mut self) -> Self {
        let (key, format) = (self.name("pk"), self.name("format"));
        let known = self.value(number(FORMAT));
        self.conditions.push(format!("(attribute_not_exists({key}) OR {format} <= {known})"));
        self
    }

    /// The same, and the item is of this format from now on: an older program keeps off it, because
    /// some of it is written as this one does.
    pub(crate) fn in_format(self) -> Self {
        self.set("format", number(FORMAT)).when_known()
    }

    /// The update expression.
    pub(crate) fn expression(&self) -> String {
        let clause = |word: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
        };
        ["SET", "ADD", "REMOVE"]
            .into_iter()
            .zip([&self.sets, &self.adds, &self.removes])
            .map(|(word, parts)| clause(word, parts))
            .collect()
    }

    /// The condition expression, if there is one.
    pub(crate) fn condition(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    pub(crate) fn value_map(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    pub(crate) fn name_map(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }
}

/// Puts the conditions of an [`Update`] on a request or on an action of a transaction, which then
/// says what stands there where they fail: the builders of the client share no type.
macro_rules! on_condition {
    ($builder:expr, $condition:expr) => {
        $builder
            .set_condition_expression($condition.condition())
            .set_expression_attribute_names($condition.name_map())
            .set_expression_attribute_values($condition.value_map())
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            )
    };
}

pub(crate) use on_condition;
