//! The law of levels: an order has the level that each of its lineage had when it was paid,
//! whatever was known of it later, and in whichever process it was calculated.

use jiff::SignedDuration;
use upline_domain::schedule::{Lead, Wanted};
use upline_domain::time;
use upline_store::Standing;
use upline_testkit::events::{bound, paid, refunded};
use upline_testkit::plans::signed;
use upline_testkit::{World, run};

use super::{night, night_of, send, team};

const PEOPLE: [&str; 4] = ["ann", "bob", "cat", "dan"];

/// Some weeks of chance: orders and refunds that arrive up to days late, nights, changes by hand
/// ahead of their time; each in one of three processes that remember.
async fn weeks(seed: u64) -> (World, Vec<String>) {
    let mut dice = fastrand::Rng::with_seed(seed);
    let world = team().await;
    send(&world, &bound("xia", "dan", "2026-11-05T00:00:00Z"), night_of(1)).await;
    let processes = [world.another_process(), world.another_process(), world.another_process()];
    let (mut now, mut orders) = (night_of(1), Vec::new());
    for step in 0..60 {
        now += SignedDuration::from_mins(dice.i64(1..1_000));
        let process = dice.choice(&processes).unwrap();
        match dice.u8(0..10) {
            0..6 => {
                let late = [-9, 0, 1, 14, 16, 60, 3_000][dice.usize(0..7)];
                let at = time::text(now - SignedDuration::from_mins(late));
                let buyer = dice.choice(["zoe", "yan", "xia"]).unwrap();
                let name = format!("o{step}");
                let amount = format!("{}.00", dice.u32(1..150));
                send(process, &paid(&name, buyer, &amount, &at), now).await;
                orders.push(name);
            }
            6 => {
                if let Some(order) = dice.choice(&orders) {
                    let at = time::text(now);
                    let refund = refunded(order, &format!("r{step}"), "20.00", &at);
                    send(process, &refund, now).await;
                }
            }
            7..9 => drop(night(process, now).await),
            _ => {
                let ahead = SignedDuration::from_mins(dice.i64(15..200));
                let when = Wanted { from: Some(now + ahead), now, lead: Lead::ManyProcesses };
                let level = dice.choice(["bronze", "silver", "gold"]).unwrap();
                let standing = Standing::Level(level.parse().unwrap());
                let signed = upline_store::Signed { at: now, ..signed() };
                let id = dice.choice(PEOPLE).unwrap().parse().unwrap();
                let store = &process.store;
                store.change_standing(&world.tenant, &id, &standing, &when, &signed).await.unwrap();
            }
        }
    }
    (world, orders)
}

#[test]
fn an_order_has_the_levels_of_its_time_whatever_is_known_later() {
    run(async {
        let (mut seen, mut above) = (0, 0);
        for seed in 0..30 {
            let (world, orders) = weeks(seed).await;
            for order in orders {
                let record = world.record(&order).await;
                let paid_at = record.paid.unwrap().paid_at;
                for one in record.attributed.unwrap().frozen.lineage {
                    let member = world.store.member(&world.tenant, &one.id).await.unwrap().unwrap();
                    let held = member.levels.at(paid_at).map_or("bronze", |level| level.as_str());
                    assert_eq!(one.level.as_str(), held, "seed {seed}, {order}, {}", one.id);
                    seen += 1;
                    above += i32::from(held != "bronze");
                }
            }
        }
        assert!(above * 4 > seen, "levels are among them: {above} of {seen}");
    });
}
