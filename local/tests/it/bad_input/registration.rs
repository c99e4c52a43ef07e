//! Registrations and bindings.

use serde_json::{Value, json};
use upline_testkit::events::{bound, registered, registered_under, with};

use crate::bad_input::page::Page;
use crate::bad_input::shop::{
    Conflict, Created, Exists, Parked, Shop, Superseded, Waiting, without,
};

const SINCE: &str = "2026-10-10T00:00:00Z";

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door("Registration and binding", "`DistributorRegistered` and `BuyerBound`.");
    let nobody = registered_under("eve", "finn", SINCE);
    let waits = Waiting("detail.data.invite_code: the invite code FINN is not known yet");
    shop.event(page, "an invite code that nobody has yet", &nobody, waits, "nothing");
    assert_eq!(shop.ask("GET", "/v1/distributors/eve", None).0, 404);
    shop.event(
        page,
        "… and then the code appears",
        &registered("finn", SINCE),
        Created,
        "nothing; the first is taken up",
    );
    assert_eq!(shop.ask("GET", "/v1/distributors/eve", None).1["sponsor"], "finn", "it was kept");
    let under = |id: &str, sponsor: &str| {
        with(registered(id, SINCE), |data| data["sponsor_id"] = json!(sponsor))
    };
    let waits = Waiting("detail.data.sponsor_id: distributor ghost is not known yet");
    shop.event(page, "a sponsor who is not known yet", &under("gil", "ghost"), waits, "nothing");

    let sponsor = "detail.data.sponsor_id";
    shop.event(
        page,
        "oneself as sponsor",
        &under("hal", "hal"),
        Parked("self_sponsor", sponsor),
        "",
    );
    let own = registered_under("hal", "hal", SINCE);
    let code = "detail.data.invite_code";
    shop.event(page, "one's own code as the sponsor's", &own, Parked("self_sponsor", code), "");
    let both = with(under("hal", "ann"), |data| data["invite_code"] = json!("ANN"));
    shop.event(page, "`invite_code` and `sponsor_id`", &both, Parked("malformed", sponsor), "");
    let taken = with(registered("hal", SINCE), |data| data["own_code"] = json!("ANN"));
    shop.event(
        page,
        "an `own_code` that another has",
        &taken,
        Parked("code_taken", "detail.data.own_code"),
        "",
    );
    let space = with(registered("hal", SINCE), |data| data["own_code"] = json!("MY CODE"));
    shop.event(
        page,
        "a blank in `own_code`",
        &space,
        Parked("malformed", "detail.data.own_code"),
        "",
    );

    let again = registered("ann", "2026-10-01T00:00:00Z");
    shop.event(page, "the same registration again", &again, Exists, "nothing");
    let other = registered("ann", SINCE);
    let at = "detail.data.distributor_id";
    shop.event(page, "the same `distributor_id` since another time", &other, Conflict(at), "");
    let long = with(registered("hal", SINCE), |data| data["note"] = json!("x".repeat(300_000)));
    shop.event(page, "a registration of 300 KB", &long, Parked("too_large", "detail"), "");
    bindings(shop, page);
}

fn bindings(shop: &Shop, page: &mut Page) {
    let base = bound("kim", "ann", SINCE);
    let waits = Waiting("the invite code IDA is not known yet");
    shop.event(
        page,
        "a binding by a code that nobody has yet",
        &bound("jan", "ida", SINCE),
        waits,
        "nothing",
    );
    let ghost = |buyer: &str| {
        let event = without(bound(buyer, "x", SINCE), "/detail/data/invite_code");
        with(event, |data| data["distributor_id"] = json!("ghost"))
    };
    let waits = Waiting("detail.data.distributor_id: distributor ghost is not known yet");
    shop.event(
        page,
        "a binding to a distributor who is not known yet",
        &ghost("joe"),
        waits,
        "nothing",
    );
    let both = with(base.clone(), |data| data["distributor_id"] = json!("ann"));
    let at = "detail.data.distributor_id";
    shop.event(
        page,
        "a binding with `invite_code` and `distributor_id`",
        &both,
        Parked("malformed", at),
        "",
    );
    let neither = without(base.clone(), "/detail/data/invite_code");
    let at = "detail.data.invite_code";
    shop.event(page, "… with neither", &neither, Parked("malformed", at), "");
    let buyer = "detail.data.buyer_id";
    shop.event(
        page,
        "oneself bound to oneself",
        &bound("ann", "ann", SINCE),
        Parked("self_binding", buyer),
        "",
    );
    let null = with(base, |data| data["bound_at"] = Value::Null);
    shop.event(page, "no `bound_at`", &null, Parked("malformed", "detail.data.bound_at"), "");
    let second = bound("zoe", "ann", SINCE);
    let todo = "nothing; the first stands";
    shop.event(page, "a second binding of a buyer", &second, Superseded(buyer), todo);
}
