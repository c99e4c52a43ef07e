//! docs/data-model.md has every kind of item, with the keys and attributes that it has.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use upline_store::Item;

use crate::golden::{formats, golden};

const PAGE: &str = include_str!("../../../../docs/data-model.md");
const KEYS: &str = include_str!("../golden/keys.txt");

/// A kind of item in the page.
struct Kind {
    heading: &'static str,
    /// Shapes of its partition keys.
    pks: Vec<&'static str>,
    sk: &'static str,
    attributes: Vec<Attribute>,
}

struct Attribute {
    /// What is in braces stands for anything.
    name: &'static str,
    /// `S`, `N` and so on.
    kind: String,
    optional: bool,
    /// Read, and not written yet.
    unwritten: bool,
}

/// What stands in backticks.
fn spans(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the first table with this header, each as its cells.
fn rows(text: &'static str, header: &str) -> Vec<Vec<&'static str>> {
    let table = text.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    let table = table.take_while(|line| line.starts_with('|'));
    table.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The type of DynamoDB by a cell: `amount, optional` is `N`, by the table of kinds of values.
fn kind_of(cell: &'static str) -> String {
    let word = cell.split([',', ' ']).next().unwrap();
    let named = rows(PAGE, "| here | type |").into_iter().find(|row| row[0] == word);
    let cell = named.map_or(cell, |row| row[1]);
    spans(cell).next().unwrap_or_else(|| panic!("{cell} is no kind of value")).to_owned()
}

fn attributes(text: &'static str, header: &str) -> Vec<Attribute> {
    let row = |cells: Vec<&'static str>| {
        let (kind, optional) = (kind_of(cells[1]), cells[1].contains("optional"));
        let unwritten = cells[2].contains("nothing writes them yet");
        spans(cells[0])
            .map(|name| Attribute { name, kind: kind.clone(), optional, unwritten })
            .collect::<Vec<_>>()
    };
    rows(text, header).into_iter().flat_map(row).collect()
}

/// Every heading with keys in it, and the text below it.
fn kinds() -> Vec<Kind> {
    let sections = PAGE.split("\n### ").skip(1);
    let kind = |section: &'static str| {
        let (heading, text) = section.split_once('\n').unwrap();
        let text = text.split("\n## ").next().unwrap();
        let mut keys: Vec<_> = spans(heading).collect();
        let sk = keys.pop()?;
        (!keys.is_empty()).then(|| Kind {
            heading,
            pks: keys,
            sk,
            attributes: attributes(text, "| attribute | type |"),
        })
    };
    sections.filter_map(kind).collect()
}

/// Whether a text has a shape, in which each `{…}` stands for one part between `#`, and each `{…?}`
/// for one that may be empty.
fn has_shape(text: &str, shape: &str) -> bool {
    let (texts, shapes) = (text.split('#'), shape.split('#'));
    texts.clone().count() == shapes.clone().count()
        && texts.zip(shapes).all(|(text, shape)| match shape.split_once('{') {
            Some((start, rest)) => {
                let may_end = rest.ends_with("?}");
                text.starts_with(start) && (may_end || text.len() > start.len())
            }
            None => text == shape,
        })
}

fn matching<'a>(kinds: &'a [Kind], pk: &str, sk: &str) -> Vec<&'a Kind> {
    let fits =
        |kind: &&Kind| has_shape(sk, kind.sk) && kind.pks.iter().any(|shape| has_shape(pk, shape));
    kinds.iter().filter(fits).collect()
}

fn only<'a>(kinds: &'a [Kind], pk: &str, sk: &str) -> &'a Kind {
    let found = matching(kinds, pk, sk);
    let headings: Vec<_> = found.iter().map(|kind| kind.heading).collect();
    assert_eq!(headings.len(), 1, "the page has one section for {pk} / {sk}, not {headings:?}");
    found[0]
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().unwrap()
}

/// The golden items of the newest format but the row of a change, each with its section.
fn items(kinds: &[Kind]) -> Vec<(String, Item, &Kind)> {
    let newest = formats().into_iter().max_by_key(|format| format.parse::<u32>().unwrap());
    let items = golden(&newest.unwrap()).into_iter().filter(|(name, _)| name != "change");
    let kind = |item: &Item| only(kinds, text(item, "pk"), text(item, "sk"));
    items.map(|(name, item)| (name, item.clone(), kind(&item))).collect()
}

fn type_of(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::S(_) => "S",
        AttributeValue::N(_) => "N",
        AttributeValue::B(_) => "B",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::L(_) => "L",
        AttributeValue::M(_) => "M",
        other => panic!("no item has {other:?}"),
    }
}

#[test]
fn every_key_has_its_section_and_every_section_its_key() {
    let kinds = kinds();
    let mut seen = BTreeSet::new();
    for line in KEYS.lines().filter(|line| line.contains(" | ")) {
        let (_, key) = line.split_once(": ").unwrap();
        let (pk, sk) = key.split_once(" | ").unwrap();
        seen.insert(only(&kinds, pk, sk).heading);
    }
    let all: BTreeSet<_> = kinds.iter().map(|kind| kind.heading).collect();
    assert_eq!(seen, all, "a section for each key, and none more");
    let golden: BTreeSet<_> = items(&kinds).iter().map(|(.., kind)| kind.heading).collect();
    assert_eq!(golden, all, "an item for each section");
}

