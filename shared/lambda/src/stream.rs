//! Changes of the table, from its stream.

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::ids::TenantId;
use upline_domain::member::Member;
use upline_store::keys::{distributor_of, order_of};
use upline_store::{Damaged, Item, PostOrder, decode_member, decode_order};

/// An item that changed, as it is after the change.
#[derive(Clone, Debug)]
pub enum Changed {
    /// An order.
    Order(Box<PostOrder>),
    /// A distributor.
    Member(TenantId, Box<Member>),
    /// An order or distributor that this program cannot read.
    Damaged {
        /// Whose.
        tenant: TenantId,
        /// The id of the order or distributor.
        id: String,
        /// What is wrong.
        damaged: Damaged,
    },
}

/// The orders and distributors of a batch of the stream, as they are after their changes. Other
/// items are passed over.
#[must_use]
pub fn each_change(batch: StreamEvent) -> Vec<Changed> {
    let images = batch.records.into_iter().map(|record| record.change.new_image);
    images.filter_map(|image| changed(&Item::from(image))).collect()
}

fn changed(image: &Item) -> Option<Changed> {
    let text = |name: &str| image.get(name).and_then(|value: &AttributeValue| value.as_s().ok());
    let (pk, sk) = (text("pk")?, text("sk")?);
    let (tenant, id, read) = match sk.as_str() {
        "ORDER" => {
            let (tenant, id) = order_of(pk)?;
            let order = decode_order(image).map(|(id, record)| {
                Changed::Order(Box::new(PostOrder { tenant: tenant.clone(), id, record }))
            });
            (tenant, id.to_string(), order)
        }
        "MEMBER" => {
            let (tenant, id) = distributor_of(pk)?;
            let member = decode_member(image);
            let member = member.map(|member| Changed::Member(tenant.clone(), Box::new(member)));
            (tenant, id.to_string(), member)
        }
        _ => return None,
    };
    Some(read.unwrap_or_else(|damaged| Changed::Damaged { tenant, id, damaged }))
}
