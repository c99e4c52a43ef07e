//! Samples that are nearly right: a sample with a few things done to it.

use std::fmt;

use bolero::generator::ValueGenerator;
use bolero::produce;

use crate::dice::Dice;
use crate::document::Node;

/// Most bytes that decide what is done to a sample.
const BYTES_MAX: usize = 160;
/// Most things that are done to a sample.
const CHANGES_MAX: usize = 6;
/// Longest document that is tried, in nodes: what doubles lists would grow without an end.
const NODES_MAX: usize = 6_000;

/// A text to read, and bytes that decide what else is done with it.
pub(crate) struct Input {
    pub(crate) text: String,
    pub(crate) rest: Vec<u8>,
}

impl fmt::Debug for Input {
    /// The text as it is: it can be kept in `corpus`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_used = self.rest.iter().any(|byte| *byte != 0);
        f.write_str(&self.text)?;
        if is_used { write!(f, "\nand then {:?}", self.rest) } else { Ok(()) }
    }
}

/// Samples with a few things done to them.
pub(crate) fn near(samples: &[String]) -> impl ValueGenerator<Output = Input> + use<> {
    let samples: Vec<Node> = samples.iter().filter_map(|text| Node::read(text)).collect();
    assert!(!samples.is_empty(), "there are samples");
    bytes().map_gen(move |bytes: Vec<u8>| {
        let mut dice = Dice::of(&bytes);
        let text = mutated(&samples, &mut dice);
        Input { text, rest: dice.rest().to_vec() }
    })
}

/// Bytes that decide.
pub(crate) fn bytes() -> impl ValueGenerator<Output = Vec<u8>> {
    produce::<Vec<u8>>().with().len(0..=BYTES_MAX)
}

fn mutated(samples: &[Node], dice: &mut Dice<'_>) -> String {
    let mut node = dice.pick(samples).clone();
    for _ in 0..dice.below(CHANGES_MAX + 1) {
        let other = dice.pick(samples);
        let mut place = dice.below(node.count());
        if let Some(at) = node.nth(&mut place) {
            change(at, other, dice);
        }
        if node.count() > NODES_MAX {
            break;
        }
    }
    let mut text = String::new();
    node.write(&mut text);
    if dice.chance(8) { garbled(&text, dice) } else { text }
}

fn change(at: &mut Node, other: &Node, dice: &mut Dice<'_>) {
    match dice.below(8) {
        0 => *at = Node::Raw((*dice.pick(NASTY)).to_owned()),
        1 => *at = part(other, dice),
        2 => *at = Node::List(vec![at.clone()]),
        3 => *at = long(dice),
        _ => match at {
            Node::Raw(raw) => *at = touched(raw, dice),
            Node::List(list) => change_list(list, dice),
            Node::Object(fields) => change_object(fields, other, dice),
        },
    }
}

/// A part of another sample.
fn part(of: &Node, dice: &mut Dice<'_>) -> Node {
    let (mut place, mut of) = (dice.below(of.count()), of.clone());
    of.nth(&mut place).map_or_else(|| Node::Raw("0".to_owned()), |part| part.clone())
}

fn change_list(list: &mut Vec<Node>, dice: &mut Dice<'_>) {
    let place = dice.below(list.len());
    let Some(one) = list.get(place).cloned() else { return list.push(Node::Raw("0".to_owned())) };
    match dice.below(5) {
        0 => drop(list.remove(place)),
        1 => list.insert(place, one),
        2 => {
            let other = dice.below(list.len());
            list.swap(place, other);
        }
        3 => list.clear(),
        _ => {
            // About as many as there may be of something.
            let many = *dice.pick(&[2, 3, 21, 100, 101, 200, 201, 400, 401, 501]);
            let copy = |n: usize| numbered(&one, n);
            let copies: Vec<Node> = (0..many).map(copy).collect();
            list.splice(place..=place, copies);
        }
    }
}

/// A copy with another id, where it has one.
fn numbered(node: &Node, number: usize) -> Node {
    let Node::Object(fields) = node else { return node.clone() };
    let field = |(key, one): &(String, Node)| {
        let is_id = key.ends_with("_id") || key == "id";
        (key.clone(), if is_id { Node::text(&format!("n{number}")) } else { one.clone() })
    };
    Node::Object(fields.iter().map(field).collect())
}

