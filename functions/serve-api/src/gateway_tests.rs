//! What the gateway hands over, as its documentation has it, and what is made of it.

use lambda_http::request::from_str;
use proptest::prelude::*;

use super::*;

fn request(authorizer: &str) -> Request {
    let event = format!(
        r#"{{ "version": "2.0", "routeKey": "$default", "rawPath": "/v1/orders/A1",
            "rawQueryString": "", "headers": {{}}, "isBase64Encoded": false,
            "requestContext": {{ "stage": "$default", "authorizer": {authorizer},
                "http": {{ "method": "GET", "path": "/v1/orders/A1" }} }} }}"#
    );
    let request = from_str(&event).unwrap();
    request.map(|_| axum::body::Body::empty())
}

fn cognito() -> ClaimNames {
    ClaimNames::read(|name| {
        let set = [("CLAIM_TENANT", "custom:tenant"), ("CLAIM_ROLE", "custom:role")];
        let found = set.iter().find(|(known, _)| *known == name);
        Some(found.map_or_else(String::new, |(_, value)| (*value).to_owned()))
    })
}

#[test]
fn the_caller_is_who_the_authorizer_says() {
    let jwt = r#"{ "jwt": { "claims": { "custom:tenant": "demo", "custom:role": "distributor",
        "sub": "ann", "exp": "1", "tenant": "other", "role": "admin" }, "scopes": null } }"#;
    let found = caller(&cognito(), &request(jwt)).unwrap();
    assert_eq!((found.tenant.as_str(), found.role), ("demo", crate::Role::Distributor));
    assert_eq!(found.subject, Some("ann".parse().unwrap()));
    let usual = caller(&ClaimNames::read(|_| None), &request(jwt)).unwrap();
    assert_eq!((usual.tenant.as_str(), usual.role), ("other", crate::Role::Admin));
}

#[test]
fn without_what_the_authorizer_verified_there_is_no_caller() {
    let check = |authorizer: &str, want: &str| {
        let problem = caller(&cognito(), &request(authorizer)).unwrap_err();
        let told = format!("{problem:?}");
        assert!(told.contains("401") && told.contains(want), "{want}: {told}");
    };
    check("null", "no authorizer has verified");
    check(r#"{ "lambda": { "tenant": "demo", "role": "admin" } }"#, "no authorizer has verified");
    check(r#"{ "jwt": { "claims": null } }"#, "claim custom:tenant is missing");
    check(
        r#"{ "jwt": { "claims": { "custom:tenant": "demo", "role": "admin" } } }"#,
        "claim custom:role is missing",
    );
    let bare = Request::new(axum::body::Body::empty());
    assert!(caller(&cognito(), &bare).is_err());
}

#[test]
fn an_id_is_one_segment_again() {
    let check = |path: &str, want: &str| assert_eq!(escaped(path), want, "{path}");
    check("/v1/orders/A1", "/v1/orders/A1");
    check("/v1/orders/gid://shop/Order/1", "/v1/orders/gid:%2F%2Fshop%2FOrder%2F1");
    check("/v1/distributors/a/b/balance", "/v1/distributors/a%2Fb/balance");
    check("/v1/distributors/a/b", "/v1/distributors/a%2Fb");
    check("/v1/distributors/balance", "/v1/distributors/balance");
    check("/v1/distributors/a b#é", "/v1/distributors/a%20b%23%C3%A9");
    check("/v1/orders/a%252Fb", "/v1/orders/a%252Fb");
    check("/v1/orders", "/v1/orders");
    check("/v1/parked/-.ab.61/retry", "/v1/parked/-.ab.61/retry");
    check("/v1/no such", "/v1/no%20such");
}

/// Else an id with a slash could not be asked for by that route.
#[test]
fn what_may_follow_an_id_is_what_the_routes_have() {
    for (start, after) in IDS {
        let route = format!(".route(\"{start}{{id}}");
        let routes =
            include_str!("lib.rs").lines().filter_map(|line| line.trim().strip_prefix(&*route));
        let mut ends: Vec<&str> = routes.filter_map(|rest| rest.split('"').next()).collect();
        ends.sort_unstable();
        assert_eq!(ends, [&[""], after].concat(), "{start}");
    }
}

proptest! {
    /// Whatever id is asked for, the routes are asked for that id and no other.
    #[test]
    fn an_id_comes_through(
        id in "[A-Za-z0-9._:@/+=-]{1,20}",
        place in 0..IDS.len(),
    ) {
        let (start, after) = IDS[place];
        prop_assume!(after.iter().all(|end| !id.ends_with(end)));
        for end in after.iter().copied().chain([""]) {
            let path = format!("{start}{id}{end}");
            let escaped = escaped(&path).into_owned();
            let uri: Uri = escaped.parse().unwrap();
            let middle = uri.path().strip_prefix(start).unwrap().strip_suffix(end).unwrap();
            prop_assert!(!middle.contains('/'));
            prop_assert_eq!(middle.replace("%2F", "/"), id.clone());
        }
    }
}
