//! The table of conditional writes, for `writers.rs`.

use futures::future::BoxFuture;
use upline_domain::member::{Member, Referrer};
use upline_domain::order::{Paid, Payment};
use upline_domain::plan::Plan;
use upline_store::{Added, Attempt, Bound, Item, PostOrder, Registered, Store, StoreError, keys};
use upline_testkit::now;

use crate::table::{Table, read_plan};
use crate::values::{at, binding, id, member, paid, payment, refund, refund_of_lines};
use crate::writers::{Stands, Write};

/// A plan that pays more, as a process would have it that read another version.
pub(crate) fn read_other_plan(document: &str, policy: &str) -> Result<Plan, String> {
    read_plan(&document.replace("0.10", "0.11"), policy)
}

pub(crate) fn nothing(_: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {})
}

pub(crate) fn family(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(table.settle_family())
}

/// A family, and the buyers zoe and b0 to b19 bound to cat.
fn bound(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        table.settle_family().await;
        let buyers = (0..20).map(|n| format!("b{n}")).chain(["zoe".to_owned()]);
        for buyer in buyers {
            table.store().bind(&table.tenant, &id(&buyer), binding("cat")).await.unwrap();
        }
    })
}

/// A1 waits for a binding that is there by now.
pub(crate) fn waiting(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        table.settle_family().await;
        let order = paid("A1", "zoe", 10_000);
        table.store().record_payment(&table.tenant, &order, now()).await.unwrap();
        table.store().bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
    })
}

pub(crate) fn attributed(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        bound(table).await;
        let order = paid("A1", "zoe", 100_000);
        table.store().record_payment(&table.tenant, &order, now()).await.unwrap();
    })
}

pub(crate) fn posted(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        attributed(table).await;
        let image = image(table, 0).await;
        assert!(table.store().post_orders(vec![image], now()).await.unwrap().refused.is_empty());
    })
}

/// The order A1 after so many refunds.
async fn image(table: &Table, refunds: u64) -> PostOrder {
    let id = id("A1");
    let mut record = table.store().order(&table.tenant, &id).await.unwrap().unwrap();
    record.version += refunds;
    record.refunds = (0..refunds).map(|n| (n.to_string().parse().unwrap(), refund(100))).collect();
    PostOrder { tenant: table.tenant.clone(), id, record }
}

/// An order that was refunded so often, with so many lines.
async fn refunded(table: &Table, refunds: usize, lines: usize) {
    let tenant = &table.tenant;
    table.store().add_refund(tenant, &id("A1"), &id("r"), &refund_of_lines(1)).await.unwrap();
    let mut item = table.item(&keys::order(tenant, &id("A1"))).await;
    for (name, count) in [("refunds", refunds), ("refunded_lines", lines)] {
        item.insert(name.into(), aws_sdk_dynamodb::types::AttributeValue::N(count.to_string()));
    }
    table.put(item).await;
}

fn added(added: &Added) -> String {
    match added {
        Added::Created => "created",
        Added::Exists => "exists",
        Added::Conflict => "conflict",
        Added::TooLarge => "too large",
    }
    .into()
}

async fn pay(table: &Table, store: &Store, paid: Paid) -> String {
    let (attempt, others) = store.record_payment(&table.tenant, &paid, now()).await.unwrap();
    assert_eq!(others, []);
    match attempt {
        Attempt::Attributed => "created".into(),
        Attempt::Exists => "exists".into(),
        Attempt::Waiting => "waiting".into(),
        Attempt::Conflict => "conflict".into(),
        Attempt::Cannot(why) => why.to_string(),
    }
}

async fn register(table: &Table, store: &Store, member: Member) -> String {
    match store.register(&table.tenant, &member).await.unwrap() {
        Registered::Created => "created",
        Registered::IdTaken => "id taken",
        Registered::CodeTaken => "code taken",
    }
    .into()
}

async fn refund_lines(table: &Table, store: &Store, fact: u64, lines: usize) -> String {
    let (name, given) = (id(&format!("r{fact}")), refund_of_lines(lines));
    added(&store.add_refund(&table.tenant, &id("A1"), &name, &given).await.unwrap())
}

async fn post(table: &Table, store: &Store, refunds: u64) -> String {
    let image = image(table, refunds).await;
    // As the stream does with a batch that failed.
    while let Err(failed) = store.post_orders(vec![image.clone()], now()).await {
        assert!(matches!(failed, StoreError::Contended(_)), "{failed}");
    }
    "done".into()
}

