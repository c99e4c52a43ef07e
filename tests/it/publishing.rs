//! What changed is told on the bus: after it is posted, at least once, the same for the same image.

pub(crate) mod bus;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use check_upgrades::{Clock, Looked, check_one};
use post_ledger::{BatchError, take};
use reconcile::run_here;
use serde_json::{Value, from_value, json, to_value};
use upline_contract::job::AskedDay;
use upline_contract::published::{
    CommissionTotals, DUE, EARNED, EventParked, LEVEL_CHANGED, LevelChanged, Outgoing, PARKED,
    RECONCILED, REVERSED, ReconciliationFinished,
};
use upline_domain::schedule::Lead;
use upline_lambda::{Bus, Image, read_images};
use upline_testkit::events::{completed, paid, refunded};
use upline_testkit::shop::Shop;
use upline_testkit::{World, run, stream};

use self::bus::{Answer, StandIn};
use crate::earning::{family, pending};
use crate::lambda::{items, shell, unhurried};
use crate::plans::TWO_DEEP;

/// The stream of a table as it is.
async fn images(world: &World) -> Vec<Image> {
    read_images(stream::batch(&items(world).await))
}

async fn publish(world: &World, bus: &Bus) -> Result<(), String> {
    let images = images(world).await;
    let taken = take(&shell(world), Some(bus), unhurried(), &images).await;
    taken.map_err(|failed| failed.to_string())
}

/// A family with an order that was refunded in part, one that was completed, one that waits, and an
/// event that was parked.
async fn told() -> World {
    let world = family(TWO_DEEP).await;
    let mut first = paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z");
    first["detail"]["metadata"]["correlation_id"] = json!("checkout#7");
    let mut refund = refunded("A2", "r1", "40.00", "2026-11-13T00:00:00Z");
    refund["detail"]["metadata"]["correlation_id"] = json!("desk#1");
    let mut wrong = paid("A5", "zoe", "1.00", "2026-11-11T00:00:00Z");
    wrong["detail"]["metadata"]["correlation_id"] = json!("checkout#8");
    wrong["detail"]["data"]["currency"] = json!("XXQ");
    for event in [
        first,
        paid("A2", "zoe", "50.00", "2026-11-12T00:00:00Z"),
        refund,
        paid("A3", "zoe", "10.00", "2026-11-12T00:00:00Z"),
        completed("A3", "2026-11-20T00:00:00Z"),
        paid("A4", "nobody", "10.00", "2026-11-12T00:00:00Z"),
        wrong,
    ] {
        world.send(&event).await;
    }
    world
}

