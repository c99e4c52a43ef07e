//! What a team would build instead: one transaction per order, with the order, an entry for each
//! commission and an addition to each balance. It reads as the product does, through the same
//! memories, and calculates with the same function.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use serde_json::Value;
use upline_contract::event::{Fact, parse_text};
use upline_domain::allocation::{Ancestor, Frozen};
use upline_domain::bind::lineage_under;
use upline_domain::calculate::attribute;
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::money::Money;
use upline_domain::order::Paid;
use upline_store::{Item, Store, keys};
use upline_testkit::now;

/// One process of the alternative.
pub(crate) struct Alternative {
    pub(crate) tenant: TenantId,
    pub(crate) client: Client,
    /// For what it reads.
    pub(crate) store: Store,
}

/// What a transaction came to.
enum Came {
    Made,
    Conflict,
}

impl Alternative {
    /// Takes a paid order; gives how often its transaction met another and was made again after
    /// `pause`.
    pub(crate) async fn pay(&self, event: &Value, pause: impl AsyncFn(u32)) -> u32 {
        let event_text = event.to_string();
        let event = parse_text(&event_text).unwrap();
        let Fact::Paid(paid) = &event.fact else { panic!("{event_text} is no order") };
        let earned = self.earned(paid).await;
        for attempt in 0.. {
            match self.transact(paid, &event_text, &earned).await {
                Came::Made => return attempt,
                Came::Conflict => pause(attempt).await,
            }
        }
        unreachable!("attempts do not end")
    }

    /// Who earns what.
    async fn earned(&self, paid: &Paid) -> Vec<(DistributorId, Money)> {
        let (tenant, store) = (&self.tenant, &self.store);
        let plan = store.plan_for(tenant, &paid.buyer, paid.paid_at, now()).await.unwrap().unwrap();
        let (buyer, _) = store.buyer(tenant, &paid.buyer).await.unwrap();
        let first = buyer.binding.unwrap().distributor;
        let found = store.members(tenant, std::slice::from_ref(&first), now()).await.unwrap();
        let ids = lineage_under(&found[&first]);
        let members = store.members(tenant, &ids, now()).await.unwrap();
        let ancestor = |id: &DistributorId| {
            let member = &members[id];
            let level = plan.plan.levels[plan.plan.rank(member.levels.at(paid.paid_at))].clone();
            Ancestor { id: id.clone(), level, status: member.status_at(paid.paid_at) }
        };
        let lineage = ids.iter().map(ancestor).collect();
        let frozen = Frozen { lineage, first_order: false, ..Frozen::default() };
        let given = attribute(paid, (plan.version, &plan.plan), frozen, &mut |_| {}).unwrap();
        let amount = |ancestor: usize, amount| (ids[ancestor].clone(), amount);
        given.allocations.iter().map(|one| amount(one.ancestor, one.amount)).collect()
    }

    async fn transact(&self, paid: &Paid, event: &str, earned: &[(DistributorId, Money)]) -> Came {
        let tenant = &self.tenant;
        let key = keys::order(tenant, &paid.order);
        let data = &event[event.find(r#""lines""#).unwrap()..];
        let day = keys::orders_of_day(tenant, jiff::civil::date(2026, 11, 11), &paid.order);
        let order =
            [("gsi1pk", text(&day)), ("buyer", text(paid.buyer.as_str())), ("data", text(data))];
        let mut actions = vec![put(&key.pk, &key.sk, order)];
        for (id, amount) in earned {
            let pk = keys::distributor(tenant, id);
            let amount = || AttributeValue::N(amount.minor().to_string());
            let entry = [("order", text(paid.order.as_str())), ("amount", amount())];
            actions.push(put(&pk, &format!("ENTRY#{}", paid.order), entry));
            let balance = Update::builder()
                .table_name("upline")
                .key("pk", text(&pk))
                .key("sk", text("BALANCE#CNY"))
                .update_expression("ADD pending :amount")
                .expression_attribute_values(":amount", amount())
                .build();
            actions.push(TransactWriteItem::builder().update(balance.unwrap()).build());
        }
        let request = self.client.transact_write_items().set_transact_items(Some(actions));
        let Err(error) = request.send().await else { return Came::Made };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
            error.as_service_error()
        else {
            panic!("{error:?}");
        };
        let codes = canceled.cancellation_reasons().iter().filter_map(|reason| reason.code());
        assert!(codes.into_iter().all(|code| ["None", "TransactionConflict"].contains(&code)));
        Came::Conflict
    }

    /// What a balance came to, in fen.
    pub(crate) async fn balance(&self, id: &str) -> u64 {
        let id: DistributorId = id.parse().unwrap();
        let request = self.client.get_item().table_name("upline").consistent_read(true);
        let request = request.key("pk", text(&keys::distributor(&self.tenant, &id)));
        let answer = request.key("sk", text("BALANCE#CNY")).send().await.unwrap();
        answer.item.map_or(0, |item| item["pending"].as_n().unwrap().parse().unwrap())
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A new item: refused where there is one.
fn put<const N: usize>(
    pk: &str,
    sk: &str,
    pairs: [(&str, AttributeValue); N],
) -> TransactWriteItem {
    let mut item = Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]);
    item.extend(pairs.map(|(name, value)| (name.to_owned(), value)));
    let put = Put::builder().table_name("upline").set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(pk)").build();
    TransactWriteItem::builder().put(put.unwrap()).build()
}