fn change_object(fields: &mut Vec<(String, Node)>, other: &Node, dice: &mut Dice<'_>) {
    let place = dice.below(fields.len());
    let Some((key, one)) = fields.get(place).cloned() else {
        return fields.push((String::new(), part(other, dice)));
    };
    match dice.below(7) {
        0 => drop(fields.remove(place)),
        6 => fields[place].0 = key.repeat(*dice.pick(&[2, 13, 130, 700])),
        1 => fields.push((key, one)),
        2 => fields.push((key, part(other, dice))),
        3 => {
            // The values of two fields change places.
            let to = dice.below(fields.len());
            let of_other = std::mem::replace(&mut fields[to].1, one);
            fields[place].1 = of_other;
        }
        4 => fields[place].0 = touched_text(&key, dice),
        _ => fields.push(((*dice.pick(KEYS)).to_owned(), part(other, dice))),
    }
}

/// A value with one letter or word of it changed.
fn touched(raw: &str, dice: &mut Dice<'_>) -> Node {
    match serde_json::from_str::<String>(raw) {
        Ok(text) => Node::text(&touched_text(&text, dice)),
        Err(_) => Node::Raw(touched_text(raw, dice)),
    }
}

/// A text with one letter of it changed.
pub(crate) fn touched_text(text: &str, dice: &mut Dice<'_>) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let (place, letter) = (dice.below(letters.len() + 1), *dice.pick(LETTERS));
    match dice.below(5) {
        0 => letters.insert(place, letter),
        1 if place < letters.len() => letters[place] = letter,
        2 if place < letters.len() => drop(letters.remove(place)),
        3 => letters.truncate(place),
        _ => letters.extend(letters.clone()),
    }
    letters.into_iter().collect()
}

/// A text about as long as it may be.
fn long(dice: &mut Dice<'_>) -> Node {
    let count = *dice.pick(&[1, 19, 28, 29, 30, 64, 127, 128, 129, 255, 256, 257, 1_100]);
    Node::text(&dice.pick(&["x", "0", "9", "订", "a/", "\u{1f600}"]).repeat(count))
}

/// The text with a letter changed, or cut short.
fn garbled(text: &str, dice: &mut Dice<'_>) -> String {
    let place = text.floor_char_boundary(dice.below(text.len() + 1));
    let (before, after) = text.split_at(place);
    match dice.below(3) {
        0 => before.to_owned(),
        1 => format!("{before}{}{after}", dice.pick(LETTERS)),
        _ => format!("{before}{after}", after = after.get(1..).unwrap_or_default()),
    }
}

/// Letters that something may turn on.
const LETTERS: &[char] = &[
    '0',
    '1',
    '9',
    '.',
    '-',
    '+',
    'e',
    'E',
    'Z',
    'T',
    ':',
    '/',
    '#',
    '@',
    '=',
    '_',
    ' ',
    '\n',
    '\0',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    'a',
    'Y',
    '订',
    '\u{7f}',
    '\u{85}',
    '\u{feff}',
    '\u{661}',
    '\u{1f600}',
];

/// Keys that are read somewhere, and some that are nowhere.
const KEYS: &[&str] = &[
    "",
    "id",
    "lines",
    "amount",
    "discount",
    "when",
    "card",
    "rates",
    "levels",
    "all",
    "any",
    "score",
    "own_sales",
    "months_active",
    "depth",
    "version",
    "policy",
    "document",
    "unit_price",
    "sponsor_id",
    "invite_code",
    "currency",
    "note",
    "a.b",
    "lines[0]",
    "订单",
];

/// Values that tend to be trouble.
const NASTY: &[&str] = &[
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "366",
    "367",
    "1.0",
    "1e3",
    "1e400",
    "18446744073709551616",
    "9223372036854775808",
    "4294967296",
    "2147483648",
    "\"\"",
    "\" \"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "{\"\":null}",
    "\"0\"",
    "\"00\"",
    "\"-1\"",
    "\"1e3\"",
    "\"1.\"",
    "\".5\"",
    "\"0.01\"",
    "\"0.001\"",
    "\"0.000001\"",
    "\"0.0000001\"",
    "\"1\"",
    "\"1.000000\"",
    "\"1.000001\"",
    "\"1000000000.000001\"",
    "\"10000000000.00\"",
    "\"10000000000.01\"",
    "\"9999999999.99\"",
    "\"340282366920938463463374607431768211456\"",
    "\"a#b\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"2026-11-11T00:00:03Z\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"0000-01-01T00:00:00Z\"",
    "\"2016-12-31T23:59:60Z\"",
    "\"2026-02-29T00:00:00Z\"",
    "\"2026-11-11T00:00:03.123456789Z\"",
    "\"CNY\"",
    "\"JPY\"",
    "\"KWD\"",
    "\"XXX\"",
    "\"cny\"",
    "\"standard\"",
    "\"gold\"",
    "\"buyer\"",
    "\"month_sales\"",
    "\"graduated\"",
    "\"instant\"",
    "\"monthly\"",
    "\"compress\"",
];
