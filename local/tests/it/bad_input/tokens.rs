//! The token.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::bad_input::page::Page;
use crate::bad_input::shop::Shop;
use crate::harness::{Server, ask};

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "The token",
        "The header `Authorization: Bearer TOKEN` of any request but `/v1/health`.",
    );
    let order = shop.url("/v1/orders/A1");
    let get = |token: &str| ask("GET", &order, token, None).unwrap();
    let agent = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build();
    let answer = agent.new_agent().get(&order).call().unwrap();
    let status = answer.status().as_u16();
    let answer: Value =
        serde_json::from_str(&answer.into_body().read_to_string().unwrap()).unwrap();
    let none = "Authorization: Bearer TOKEN";
    Shop::problem(page, "no token", (status, answer), (401, none), "");

    let valid = &shop.server.token;
    let parts: Vec<&str> = valid.split('.').collect();
    let made = (401, "this token was not made for these data");
    let mut refused = |sent: &str, token: &str, want: (u16, &str)| {
        Shop::problem(page, sent, get(token), want, "");
    };
    refused("a word that is no token", "secret", made);
    refused("a token cut in the middle", valid.get(..valid.len() / 2).unwrap(), made);
    let reversed: String = parts[2].chars().rev().collect();
    refused("another signature", &format!("{}.{}.{reversed}", parts[0], parts[1]), made);
    let header = |text: &str| BASE64.encode(text);
    let unsigned = format!("{}.{}.", header(r#"{"alg":"none","typ":"JWT"}"#), parts[1]);
    refused("an unsigned token, `\"alg\": \"none\"`", &unsigned, made);
    let switched = header(r#"{"alg":"RS256","typ":"JWT"}"#);
    let switched = format!("{switched}.{}.{}", parts[1], parts[2]);
    refused("the algorithm switched to RS256", &switched, made);

    let key = std::fs::read(shop.path().join("upline.db.key")).unwrap();
    let sign = |algorithm, key: &[u8], claims: &Value| {
        let key = EncodingKey::from_secret(key);
        jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
    };
    let claims = |exp: i64| json!({ "tenant": "demo", "role": "admin", "iat": 0, "exp": exp });
    let longer = sign(Algorithm::HS512, &key, &claims(i64::from(u32::MAX)));
    refused("the server's own key with HS512", &longer, made);
    let wrong = sign(Algorithm::HS256, b"another key", &claims(i64::from(u32::MAX)));
    refused("a token that another key signed", &wrong, made);
    let folder = tempfile::tempdir().unwrap();
    let other = Server::start(folder.path()).token.clone();
    refused("a token of another server", &other, made);
    let expired = sign(Algorithm::HS256, &key, &claims(1));
    refused("an expired token", &expired, (401, "has expired"));
    let nobody = json!({ "tenant": "demo", "role": "distributor", "iat": 0, "exp": u32::MAX });
    let nobody = sign(Algorithm::HS256, &key, &nobody);
    refused("a distributor's token without `sub`", &nobody, (401, "claim sub"));
    let owner = json!({ "tenant": "demo", "role": "owner", "iat": 0, "exp": u32::MAX });
    let owner = sign(Algorithm::HS256, &key, &owner);
    refused("a role that there is not", &owner, (401, "claim role: write admin"));

    roles(shop, page);
}

/// A token that is valid, and does not allow what is asked.
fn roles(shop: &Shop, page: &mut Page) {
    let ann = shop.token(&["--role", "distributor", "--sub", "ann"]);
    let shops = shop.token(&["--role", "shop"]);
    let ops = shop.token(&["--role", "ops"]);
    let mut forbidden = |sent: &str, method: &str, path: &str, token: &str, part: &str| {
        let got = ask(method, &shop.url(path), token, None).unwrap();
        Shop::problem(page, sent, got, (403, part), "");
    };
    let bob = "/v1/distributors/bob/balance";
    forbidden("a distributor asks for another", "GET", bob, &ann, "of the distributor themself");
    forbidden("a shop asks for a distributor", "GET", bob, &shops, "ops or admin");
    forbidden(
        "a distributor asks for an order",
        "GET",
        "/v1/orders/A1",
        &ann,
        "ops, shop or admin",
    );
    forbidden("a shop asks for what is parked", "GET", "/v1/parked", &shops, "ops or admin");
    let list = "/v1/lists/2026-11-01";
    forbidden("a distributor puts a list", "PUT", list, &ann, "ops, shop or admin");
    let report = "/v1/reports/2026-11-01";
    forbidden("a shop asks for a report", "GET", report, &shops, "ops or admin");
    let reconcile = "/v1/jobs/reconcile/run";
    forbidden("a shop has a day reconciled", "POST", reconcile, &shops, "ops or admin");
    forbidden("ops send events", "POST", "/v1/events", &ops, "shop or admin");
    let dismiss = "/v1/parked/-.x.61/dismiss";
    forbidden("a shop puts a parked event away", "POST", dismiss, &shops, "ops or admin");
}
