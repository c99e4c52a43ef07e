//! Identifiers and texts from outside: checked once, at the door, and of one type each.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits::{ID_BYTES_MAX, TEXT_BYTES_MAX};

/// Why a string is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It has no characters.
    #[error("an id cannot be empty")]
    Empty,
    /// It is longer than [`ID_BYTES_MAX`].
    #[error("an id has at most {ID_BYTES_MAX} bytes, this one has {0}")]
    TooLong(usize),
    /// It holds a character with which a key could be forged.
    #[error("an id is made of letters, digits and . _ : @ / + = - only, not {0:?}")]
    Character(char),
}

fn check_id(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdError::TooLong(text.len()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:@/+=-".contains(c);
    match text.chars().find(|&c| !allowed(c)) {
        Some(found) => Err(IdError::Character(found)),
        None => Ok(()),
    }
}

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        ///
        /// Opaque, 1 to 128 bytes of `[A-Za-z0-9._:@/+=-]`, compared byte for byte; cheap to copy.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                check_id(text).map(|()| Self(text.into()))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )+};
}

ids! {
    /// One shop or brand; every record belongs to exactly one.
    TenantId;
    /// One message of a shop. Not what makes a fact unique: the fact's own id does.
    EventId;
    /// One who earns commission (分销商, 推客).
    DistributorId;
    /// One who places orders.
    BuyerId;
    /// The code with which a distributor brings in others.
    InviteCode;
    /// One order of a shop.
    OrderId;
    /// One line of an order, unique in it.
    LineId;
    /// One refund of an order, unique in it.
    RefundId;
    /// One level of a plan.
    LevelId;
    /// One rate card of a plan.
    CardId;
    /// One rule of a plan.
    RuleId;
}

impl InviteCode {
    /// The first 8 bytes of a hash as letters and digits of Crockford's base32.
    pub(crate) fn from_hash(hash: &[u8]) -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let letter =
            |byte: &u8| ALPHABET.get(usize::from(byte & 31)).map_or('0', |&c| char::from(c));
        Self(hash.iter().take(8).map(letter).collect::<String>().into())
    }
}

impl BuyerId {
    /// The distributor who is the same person: ids are shared between the two.
    #[must_use]
    pub fn as_distributor(&self) -> DistributorId {
        DistributorId(Arc::clone(&self.0))
    }
}

impl DistributorId {
    /// The buyer who is the same person: ids are shared between the two.
    #[must_use]
    pub fn as_buyer(&self) -> BuyerId {
        BuyerId(Arc::clone(&self.0))
    }
}

/// Why a string is no id of another system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignIdError {
    /// It has no characters.
    #[error("leave it out, or write 1 to {ID_BYTES_MAX} characters")]
    Empty,
    /// It is longer than [`ID_BYTES_MAX`].
    #[error("an id of another system has at most {ID_BYTES_MAX} bytes, this one has {0}")]
    TooLong(usize),
    /// It holds something else than visible ASCII.
    #[error("an id of another system is made of visible ASCII characters only, not {0:?}")]
    Character(char),
}

/// An id that another system gave, by which it finds its own again: 1 to 128 visible characters of
/// ASCII. It is handed on as it came, and is never part of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForeignId(Arc<str>);

impl ForeignId {
    /// The id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ForeignId {
    type Err = ForeignIdError;

    fn from_str(text: &str) -> Result<Self, ForeignIdError> {
        if text.is_empty() {
            return Err(ForeignIdError::Empty);
        }
        if let Some(found) = text.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(ForeignIdError::Character(found));
        }
        if text.len() > ID_BYTES_MAX {
            return Err(ForeignIdError::TooLong(text.len()));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ForeignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What brought something about: an event, and the chain of events that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The event.
    pub event: EventId,
    /// What the shop calls the chain, where it calls it something.
    pub correlation: Option<ForeignId>,
}

/// Why a string is no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is longer than [`TEXT_BYTES_MAX`].
    #[error("a text has at most {TEXT_BYTES_MAX} bytes, this one has {0}")]
    TooLong(usize),
    /// It holds a control character.
    #[error("a text cannot hold the control character {0:?}")]
    Control(char),
}

/// A name, category, product number or region: at most 256 bytes without control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(TextError::TooLong(text.len()));
        }
        match text.chars().find(|c| c.is_control()) {
            Some(found) => Err(TextError::Control(found)),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better with values")]
    fn check(text: &str, want: Result<(), IdError>) {
        assert_eq!(text.parse::<OrderId>().map(|_| ()), want, "{text:?}");
    }

    #[test]
    fn id_table() {
        check("A-1", Ok(()));
        check("gid://shop/Order/9007199254740993", Ok(()));
        check(&"x".repeat(128), Ok(()));
        check("", Err(IdError::Empty));
        check(&"x".repeat(129), Err(IdError::TooLong(129)));
        check("a#b", Err(IdError::Character('#')));
        check("a b", Err(IdError::Character(' ')));
        check("订单", Err(IdError::Character('订')));
    }

    #[test]
    fn foreign_id_table() {
        let parse = |text: &str| text.parse::<ForeignId>().map(|id| id.to_string());
        let trace = "1-5759e988-bd862e3fe1be46a994272793;{\"a\":\"#1\"}";
        assert_eq!(parse(trace), Ok(trace.to_owned()));
        assert_eq!(parse(&"x".repeat(128)), Ok("x".repeat(128)));
        assert_eq!(parse(""), Err(ForeignIdError::Empty));
        assert_eq!(parse(&"x".repeat(129)), Err(ForeignIdError::TooLong(129)));
        assert_eq!(parse("a b"), Err(ForeignIdError::Character(' ')));
        assert_eq!(parse("a\n"), Err(ForeignIdError::Character('\n')));
        assert_eq!(parse("链"), Err(ForeignIdError::Character('链')));
    }

    #[test]
    fn text_table() {
        assert!("女装/连衣裙 #1".parse::<Text>().is_ok());
        assert!("".parse::<Text>().is_ok());
        assert_eq!("a\nb".parse::<Text>(), Err(TextError::Control('\n')));
        assert_eq!("é".repeat(129).parse::<Text>(), Err(TextError::TooLong(258)));
    }
}
