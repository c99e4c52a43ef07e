//! What the nightly reconciliation finds: a shop's own list of orders held against the books, and
//! the books against themselves. Here is what a difference is; below, how each is found.

mod drift;
mod facts;
mod record;
mod values;

pub use drift::{Books, Counted, line};
pub use facts::{FactName, Listed, listed, unlisted};
pub use record::record;

use crate::ids::{DistributorId, OrderId};
use crate::money::Currency;

/// The three questions of a reconciliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Is everything of the shop's list here with the same amounts, and nothing here that is not
    /// there?
    Complete,
    /// Do the frozen inputs give the stored allocations, and is nothing wrong with an order?
    Right,
    /// Are lines, balances and daily figures the sum of the contributions?
    Clear,
}

/// What kind a difference is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The shop has an order that the books do not have.
    MissingHere,
    /// The books have an order of the day that the shop's list does not name.
    MissingThere,
    /// Shop and books have the order with other contents.
    AmountsDiffer,
    /// The shop has a refund that the books do not have.
    RefundMissing,
    /// The books have a refund of the day that the shop's list does not name.
    RefundMissingThere,
    /// Shop and books have the refund with other contents.
    RefundDiffers,
    /// The shop has a completion that the books do not have.
    CompletionMissing,
    /// The books have a completion of the day that the shop's list does not name.
    CompletionMissingThere,
    /// Shop and books have the completion at other times.
    CompletionDiffers,
    /// A row of the shop's list cannot be read.
    UnreadableRow,
    /// The books have a refund whose order was never paid.
    OrphanRefund,
    /// The books have a completion of an order that was never paid.
    OrphanCompletion,
    /// The frozen inputs give other allocations than those that are stored.
    WrongAllocation,
    /// Something is wrong with an order's refunds.
    ProblemFlag,
    /// An event of the day is kept aside and was not taken up again.
    Parked,
    /// An item of the table cannot be read.
    UnreadableItem,
    /// What is counted of an order for a distributor is not what it contributes.
    LineDrift,
    /// A balance is not the sum of the lines.
    BalanceDrift,
    /// The figures of a day are not the sum of its lines.
    DailyFigureDrift,
}

/// What is to be done about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// The missing event is sent through the door that it should have come by.
    Feed,
    /// The order is posted again.
    Post,
    /// The projection is corrected by the difference.
    Correct,
    /// A person has to judge.
    Look,
}

/// What became of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was found; nothing was tried yet, or, in a dry run, will be.
    Found,
    /// Its event is on its way, and not known to have arrived.
    Sent,
    /// It is no more.
    Repaired,
    /// It is for a person.
    Left,
}

/// Why a difference is left, where that is more than its kind says. Its word is the sentence that
/// people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyLeft {
    /// The order has other differences, which a person has to judge first.
    InQuestion,
    /// A line counts an order that is not here.
    NoOrder,
    /// A part of the balance is on a statement.
    Moved,
    /// The balance counts lines that are in question.
    Open,
    /// The list has a row of the order that cannot be read.
    Spoiled,
    /// The list has a row that cannot be read and names no order.
    Unnamed,
}

/// One value of two that should be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// What it is of, such as `lines[1].unit_price`, `pending` or `team_sales`.
    pub name: String,
    /// What the shop has, or what the facts give; none where that has none.
    pub expected: Option<String>,
    /// What the books have; none where they have none.
    pub found: Option<String>,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What kind of.
    pub kind: Kind,
    /// The order, where it is of one.
    pub order: Option<OrderId>,
    /// The distributor, where it is of the books of one.
    pub distributor: Option<DistributorId>,
    /// What of them: a refund, a date, a parked event, a row of the list; empty where there is only
    /// one. Kind, order, distributor and this tell one difference from every other.
    pub about: String,
    /// Of amounts among the values.
    pub currency: Option<Currency>,
    /// Both values of each thing that differs.
    pub values: Vec<Compared>,
    /// What is to be done.
    pub act: Act,
}

impl Compared {
    /// A value that both have, and that is not the same.
    #[must_use]
    pub fn both(name: impl Into<String>, expected: String, found: String) -> Self {
        Self { name: name.into(), expected: Some(expected), found: Some(found) }
    }

    /// A value that the books do not have.
    #[must_use]
    pub fn expected(name: impl Into<String>, expected: String) -> Self {
        Self { name: name.into(), expected: Some(expected), found: None }
    }

    /// A value that the books alone have.
    #[must_use]
    pub fn found(name: impl Into<String>, found: String) -> Self {
        Self { name: name.into(), expected: None, found: Some(found) }
    }
}

impl Difference {
    /// A difference of nobody and nothing yet.
    #[must_use]
    pub fn new(kind: Kind, values: Vec<Compared>, act: Act) -> Self {
        let (order, distributor, about, currency) = (None, None, String::new(), None);
        Self { kind, order, distributor, about, currency, values, act }
    }
}

/// Words of an enumeration as they are on the wire and in the table.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The one of a word; none where there is no such.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

words! { Question { Complete => "complete", Right => "right", Clear => "clear" } }

words! { Kind {
    MissingHere => "missing_here",
    MissingThere => "missing_there",
    AmountsDiffer => "amounts_differ",
    RefundMissing => "refund_missing",
    RefundMissingThere => "refund_missing_there",
    RefundDiffers => "refund_differs",
    CompletionMissing => "completion_missing",
    CompletionMissingThere => "completion_missing_there",
    CompletionDiffers => "completion_differs",
    UnreadableRow => "unreadable_row",
    OrphanRefund => "orphan_refund",
    OrphanCompletion => "orphan_completion",
    WrongAllocation => "wrong_allocation",
    ProblemFlag => "problem_flag",
    Parked => "parked",
    UnreadableItem => "unreadable_item",
    LineDrift => "line_drift",
    BalanceDrift => "balance_drift",
    DailyFigureDrift => "daily_figure_drift",
} }

words! { Act { Feed => "feed", Post => "post", Correct => "correct", Look => "look" } }

words! { Outcome {
    Found => "found", Sent => "sent", Repaired => "repaired", Left => "left",
} }

words! { WhyLeft {
    InQuestion => "the order itself is in question: see its other differences",
    NoOrder => "the order is not here: send its events again, or find out who took it out",
    Moved => "a statement moved part of it: correct it by an adjustment",
    Open => "lines of it are in question: see what else is told of this distributor, and \
             reconcile the days whose figures differ",
    Spoiled => "another row of it in the list cannot be read: mend the list, and run again",
    Unnamed => "the list has a row that cannot be read, of which nobody knows its order: \
                mend the list, and run again",
} }

impl Kind {
    /// The question that it is an answer to.
    #[must_use]
    pub fn question(self) -> Question {
        match self {
            Self::MissingHere
            | Self::MissingThere
            | Self::AmountsDiffer
            | Self::RefundMissing
            | Self::RefundMissingThere
            | Self::RefundDiffers
            | Self::CompletionMissing
            | Self::CompletionMissingThere
            | Self::CompletionDiffers
            | Self::UnreadableRow => Question::Complete,
            Self::OrphanRefund
            | Self::OrphanCompletion
            | Self::WrongAllocation
            | Self::ProblemFlag
            | Self::Parked
            | Self::UnreadableItem => Question::Right,
            Self::LineDrift | Self::BalanceDrift | Self::DailyFigureDrift => Question::Clear,
        }
    }
}
