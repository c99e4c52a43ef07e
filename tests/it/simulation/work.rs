//! What is to be done: messages of queues, records of the stream, changes by hand.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use upline_testkit::faulty::Key;

use super::reconciling::Job;
use super::script::{Change, TENANTS};
use crate::worlds::dice::Dice;

/// The acts that are fed by a queue, by the events that each takes.
pub(crate) const QUEUES: [(&str, &[&str]); 4] = [
    ("bind-registration", &["DistributorRegistered", "BuyerBound"]),
    ("calculate-commission", &["OrderPaid"]),
    ("reverse-refund", &["OrderRefunded"]),
    ("complete-order", &["OrderCompleted"]),
];

/// What is sent, and how far it is.
#[derive(Clone, Debug)]
pub(crate) struct Message<T> {
    pub(crate) tenant: &'static str,
    pub(crate) what: T,
    pub(crate) receives: u32,
    pub(crate) visible_at: Timestamp,
}

/// A part of the stream: images in the order of their writes, and up to where they are posted.
#[derive(Default)]
pub(crate) struct Shard {
    pub(crate) images: Vec<Value>,
    pub(crate) posted: usize,
}

/// What a process has in hand.
pub(crate) enum Work {
    Messages(usize, Vec<Message<String>>),
    Images {
        shard: usize,
        from: usize,
        to: usize,
    },
    Change(Message<Change>),
    /// The number of a shard whose distributors are checked.
    Night(Message<u8>),
    /// A segment of the table that is counted again.
    Recount(Message<Segment>),
    Reconcile(Message<Job>),
}

/// A part of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// The tenant whose orders and distributors are meant; all of them without it.
    pub(crate) of: Option<&'static str>,
    pub(crate) number: u32,
}

/// Takes any of the messages that may be seen.
pub(crate) fn take<T>(
    queue: &mut Vec<Message<T>>,
    now: Timestamp,
    dice: &mut Dice,
) -> Option<Message<T>> {
    let seen = queue.iter().enumerate().filter(|(_, one)| one.visible_at <= now);
    let seen: Vec<usize> = seen.map(|(place, _)| place).collect();
    (!seen.is_empty()).then(|| queue.swap_remove(*dice.pick(&seen)))
}

/// Takes a job that may be seen; of a hundred that were not begun yet, `repeats` come again.
pub(crate) fn take_job<T: Clone>(
    queue: &mut Vec<Message<T>>,
    now: Timestamp,
    dice: &mut Dice,
    repeats: u32,
) -> Message<T> {
    let message = take(queue, now, dice).unwrap();
    if message.receives == 0 && dice.chance(repeats) {
        queue.push(message.clone().again(now, 0));
    }
    message
}

impl<T> Message<T> {
    /// The same, to come again after a while.
    pub(crate) fn again(self, now: Timestamp, delay_s: u32) -> Self {
        let visible_at = now + SignedDuration::from_secs(delay_s.into());
        Self { receives: self.receives + 1, visible_at, ..self }
    }
}

impl Work {
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Messages(_, batch) => {
                let texts = batch.iter().map(|message| message.what.clone());
                texts.collect::<Vec<_>>().join(" and ")
            }
            Self::Images { shard, from, to } => format!("{from} to {to} of shard {shard}"),
            Self::Change(message) => format!("{:?} for {}", message.what, message.tenant),
            Self::Night(message) => {
                format!("a night of shard {} of {}", message.what, message.tenant)
            }
            Self::Recount(message) => format!("a recount of {:?}", message.what),
            Self::Reconcile(message) => {
                format!("a reconciliation for {}: {:?}", message.tenant, message.what)
            }
        }
    }

    /// On whose behalf it is.
    pub(crate) fn tenants<'a>(&'a self, shards: &'a [Shard]) -> BTreeSet<&'a str> {
        match self {
            Self::Messages(_, batch) => batch.iter().map(|message| message.tenant).collect(),
            Self::Change(message) => BTreeSet::from([message.tenant]),
            Self::Night(message) => BTreeSet::from([message.tenant]),
            Self::Reconcile(message) => BTreeSet::from([message.tenant]),
            Self::Recount(message) => {
                message.what.of.map_or(BTreeSet::from(TENANTS), |tenant| BTreeSet::from([tenant]))
            }
            Self::Images { shard, from, to } => {
                let images = shards[*shard].images[*from..*to].iter();
                let keys = images.filter_map(|image| image["pk"]["S"].as_str());
                keys.filter_map(|pk| pk.split('#').next()).collect()
            }
        }
    }
}

/// The stream of the table.
pub(crate) trait Stream {
    /// Takes note of an item that was written, where it is one that the stream passes on.
    fn record(&mut self, key: Key, image: Option<Value>);
}

impl Stream for Vec<Shard> {
    fn record(&mut self, (pk, sk): Key, image: Option<Value>) {
        let Some(image) = image.filter(|_| ["ORDER", "MEMBER"].contains(&sk.as_str())) else {
            return;
        };
        let hash = pk.bytes().fold(0_usize, |hash, byte| hash * 31 % 1_009 + usize::from(byte));
        let shard = hash % self.len();
        self[shard].images.push(image);
    }
}
