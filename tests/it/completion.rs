//! Completion gives commission its date.

use upline_lambda::Outcome;
use upline_testkit::events::{completed, paid, refunded};
use upline_testkit::{World, run};

use crate::earning::{family, pending};
use crate::plans::TWO_DEEP;

async fn due(world: &World, distributor: &str) -> Vec<(String, String)> {
    let balances = world.balances(distributor).await;
    let dues = balances.iter().flat_map(|one| one.due.iter().map(|(d, a)| (d, a, one.currency)));
    dues.map(|(date, amount, currency)| (date.to_string(), amount.text(currency))).collect()
}

fn on(date: &str, amount: &str) -> Vec<(String, String)> {
    vec![(date.to_owned(), amount.to_owned())]
}

#[test]
fn a_completed_order_is_due_after_the_hold() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(due(&world, "cat").await, []);
        // 2026-11-20 17:00 UTC is the 21st in Shanghai; seven days on is the 28th.
        world.send_all(&[completed("A1", "2026-11-20T17:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "0.00");
        assert_eq!(due(&world, "cat").await, on("2026-11-28", "10.00"));
        world.send_all(&[refunded("A1", "r1", "40.00", "2026-11-29T00:00:00Z")]).await;
        assert_eq!(due(&world, "cat").await, on("2026-11-28", "6.00"));
    });
}

#[test]
fn a_completion_before_its_order_counts_when_the_order_comes() {
    run(async {
        let world = family(TWO_DEEP).await;
        let completion = completed("A1", "2026-11-20T00:00:00Z");
        assert_eq!(world.send(&completion).await, Outcome::Created);
        assert_eq!(world.send(&completion).await, Outcome::Exists);
        let other = completed("A1", "2026-11-21T00:00:00Z");
        assert!(matches!(world.send(&other).await, Outcome::Conflict { .. }));
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(due(&world, "cat").await, on("2026-11-27", "10.00"));
    });
}