/// Holds what an item has against what is listed, and says which of the list were seen.
fn hold(what: &str, has: &Item, listed: &[Attribute]) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    for (name, value) in has {
        let found = listed.iter().find(|attribute| has_shape(name, attribute.name));
        let found = found.unwrap_or_else(|| panic!("{what}: the page does not list {name}"));
        assert_eq!(type_of(value), found.kind, "{what}: the type of {name}");
        seen.insert(found.name);
    }
    seen
}

#[test]
fn every_attribute_is_listed_and_every_listed_one_is_there() {
    let kinds = kinds();
    let mut seen: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, mut item, kind) in items(&kinds) {
        for common in ["pk", "sk", "format"] {
            assert!(item.remove(common).is_some(), "{name} has {common}");
        }
        let here = hold(&name, &item, &kind.attributes);
        // The facts of an order come one by one.
        for attribute in kind.attributes.iter().filter(|_| kind.sk != "ORDER") {
            let there = here.contains(attribute.name) || attribute.optional;
            assert!(there, "{name} has no {}", attribute.name);
        }
        seen.entry(kind.heading).or_default().extend(here);
    }
    for kind in &kinds {
        for attribute in kind.attributes.iter().filter(|attribute| !attribute.unwritten) {
            let seen = seen[kind.heading].contains(attribute.name);
            assert!(seen, "no golden item of {} has {}", kind.heading, attribute.name);
        }
    }
}

/// Holds what is in the list of one attribute against the table of its keys below a heading.
#[track_caller]
fn hold_inside(heading: &str, attribute: &str) {
    let (_, section) = PAGE.split_once(heading).unwrap();
    let listed = attributes(section, "| key | type |");
    let mut seen = BTreeSet::new();
    for (name, item, _) in items(&kinds()) {
        for inner in item.get(attribute).map_or(&[][..], |list| list.as_l().unwrap()) {
            let inner = inner.as_m().unwrap();
            seen.extend(hold(&name, inner, &listed));
            let lacks = |one: &&Attribute| !one.optional && !inner.contains_key(one.name);
            assert_eq!(listed.iter().find(lacks).map(|one| one.name), None, "{name}");
        }
    }
    assert_eq!(seen, listed.iter().map(|one| one.name).collect());
}

#[test]
fn what_is_inside_a_reading_is_listed() {
    hold_inside("### Change of level: ", "readings");
}

#[test]
fn what_is_inside_a_difference_is_listed() {
    hold_inside("### A difference: ", "values");
}

#[test]
fn every_partition_of_the_index_is_listed() {
    let (_, index) = PAGE.split_once("### The index `gsi1`").unwrap();
    let rows = rows(index, "| `gsi1pk` | lists |");
    let shapes: BTreeSet<_> = rows.iter().flat_map(|row| spans(row[0])).collect();
    let mut seen = BTreeSet::new();
    let keys = KEYS.lines().filter_map(|line| line.split_once(": "));
    let listed: BTreeMap<_, _> = keys.collect();
    let of_code = ["orders_of_shard", "orphans_of_day", "balances_of_shard", "members_of_shard"];
    let others = ["orphans_of_shard", "checks_of_shard", "moved_of_shard", "tenants"];
    for name in of_code.into_iter().chain(others) {
        let found = shapes.iter().find(|shape| has_shape(listed[name], shape));
        seen.insert(*found.unwrap_or_else(|| panic!("the page does not list {name}")));
    }
    for (name, item, kind) in items(&kinds()) {
        let Some(partition) = item.get("gsi1pk").map(|pk| pk.as_s().unwrap()) else { continue };
        let found = shapes.iter().find(|shape| has_shape(partition, shape));
        let found = found.unwrap_or_else(|| panic!("{name}: {partition} is not listed"));
        let named = kind.attributes.iter().any(|attribute| attribute.name == "gsi1pk");
        assert!(named, "{name} stands in {found}");
    }
    assert_eq!(seen, shapes);
}

#[test]
fn what_is_inside_an_order_is_listed() {
    let (_, order) = PAGE.split_once("### Order: ").unwrap();
    let (_, below) = order.split_once("An element of `lines`").unwrap();
    let (lines, attributed) = below.split_once("\n`attributed`:").unwrap();
    let (lines, attributed) =
        (attributes(lines, "| key | type |"), attributes(attributed, "| key | type |"));
    let (mut in_lines, mut in_attributed) = (BTreeSet::new(), BTreeSet::new());
    for (name, item, kind) in items(&kinds()) {
        if kind.sk != "ORDER" {
            continue;
        }
        let of_lines = item.get("lines").map_or(&[][..], |lines| lines.as_l().unwrap());
        for line in of_lines {
            in_lines.extend(hold(&name, line.as_m().unwrap(), &lines));
        }
        if let Some(map) = item.get("attributed") {
            in_attributed.extend(hold(&name, map.as_m().unwrap(), &attributed));
        }
    }
    let names = |listed: &[Attribute]| listed.iter().map(|one| one.name).collect::<BTreeSet<_>>();
    assert_eq!(in_lines, names(&lines));
    assert_eq!(in_attributed, names(&attributed));
}
