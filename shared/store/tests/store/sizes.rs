//! How large an order's item is, by DynamoDB's counting: what most orders cost, and that the
//! largest that the limits allow is still an item.

use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::limits::{
    ID_BYTES_MAX, LINEAGE_MAX, LINES_MAX, ORDER_BYTES_MAX, REFUNDED_LINES_MAX, REFUNDS_MAX,
    TEXT_BYTES_MAX,
};
use upline_domain::order::{Line, Paid, Payment, Refund, Refunded};
use upline_store::{Added, Attempt, Item, keys};
use upline_testkit::plans::publish_first;
use upline_testkit::{now, run};

use crate::table::{POLICY, Table};
use crate::values::{THREE_DEEP, binding, fen, id, line, member, payment, refund};

/// The largest item that DynamoDB keeps.
const ITEM_BYTES_MAX: usize = 400 * 1_024;

/// Names and values; a number has a byte for two significant digits and one more; lists and maps
/// have three, and one for each element.
fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.trim_matches(['-', '0']).len().div_ceil(2) + 1,
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(list) => 3 + list.iter().map(|one| 1 + value_bytes(one)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.len() + bytes(map),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        other => panic!("no item has {other:?}"),
    }
}

/// A chain of distributors, the first nearest to zoe, who is bound to them.
async fn chain(table: &Table, plan: &str, ids: &[String]) {
    let store = table.store();
    publish_first(&store, &table.tenant, plan, POLICY).await;
    for (place, name) in ids.iter().enumerate() {
        let above: Vec<&str> = ids[place + 1..].iter().map(String::as_str).collect();
        let registered = store.register(&table.tenant, &member(name, &above)).await.unwrap();
        assert_eq!(registered, upline_store::Registered::Created);
    }
}

async fn item(table: &Table, order: &str) -> Item {
    table.item(&keys::order(&table.tenant, &id(order))).await
}

#[test]
fn an_order_of_three_lines_and_three_beneficiaries_is_one_write_unit() {
    run(async {
        let table = Table::empty().await;
        let ids: Vec<String> = (0..5).map(|n| format!("dist-{n:07}")).collect();
        chain(&table, THREE_DEEP, &ids).await;
        let (order, buyer) = ("order-000001", "buyer-000001");
        let store = table.store();
        store.bind(&table.tenant, &id(buyer), binding(&ids[0])).await.unwrap();
        let of = |n: u64| Line {
            sku: id("sku-00000001"),
            category: Some(id("apparel/women")),
            quantity: 2,
            ..line(&format!("line-{n:07}"), 12_345 + n)
        };
        let lines = vec![of(1), of(2), of(3)];
        let paid = Paid::new(Payment { lines, ..payment(order, buyer, 0) }).unwrap();
        let (attempt, _) = store.record_payment(&table.tenant, &paid, now()).await.unwrap();
        assert_eq!(attempt, Attempt::Attributed);
        let item = item(&table, order).await;
        let bytes = bytes(&item);
        println!("order of 3 lines, 3 beneficiaries, 5 ancestors: {bytes} of 1024 bytes");
        let record = store.order(&table.tenant, &id(order)).await.unwrap().unwrap();
        let attributed = record.attributed.unwrap();
        assert_eq!((attributed.allocations.len(), attributed.frozen.lineage.len()), (3, 5));
        assert!(bytes <= 1_024, "{bytes} bytes");
    });
}

/// A text of the greatest length, which ends in the number.
fn longest(bytes: usize, number: usize) -> String {
    format!("{number:0>bytes$}")
}

fn longest_plan() -> String {
    let (rule, card) = (longest(ID_BYTES_MAX, 1), longest(ID_BYTES_MAX, 2));
    let level = longest(ID_BYTES_MAX, 3);
    let rates = vec!["\"0.012345\""; LINEAGE_MAX].join(", ");
    format!(
        r#"{{ "timezone": "America/Argentina/ComodRivadavia", "levels": [ {{ "id": "{level}" }} ],
            "currencies": {{ "CNY": {{ "depth": {LINEAGE_MAX}, "team_depth": 10,
                "max_total_rate": "0.654321",
                "cards": {{ "{card}": {{ "base": "paid",
                    "mode": {{ "percent": {{ "rates": [{rates}] }} }} }} }},
                "rules": [ {{ "id": "{rule}", "priority": 0, "when": {{}}, "card": "{card}" }} ],
                "settlement": {{ "hold_days": 3660, "cycle": "instant",
                    "auto_complete_days": 3660 }} }} }} }}"#
    )
}

/// 200 lines that come to almost the largest amount, with the longest of everything.
fn longest_order(order: &str, buyer: &str) -> Paid {
    let text = |n| longest(TEXT_BYTES_MAX, n);
    let of = |n: usize| Line {
        id: id(&longest(ID_BYTES_MAX, n)),
        sku: id(&text(n)),
        category: Some(id(&text(n))),
        quantity: 4_999,
        unit_price: fen(999_983),
        discount: fen(1_234_567),
        unit_cost: Some(fen(999_983)),
    };
    let payment = Payment {
        lines: (0..LINES_MAX).map(of).collect(),
        discount: fen(123_456_789),
        invite_code: Some(id(&longest(ID_BYTES_MAX, 4))),
        region: Some(id(&text(5))),
        ..payment(order, buyer, 0)
    };
    Paid::new(payment).unwrap()
}

#[test]
fn the_largest_order_with_all_its_refunds_is_an_item() {
    run(async {
        let table = Table::empty().await;
        let ids: Vec<String> = (0..LINEAGE_MAX).map(|n| longest(ID_BYTES_MAX, 100 + n)).collect();
        chain(&table, &longest_plan(), &ids).await;
        let (order, buyer) = (longest(ID_BYTES_MAX, 7), longest(ID_BYTES_MAX, 8));
        let (store, tenant) = (table.store(), &table.tenant);
        store.bind(tenant, &id(&buyer), binding(&ids[0])).await.unwrap();
        let paid = longest_order(&order, &buyer);
        let (attempt, _) = store.record_payment(tenant, &paid, now()).await.unwrap();
        assert_eq!(attempt, Attempt::Attributed);
        let alone = bytes(&item(&table, &order).await);

        let each = REFUNDED_LINES_MAX / REFUNDS_MAX;
        for n in 0..REFUNDS_MAX {
            let lines = (0..each)
                .map(|line| (id(&longest(ID_BYTES_MAX, n * each + line)), fen(999_999_999_999)));
            let given = Refund { goods: Refunded::Lines(lines.collect()), ..refund(0) };
            let name = id(&longest(ID_BYTES_MAX, n));
            let added = store.add_refund(tenant, &id(&order), &name, &given).await.unwrap();
            assert_eq!(added, Added::Created, "{n}");
        }
        let done = store.add_completion(tenant, &id(&order), now()).await.unwrap();
        assert_eq!(done, Added::Created);
        let whole = bytes(&item(&table, &order).await);
        println!(
            "the largest order: {alone} bytes, {} of refunds, {whole} of {ITEM_BYTES_MAX} in all",
            whole - alone,
        );
        let record = store.order(tenant, &id(&order)).await.unwrap().unwrap();
        let attributed = record.attributed.unwrap();
        assert_eq!(
            (record.refunds.len(), attributed.allocations.len()),
            (REFUNDS_MAX, LINEAGE_MAX)
        );
        assert!(attributed.allocations.iter().all(|one| one.lines.len() == LINES_MAX));
        assert!(whole <= ORDER_BYTES_MAX, "{whole} bytes");
    });
}
