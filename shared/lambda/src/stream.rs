//! Changes of the table, from its stream.

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use upline_contract::level_view::reading_view;
use upline_contract::published::{
    LevelChanged, LevelChangedHow, Outgoing, ParkedRow, Told, of_level, of_order, of_parked,
};
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::language::Language;
use upline_domain::member::Member;
use upline_domain::time;
use upline_store::{
    Damaged, Item, LevelFact, ParkedEvent, PostOrder, cause_of, decode_level, decode_listed,
    decode_member, decode_order, keys,
};

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

/// An item as it was after a change.
#[derive(Clone, Debug)]
pub struct Image {
    item: Item,
    changed_at: Option<Timestamp>,
}

impl Image {
    /// When the table changed, to the second.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.changed_at
    }
}

/// The items of a batch of the stream, as they are after their changes.
#[must_use]
pub fn read_images(batch: StreamEvent) -> Vec<Image> {
    let images = batch.records.into_iter().map(|record| {
        let at = record.change.approximate_creation_date_time.timestamp_millis();
        let changed_at = Timestamp::from_millisecond(at).ok();
        Image { item: Item::from(record.change.new_image), changed_at }
    });
    images.collect()
}

/// The orders and distributors among them. Other items are passed over.
#[must_use]
pub fn each_change(images: &[Image]) -> Vec<Changed> {
    images.iter().filter_map(|image| changed(&image.item)).collect()
}

/// The orders and distributors among items as they were read, all of them: a stream tells of each
/// change, and these tell of none. Other items are passed over.
#[must_use]
pub fn each_item(items: &[Item]) -> Vec<Changed> {
    items.iter().filter_map(read).collect()
}

/// What they have to tell others, also where nothing of it is new. What cannot be read, or counted,
/// tells nothing: it is parked, and that is told.
#[must_use]
pub fn each_outgoing(images: &[Image]) -> Vec<Outgoing<Told>> {
    images.iter().flat_map(|image| outgoing(&image.item)).collect()
}

fn outgoing(item: &Item) -> Vec<Outgoing<Told>> {
    if let Ok(Some((tenant, parked))) = decode_listed(item) {
        let ParkedEvent { id, code, reason, at, event } = &parked;
        let row = ParkedRow {
            tenant: &tenant,
            event: &id.event,
            hash: &id.hash,
            code,
            reason,
            at: *at,
            text: event,
        };
        return vec![of_parked(row)];
    }
    if let Ok(Some((tenant, id, fact))) = decode_level(item) {
        return vec![of_level(&tenant, level_changed(&id, &fact))];
    }
    let Some(Changed::Order(order)) = changed(item) else { return Vec::new() };
    let PostOrder { tenant, id, record } = &*order;
    let cause = cause_of(item).ok().flatten();
    of_order(tenant, id, record, cause.as_ref()).unwrap_or_default()
}

fn level_changed(id: &DistributorId, fact: &LevelFact) -> LevelChanged {
    let LevelFact { write, was, level, from, made, checked } = fact;
    let readings = checked.iter().flat_map(|checked| &checked.readings);
    LevelChanged {
        distributor_id: id.to_string(),
        was: was.as_ref().map(ToString::to_string),
        level: level.to_string(),
        from: time::text(*from),
        made_at: time::text(made.at),
        how: checked.as_ref().map_or(LevelChangedHow::Hand, |_| LevelChangedHow::Check),
        plan_version: checked.as_ref().map(|checked| checked.plan_version),
        measures: readings.map(|one| reading_view(one, Language::English)).collect(),
        version: *write,
    }
}

/// The text of an attribute.
fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).map(String::as_str)
}

fn changed(image: &Item) -> Option<Changed> {
    // A change of level, status or risk counts it; who stands above was posted before it.
    let is_counted = text(image, "sk") == Some(keys::MEMBER) && image.contains_key("n");
    if is_counted { None } else { read(image) }
}

fn read(item: &Item) -> Option<Changed> {
    let (pk, sk) = (text(item, "pk")?, text(item, "sk")?);
    let (tenant, id, read) = match sk {
        keys::ORDER => {
            let (tenant, id) = keys::order_of(pk)?;
            let order = decode_order(item).map(|(id, record)| {
                Changed::Order(Box::new(PostOrder { tenant: tenant.clone(), id, record }))
            });
            (tenant, id.to_string(), order)
        }
        keys::MEMBER => {
            let (tenant, id) = keys::distributor_of(pk)?;
            let member = decode_member(item);
            let member = member.map(|member| Changed::Member(tenant.clone(), Box::new(member)));
            (tenant, id.to_string(), member)
        }
        _ => return None,
    };
    Some(read.unwrap_or_else(|damaged| Changed::Damaged { tenant, id, damaged }))
}
