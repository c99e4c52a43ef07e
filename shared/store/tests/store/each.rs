//! Writers whose facts all stand, in the order in which they came.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use upline_store::Item;
use upline_store::keys::Key;

use crate::meeting::{Meeting, Pace};
use crate::table::{Table, read_plan};
use crate::writers::Write;

/// Holds what stands against a table where one writer wrote the facts one after another. Which came
/// first is nobody's to say: all that is in the items is compared, and not what was before what.
pub(crate) async fn judge_each(
    write: &Write,
    facts: &[u64],
    heard: &[String],
    items: &BTreeMap<Key, Item>,
) -> Result<(), String> {
    let table = Table::empty().await;
    (write.given)(&table).await;
    let store = Meeting::default().writer(&table, (0, Pace::Free), read_plan, None);
    let mut want = Vec::new();
    for fact in facts {
        want.push((write.write)(&table, &store, *fact).await);
    }
    let mut heard = heard.to_vec();
    want.sort_unstable();
    heard.sort_unstable();
    if heard != want {
        return Err(format!("heard {heard:?}, not {want:?}"));
    }
    let (mut stands, mut wanted) = (Vec::new(), Vec::new());
    for item in items.values() {
        leaves(item, &mut stands);
    }
    for item in table.items().await.values() {
        leaves(item, &mut wanted);
    }
    stands.sort_unstable();
    wanted.sort_unstable();
    if stands == wanted { Ok(()) } else { Err("not each fact stands once".into()) }
}

/// Every value of an item with its name, but for what was there before.
fn leaves(item: &Item, all: &mut Vec<String>) {
    for (name, value) in item.iter().filter(|(name, _)| !["before", "was"].contains(&name.as_str()))
    {
        match value {
            AttributeValue::M(inner) => leaves(inner, all),
            AttributeValue::L(list) => {
                for one in list {
                    leaves(&Item::from([(name.clone(), one.clone())]), all);
                }
            }
            other => all.push(format!("{name}: {other:?}")),
        }
    }
}
