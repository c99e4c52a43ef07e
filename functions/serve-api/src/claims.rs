//! What a verified token has to say of who asks: checked here, on one machine and on AWS alike.

use upline_domain::ids::{DistributorId, IdError};

use crate::caller::{Caller, Role};

/// One claim of a verified token: its name there, and its text where it has one.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// As the token has it.
    pub name: &'a str,
    /// None where the token has no such claim, or one that is no text.
    pub text: Option<&'a str>,
}

/// The claims that say who asks. Whoever makes one has verified the token.
#[derive(Clone, Copy, Debug)]
pub struct Claims<'a> {
    /// Whose data the token opens.
    pub tenant: Claim<'a>,
    /// What the holder may do there.
    pub role: Claim<'a>,
    /// Who the holder is; a distributor's has to be there.
    pub subject: Claim<'a>,
}

/// What a token does not say as it has to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It is not there, or no text.
    #[error("the token's claim {0} is missing, or no text")]
    Missing(String),
    /// It is no id.
    #[error("the token's claim {0}: {1}")]
    Id(String, IdError),
    /// It is no role.
    #[error("the token's claim {0}: write admin, ops, shop or distributor")]
    Role(String),
}

impl Claim<'_> {
    fn needed(&self) -> Result<&str, ClaimError> {
        self.text.ok_or_else(|| ClaimError::Missing(self.name.to_owned()))
    }

    fn id<T: std::str::FromStr<Err = IdError>>(&self, text: &str) -> Result<T, ClaimError> {
        text.parse().map_err(|wrong| ClaimError::Id(self.name.to_owned(), wrong))
    }
}

impl Caller {
    /// Who asks, by the claims of a token that was verified.
    ///
    /// # Errors
    ///
    /// * [`ClaimError`], which names the claim that is missing or ill-formed.
    pub fn from_claims(claims: &Claims<'_>) -> Result<Self, ClaimError> {
        let Claims { tenant, role, subject } = claims;
        let tenant = tenant.id(tenant.needed()?)?;
        let named = Role::from_name(role.needed()?);
        let role = named.ok_or_else(|| ClaimError::Role(role.name.to_owned()))?;
        let subject: Option<DistributorId> = match (role, subject.text) {
            (Role::Distributor, None) => return Err(ClaimError::Missing(subject.name.to_owned())),
            (_, text) => text.map(|text| subject.id(text)).transpose()?,
        };
        Ok(Self { tenant, role, subject })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(
        tenant: Option<&str>,
        role: Option<&str>,
        sub: Option<&str>,
    ) -> Result<Caller, ClaimError> {
        Caller::from_claims(&Claims {
            tenant: Claim { name: "custom:tenant", text: tenant },
            role: Claim { name: "custom:role", text: role },
            subject: Claim { name: "sub", text: sub },
        })
    }

    #[test]
    fn what_is_missing_or_ill_formed_is_named() {
        let check = |claims: [Option<&str>; 3], want: &str| {
            let [tenant, role, subject] = claims;
            let wrong = read(tenant, role, subject).unwrap_err().to_string();
            assert!(wrong.contains(want), "{want}: {wrong}");
        };
        check([None, Some("admin"), None], "claim custom:tenant is missing");
        check([Some(""), Some("admin"), None], "custom:tenant: an id cannot be empty");
        check([Some("a#b"), Some("admin"), None], "custom:tenant: an id is made of");
        check([Some("demo"), None, None], "claim custom:role is missing");
        check([Some("demo"), Some("Admin"), None], "custom:role: write admin, ops");
        check([Some("demo"), Some("[admin]"), None], "custom:role: write admin, ops");
        check([Some("demo"), Some("distributor"), None], "claim sub is missing");
        check([Some("demo"), Some("distributor"), Some("a#b")], "sub: an id is made of");
        check([Some("demo"), Some("shop"), Some("auth0|1")], "sub: an id is made of");
    }

    #[test]
    fn only_a_distributor_has_to_say_who_they_are() {
        for (name, role) in [("admin", Role::Admin), ("ops", Role::Ops), ("shop", Role::Shop)] {
            let caller = read(Some("demo"), Some(name), None).unwrap();
            assert_eq!((caller.role, caller.subject), (role, None));
        }
        let caller = read(Some("demo"), Some("distributor"), Some("ann")).unwrap();
        assert_eq!(caller.subject, Some("ann".parse().unwrap()));
    }

    proptest! {
        /// Whatever a token says, its caller has the tenant that it names, letter by letter, and no
        /// role that it does not name.
        #[test]
        fn a_caller_is_what_the_claims_say(
            tenant in "\\PC{0,12}|[a-z]{1,3}",
            role in "\\PC{0,12}|admin|ops|shop|distributor",
            subject in proptest::option::of("\\PC{0,12}|[a-z]{1,3}"),
        ) {
            if let Ok(caller) = read(Some(&tenant), Some(&role), subject.as_deref()) {
                prop_assert_eq!(caller.tenant.as_str(), &tenant);
                prop_assert_eq!(caller.role.as_str(), &role);
                prop_assert_eq!(caller.subject.map(|id| id.to_string()), subject);
            }
        }
    }
}