fn named(name: &str, number: u64) -> Member {
    Member { display_name: Some(id(&format!("number {number}"))), ..member(name, &["bob"]) }
}

const PAYMENT: &str = "ORDER attribute_not_exists(payment)";

/// Every conditional write but those by hand.
pub(crate) const WRITES: &[Write] = &[
    Write {
        name: "a distributor's id",
        calls: &["member.rs register: put_action encode"],
        conditions: &["MEMBER attribute_not_exists(pk)"],
        given: nothing,
        write: |table, store, fact| {
            let invite_code = id(&format!("CODE{fact}"));
            Box::pin(register(table, store, Member { invite_code, ..named("ann", fact) }))
        },
        heard: ["created", "id taken", "id taken"],
        stands: Stands::Winner,
    },
    Write {
        name: "an invite code",
        calls: &["member.rs register: put_action code"],
        conditions: &["CODE attribute_not_exists(pk)"],
        given: nothing,
        write: |table, store, fact| {
            let member = Member { invite_code: id("X"), ..named(&format!("dist-{fact}"), 0) };
            Box::pin(register(table, store, member))
        },
        heard: ["created", "id taken", "code taken"],
        stands: Stands::Winner,
    },
    Write {
        name: "a binding",
        calls: &["buyer.rs bind: when_absent \"distributor\""],
        conditions: &["BUYER attribute_not_exists(distributor)"],
        given: nothing,
        write: |table, store, fact| {
            Box::pin(async move {
                let binding = binding(&format!("dist-{fact}"));
                match store.bind(&table.tenant, &id("zoe"), binding.clone()).await.unwrap() {
                    Bound::Created(_) => "created",
                    Bound::Exists(_) => "exists",
                }
                .into()
            })
        },
        heard: ["created", "exists", "exists"],
        stands: Stands::Winner,
    },
    Write {
        name: "a payment",
        calls: &["order.rs add_payment: when_absent PAYMENT"],
        conditions: &[PAYMENT],
        given: bound,
        write: |table, store, fact| Box::pin(pay(table, store, paid("A1", "zoe", 10_000 + fact))),
        heard: ["created", "exists", "conflict"],
        stands: Stands::Winner,
    },
    Write {
        name: "a payment under one id by several buyers",
        calls: &[
            "buyer.rs disclaim_first: when_absent_or_other ATTRIBUTED",
            "buyer.rs disclaim_first: when_equal \"first_order\"",
        ],
        conditions: &[PAYMENT],
        given: bound,
        write: |table, store, fact| {
            Box::pin(pay(table, store, paid("A1", &format!("b{fact}"), 10_000)))
        },
        heard: ["created", "exists", "conflict"],
        stands: Stands::Winner,
    },
    Write {
        name: "a payment that waits",
        calls: &[],
        conditions: &[PAYMENT],
        given: family,
        write: |table, store, fact| {
            let payment = Payment { invite_code: Some(id("NEW")), ..payment("A1", "yan", fact) };
            Box::pin(pay(table, store, Paid::new(payment).unwrap()))
        },
        heard: ["waiting", "waiting", "conflict"],
        stands: Stands::Winner,
    },
    Write {
        name: "a buyer's first order",
        calls: &[
            "buyer.rs claim_first: when_absent \"first_order\"",
            "buyer.rs claimed: when_equal \"first_order\"",
        ],
        conditions: &["BUYER attribute_not_exists(first_order)"],
        given: bound,
        write: |table, store, fact| {
            Box::pin(async move {
                let name = format!("A{fact}");
                pay(table, store, paid(&name, "zoe", 10_000)).await;
                let record = table.store().order(&table.tenant, &id(&name)).await.unwrap();
                let first = record.unwrap().attributed.unwrap().frozen.first_order;
                if first { "first" } else { "not first" }.into()
            })
        },
        heard: ["first", "first", "not first"],
        stands: Stands::WinnerOfBuyer,
    },
    Write {
        name: "an attribution",
        calls: &[
            "order.rs add_attribution: when_absent ATTRIBUTED",
            "order.rs add_attribution: when_present PAYMENT",
        ],
        conditions: &["ORDER attribute_not_exists(attributed)"],
        given: waiting,
        // Of two writers with another fact, each has another plan.
        write: |table, store, _| Box::pin(pay(table, store, paid("A1", "zoe", 10_000))),
        heard: ["created", "exists", "exists"],
        stands: Stands::One,
    },
    Write {
        name: "a refund",
        calls: &["order.rs add_refund: when_absent &attribute"],
        conditions: &["ORDER attribute_not_exists(refund#r1)"],
        given: nothing,
        write: |table, store, fact| {
            Box::pin(async move {
                let given = refund(100 + fact);
                let done = store.add_refund(&table.tenant, &id("A1"), &id("r1"), &given).await;
                added(&done.unwrap())
            })
        },
        heard: ["created", "exists", "conflict"],
        stands: Stands::Winner,
    },
    Write {
        name: "the last refund",
        calls: &["order.rs add_refund: when_at_most REFUND_COUNT"],
        conditions: &["ORDER (attribute_not_exists(refunds) OR refunds <= ?)"],
        given: |table| Box::pin(refunded(table, 99, 0)),
        write: |table, store, fact| Box::pin(refund_lines(table, store, fact, 1)),
        heard: ["created", "exists", "too large"],
        stands: Stands::Winner,
    },
    Write {
        name: "the last refunded lines",
        calls: &["order.rs add_refund: when_at_most REFUNDED_LINES"],
        conditions: &["ORDER (attribute_not_exists(refunded_lines) OR refunded_lines <= ?)"],
        given: |table| Box::pin(refunded(table, 1, 391)),
        write: |table, store, fact| Box::pin(refund_lines(table, store, fact, 5)),
        heard: ["created", "exists", "too large"],
        stands: Stands::Winner,
    },
    Write {
        name: "a completion",
        calls: &[
            "order.rs add_completion: when_absent COMPLETED_AT",
            "order.rs orphan: set_once \"gsi1pk\"",
        ],
        conditions: &["ORDER attribute_not_exists(completed_at)"],
        given: nothing,
        write: |table, store, fact| {
            Box::pin(async move {
                let day = at(&format!("2026-11-{:02}T00:00:00Z", fact + 1));
                added(&store.add_completion(&table.tenant, &id("A1"), day).await.unwrap())
            })
        },
        heard: ["created", "exists", "conflict"],
        stands: Stands::Winner,
    },
    Write {
        name: "a place in a team list",
        calls: &["team.rs post_member: put_action row", "team.rs post_member: set_once \"date\""],
        conditions: &["TEAM attribute_not_exists(pk)"],
        given: nothing,
        write: |table, store, fact| {
            Box::pin(async move {
                store.post_member(&table.tenant, &named("zed", fact), now()).await.unwrap();
                "done".into()
            })
        },
        heard: ["done"; 3],
        stands: Stands::One,
    },
    Write {
        name: "a new line",
        calls: &[
            "ledger.rs actions: put_action line",
            "ledger.rs actions: set_once \"gsi1pk\"",
            "ledger_items.rs balance_updates: set_once \"currency\"",
            "ledger_items.rs day_updates: set_once \"date\"",
            "ledger_items.rs day_updates: set_once \"currency\"",
        ],
        conditions: &["LINE attribute_not_exists(pk)"],
        given: attributed,
        write: |table, store, fact| Box::pin(post(table, store, fact)),
        heard: ["done"; 3],
        stands: Stands::Newest,
    },
    Write {
        name: "a line that is there",
        calls: &[],
        conditions: &["LINE n = ?"],
        given: posted,
        write: |table, store, fact| Box::pin(post(table, store, fact + 1)),
        heard: ["done"; 3],
        stands: Stands::Newest,
    },
    Write {
        name: "an event that waits",
        calls: &[],
        conditions: &[],
        given: nothing,
        write: |table, store, _| {
            Box::pin(async move {
                let referrer = Referrer::Code(id("NEW"));
                let event = ("evt-1", "00ff");
                store.await_referrer(&table.tenant, &referrer, event, "{}").await.unwrap();
                "kept".into()
            })
        },
        heard: ["kept"; 3],
        stands: Stands::One,
    },
];

/// What the last places of an order come to, with so many taken: the words of twenty writers.
pub(crate) async fn at_the_edge(
    given: (usize, usize),
    lines: fn(u64) -> usize,
    stores: impl Fn(&Table, u64) -> Store,
    leave: impl Fn(u64),
) -> (Vec<String>, Item) {
    let table = Table::empty().await;
    refunded(&table, given.0, given.1).await;
    let (table, leave) = (&table, &leave);
    let stores: Vec<(u64, Store)> = (0..20).map(|fact| (fact, stores(table, fact))).collect();
    let heard = stores.iter().map(async |(fact, store)| {
        let heard = refund_lines(table, store, *fact, lines(*fact)).await;
        leave(*fact);
        heard
    });
    let heard = futures::future::join_all(heard).await;
    (heard, table.item(&keys::order(&table.tenant, &id("A1"))).await)
}
