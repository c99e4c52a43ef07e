//! Who asks, and what they may see.

use jiff::Timestamp;
use upline_domain::ids::{DistributorId, TenantId, Text};
use upline_store::Signed;

use crate::problem::Problem;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// All of it: what ops and shop may, and plans.
    Admin,
    /// Look at everybody, and at what is parked.
    Ops,
    /// Send events and look at orders.
    Shop,
    /// See themself and their team.
    Distributor,
}

impl Role {
    /// The role of a name, as a token has it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Admin, Self::Ops, Self::Shop, Self::Distributor]
            .into_iter()
            .find(|role| role.as_str() == name)
    }

    /// Its name, as a token has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Ops => "ops",
            Self::Shop => "shop",
            Self::Distributor => "distributor",
        }
    }
}

/// Who asks, from a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose data they may see.
    pub tenant: TenantId,
    /// What they may do.
    pub role: Role,
    /// Who they are; a distributor sees themself.
    pub subject: Option<DistributorId>,
}

impl Caller {
    /// Checks that the caller has one of these roles; an admin has ops and shop.
    ///
    /// # Errors
    ///
    /// * [`Problem`] 403, which names the roles that may.
    pub fn may(&self, roles: &[Role]) -> Result<(), Problem> {
        let allowed = self.role == Role::Admin || roles.contains(&self.role);
        let detail = || format!("this needs a token of the role {}", names(roles));
        if allowed { Ok(()) } else { Err(Problem::forbidden(detail())) }
    }

    /// Who it is, for the record: the subject of the token, or its role where it names none.
    #[must_use]
    pub fn name(&self) -> String {
        let role = || self.role.as_str().to_owned();
        self.subject.as_ref().map_or_else(role, ToString::to_string)
    }

    /// The caller as the one who makes a change by hand.
    #[must_use]
    pub fn sign(&self, at: Timestamp, reason: Option<Text>) -> Signed {
        Signed { at, by: self.name(), role: self.role.as_str().to_owned(), reason }
    }

    /// Checks that the caller may see a distributor's data: ops may, and the distributor.
    ///
    /// # Errors
    ///
    /// * [`Problem`] 403 for anybody else.
    pub fn may_see(&self, id: &DistributorId) -> Result<(), Problem> {
        let own = self.role == Role::Distributor && self.subject.as_ref() == Some(id);
        if own {
            return Ok(());
        }
        let detail = "this needs a token of the role ops or admin, or of the distributor themself";
        self.may(&[Role::Ops]).map_err(|_| Problem::forbidden(detail))
    }
}

fn names(roles: &[Role]) -> &'static str {
    match roles {
        [] => "admin",
        [Role::Shop] => "shop or admin",
        [Role::Ops, Role::Shop] => "ops, shop or admin",
        _ => "ops or admin",
    }
}
