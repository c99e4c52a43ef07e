//! What came of a paid order.

use upline_domain::calculate::CalculateError;

/// What recording or attributing a paid order came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is calculated now.
    Attributed,
    /// It was before; that stands.
    Exists,
    /// It is recorded, and it is not known yet through whom it came.
    Waiting,
    /// Another payment is recorded under its id.
    Conflict,
    /// It cannot be calculated as it and the plan are.
    Cannot(Cannot),
}

/// Why an order cannot be calculated, with what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cannot {
    /// No plan was active when it was paid.
    #[error("no plan was active at paid_at; activate one that was, and retry")]
    NoPlan,
    /// The calculation refuses it.
    #[error(transparent)]
    Calculate(#[from] CalculateError),
    /// Its item would grow too large.
    #[error("the order with its calculation is larger than the table can hold")]
    TooLarge,
}

impl Cannot {
    /// The code under which it is parked.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPlan => "no_plan",
            Self::Calculate(wrong) => wrong.code(),
            Self::TooLarge => "too_large",
        }
    }
}