/// `detail-type id`, with what the event came of.
fn named(event: &Value) -> String {
    let metadata = &event["detail"]["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let came_of = [&metadata["causation_id"], &metadata["correlation_id"]].map(text).join(" ");
    format!("{} {} {came_of}", text(&event["detail-type"]), text(&metadata["id"]))
}

#[test]
fn what_changed_is_told_and_told_again_the_same() {
    run(async {
        let (world, stand_in) = (told().await, StandIn::default());
        publish(&world, &stand_in.bus()).await.unwrap();
        let first = stand_in.take();
        let names: BTreeSet<String> = first.iter().map(named).collect();
        let parked = names.iter().find(|name| name.starts_with("EventParked pay-A5#")).unwrap();
        assert!(parked.ends_with(" pay-A5 checkout#8"), "{parked}");
        let commissions: Vec<_> = names.iter().filter(|name| *name != parked).collect();
        assert_eq!(
            commissions,
            [
                "CommissionDue A3#2#bob complete-A3 -",
                "CommissionDue A3#2#cat complete-A3 -",
                "CommissionEarned A1#1#bob pay-A1 checkout#7",
                "CommissionEarned A1#1#cat pay-A1 checkout#7",
                "CommissionReversed A2#2#bob refund-A2-r1 desk#1",
                "CommissionReversed A2#2#cat refund-A2-r1 desk#1",
            ]
        );
        assert_eq!(pending(&world, "cat").await, "11.00", "it is posted, too");

        publish(&world, &stand_in.bus()).await.unwrap();
        let mut again = stand_in.take();
        again.sort_by_key(named);
        let mut first = first;
        first.sort_by_key(named);
        assert_eq!(again, first, "the same for the same images, changed or not");
    });
}

/// ann rises, because of whom stands below her.
async fn risen() -> World {
    let levels = r#""levels": [ { "id": "bronze" },
        { "id": "silver", "when": { "all": [
            { "direct_recruits": { "min": 1, "days": 366 } } ] } } ],
        "demote": "never", "currencies""#;
    let world = family(&TWO_DEEP.replacen(r#""currencies""#, levels, 1)).await;
    let clock = Clock { now: &upline_testkit::now, lead: Lead::ManyProcesses };
    let ann = "ann".parse().unwrap();
    let looked = check_one(&world.store, clock, &world.tenant, &ann).await.unwrap();
    assert!(matches!(looked, Some(Looked::Raised)), "{looked:?}");
    world
}

/// What a run over a day of the same family tells: one event is parked.
async fn reconciled() -> Vec<Value> {
    let world = told().await;
    let shop = Shop::new(&world.store);
    let date = Some("2026-11-11".parse().unwrap());
    let (tenant, by) = (world.tenant.clone(), "olga".to_owned());
    let asked = AskedDay { tenant, date, dry_run: false, by };
    run_here(&world.store, &shop, &asked).await.unwrap();
    shop.told()
}

fn sample(kind: &str) -> PathBuf {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/samples/published");
    samples.join(format!("{kind}.json"))
}

#[test]
fn the_samples_are_what_is_published() {
    run(async {
        let (world, stand_in) = (told().await, StandIn::default());
        publish(&world, &stand_in.bus()).await.unwrap();
        let mut events = stand_in.take();
        events.sort_by_key(named);
        publish(&risen().await, &stand_in.bus()).await.unwrap();
        events.extend(stand_in.take());
        events.extend(reconciled().await);
        for kind in [EARNED, REVERSED, DUE, LEVEL_CHANGED, RECONCILED, PARKED] {
            let event = events.iter().find(|event| event["detail-type"] == kind).unwrap();
            let again = match kind {
                PARKED => from_value::<Outgoing<EventParked>>(event.clone()).and_then(to_value),
                LEVEL_CHANGED => {
                    from_value::<Outgoing<LevelChanged>>(event.clone()).and_then(to_value)
                }
                RECONCILED => {
                    from_value::<Outgoing<ReconciliationFinished>>(event.clone()).and_then(to_value)
                }
                _ => from_value::<Outgoing<CommissionTotals>>(event.clone()).and_then(to_value),
            };
            assert_eq!(&again.unwrap(), event, "it is read as it was written");
            let text = serde_json::to_string_pretty(event).unwrap() + "\n";
            if std::env::var_os("UPLINE_BLESS").is_some() {
                std::fs::write(sample(kind), &text).unwrap();
            }
            let found = std::fs::read_to_string(sample(kind)).unwrap_or_default();
            assert_eq!(found, text, "write it with UPLINE_BLESS=1");
        }
    });
}

#[test]
fn what_the_bus_turns_away_is_put_again_and_nothing_else() {
    run(async {
        let (world, stand_in) = (told().await, StandIn::default());
        stand_in.answers([Answer::TurnsAway(&[1, 3]), Answer::TurnsAway(&[0])]);
        publish(&world, &stand_in.bus()).await.unwrap();
        assert_eq!(stand_in.requests(), [7, 2, 1]);
        let names: BTreeSet<String> = stand_in.take().iter().map(named).collect();
        assert_eq!(names.len(), 7, "{names:?}");
    });
}

#[test]
fn many_events_go_in_several_requests() {
    run(async {
        let (world, stand_in) = (family(TWO_DEEP).await, StandIn::default());
        for n in 0..13 {
            let at = "2026-11-12T00:00:00Z";
            world.send(&paid(&format!("A{n}"), "zoe", "10.00", at)).await;
        }
        publish(&world, &stand_in.bus()).await.unwrap();
        assert_eq!(stand_in.requests(), [10, 10, 6]);
        let names: BTreeSet<String> = stand_in.take().iter().map(named).collect();
        assert_eq!(names.len(), 26);
    });
}

#[test]
fn a_batch_whose_events_are_not_on_the_bus_comes_again_and_is_posted() {
    run(async {
        let (world, stand_in) = (told().await, StandIn::default());
        stand_in.answers([Answer::Breaks]);
        let failed = publish(&world, &stand_in.bus()).await.unwrap_err();
        assert_eq!(failed, "the bus did not take 7 of the events (InternalException)");
        assert_eq!(pending(&world, "cat").await, "11.00");
        publish(&world, &stand_in.bus()).await.unwrap();
        assert_eq!(stand_in.take().len(), 7);
        assert_eq!(pending(&world, "cat").await, "11.00", "and nothing is counted twice");
    });
}

#[test]
fn what_is_turned_away_every_time_fails_the_batch() {
    run(async {
        let stand_in = StandIn::default();
        stand_in.answers([Answer::TurnsAway(&[0]); 9]);
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        let (bus, images) = (stand_in.bus(), images(&world).await);
        let failed = take(&shell(&world), Some(&bus), unhurried(), &images).await.unwrap_err();
        let BatchError::NotTaken { count: 1, word } = failed else { panic!("{failed}") };
        assert_eq!(word, "ThrottlingException");
    });
}

#[test]
fn what_is_put_away_or_cannot_be_read_tells_nothing() {
    run(async {
        let (world, stand_in) = (told().await, StandIn::default());
        let mut all = items(&world).await;
        for item in &mut all {
            if item["sk"]["S"] == "ORDER" {
                item["format"]["N"] = json!("2");
            }
            if item.get("listed").is_some() {
                item["listed"]["BOOL"] = json!(false);
            }
        }
        let (bus, images) = (stand_in.bus(), read_images(stream::batch(&all)));
        assert_eq!(upline_lambda::each_outgoing(&images), []);
        take(&shell(&world), Some(&bus), unhurried(), &images).await.unwrap();
        assert_eq!(stand_in.requests(), [0_usize; 0], "nothing to say is no request");
    });
}
