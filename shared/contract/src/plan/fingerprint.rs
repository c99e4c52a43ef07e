//! What makes two plans the same.

use upline_domain::fingerprint::{Fields, Fingerprint};

use super::policy::Policy;
use crate::strict;

/// What a plan is told from others by: a hash of what it says, and of the policy it was held
/// against. White space, the order of keys and how a string is escaped make no difference.
///
/// # Errors
///
/// * Why one of the two is not what it should be, in words. A plan that compiles has a fingerprint.
pub fn fingerprint(document: &str, policy: &str) -> Result<Fingerprint, String> {
    let mut document = strict::parse(document, &mut |_, _| {})?;
    document.sort_all_objects();
    let policy = Policy::parse(policy).map_err(|wrong| wrong.to_string())?.to_text();
    Ok(Fields::of("plan").text(&document.to_string()).text(&policy).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{ "name": "own", "effective_from": "2026-11-01", "max_depth": 3,
        "max_total_rate": "0.30", "self_purchase_allowed": true }"#;

    #[test]
    fn what_a_plan_says_makes_it_the_same() {
        let plan =
            r#"{"currencies": {"CNY": {"depth": 2, "rules": ["a", "b"]}}, "timezone": "UTC"}"#;
        let of = |document: &str, policy: &str| fingerprint(document, policy).unwrap().to_string();
        let same = of(plan, POLICY);
        // A tenant's versions are told apart by it for good.
        assert_eq!(same, "e1f69dc024bdf5d974228f3a40c284b7");
        let turned =
            r#"{ "timezone":"\u0055TC","currencies":{"CNY":{"rules":["a","b"],"depth":2}} }"#;
        assert_eq!(of(turned, POLICY), same);
        assert_eq!(of(plan, &POLICY.replace("0.30", "0.3")), same);
        assert_ne!(of(&plan.replace('2', "3"), POLICY), same);
        assert_ne!(
            of(&plan.replace(r#""a", "b""#, r#""b", "a""#), POLICY),
            same,
            "rules have an order"
        );
        assert_ne!(of(plan, &POLICY.replace("0.30", "0.31")), same, "another policy");
        assert!(fingerprint("{", POLICY).unwrap_err().contains("not JSON"));
        assert!(fingerprint(plan, "{}").unwrap_err().contains("the field is missing"));
    }
}
