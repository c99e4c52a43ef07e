//! A run done the way that it is done on a bad day: its parts in any order, each stopped after
//! every page, done twice, done by two at once, cut off after some requests and done again; and
//! another run begun beside it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use reconcile::{Begun, Next, begin, part};
use upline_contract::job::{AskedDay, DayPart, Whom};
use upline_testkit::World;
use upline_testkit::shop::Shop;

use crate::worlds::dice::Dice;

/// How bad the day is, each of a hundred parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    /// Stopped after a page.
    pub(crate) stops: u32,
    /// Done again at some time.
    pub(crate) repeats: u32,
    /// Done by two at once.
    pub(crate) together: u32,
    /// Cut off before it is done.
    pub(crate) crashes: u32,
    /// Whether another run begins before this one is done.
    pub(crate) is_double: bool,
}

impl Trouble {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let rate = |dice: &mut Dice| if dice.chance(50) { *dice.pick(&[10, 50, 100]) } else { 0 };
        Self {
            stops: rate(dice),
            repeats: rate(dice).min(50),
            together: rate(dice).min(50),
            crashes: rate(dice).min(50),
            is_double: dice.chance(20),
        }
    }
}

/// A day that is reconciled, and what its shop has of it.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) day: Date,
    pub(crate) rows: &'a [String],
    pub(crate) dry_run: bool,
    pub(crate) at: Timestamp,
}

impl Asked<'_> {
    fn shop(&self, world: &World) -> Shop {
        let mut shop = Shop::new(&world.store).at(self.at);
        shop.list = Some(self.rows.to_vec());
        shop
    }

    async fn begin(&self) -> (u32, Vec<Next>) {
        let (tenant, by) = (self.world.tenant.clone(), "olga".to_owned());
        let asked = AskedDay { tenant, date: Some(self.day), dry_run: self.dry_run, by };
        let shop = self.shop(self.world);
        match begin(&self.world.store, &shop, &asked).await.unwrap() {
            Begun::Run { run, next, .. } => (run, next),
            Begun::Ahead(day) => panic!("{day} is over"),
        }
    }

    /// Does a part in a process of its own, or a piece of it; none where that process was cut off.
    async fn part(&self, world: &World, stops: bool, one: &DayPart) -> Option<reconcile::Done> {
        let shop = self.shop(world);
        part(&world.store, &shop, || !stops, one).await.ok()
    }
}

/// Does a run to its end, and others that began beside it; their numbers.
///
/// # Errors
///
/// * The part that cannot be done.
pub(crate) async fn drive(
    asked: &Asked<'_>,
    trouble: Trouble,
    dice: &mut Dice,
) -> Result<Vec<u32>, String> {
    let (first, mut waiting) = asked.begin().await;
    let mut runs = vec![first];
    let double_after = trouble.is_double.then(|| dice.count(1, 16));
    let (mut done_parts, mut repeats_left) = (0, 60);
    while !waiting.is_empty() {
        let is_time = double_after == Some(done_parts);
        done_parts += 1;
        if is_time {
            // The first one is taken for given up by then.
            let later = Asked { at: asked.at + SignedDuration::from_hours(7), ..*asked };
            let (second, next) = later.begin().await;
            runs.push(second);
            waiting.extend(next);
        }
        let place = dice.count(0, waiting.len() - 1);
        let Whom::Part(one) = waiting.swap_remove(place).message.whom else { continue };
        let stops = dice.chance(trouble.stops);
        if dice.chance(trouble.crashes) {
            let cut_off = asked.world.crashing(dice.count(0, 25));
            // Where it got through, nobody was told of it.
            drop(asked.part(&cut_off, stops, &one).await);
        }
        if dice.chance(trouble.together) {
            let [here, there] = [asked.world.another_process(), asked.world.another_process()];
            let both =
                futures::join!(asked.part(&here, stops, &one), asked.part(&there, false, &one));
            if let (None, None) = both {
                return Err(format!("two at once, and neither can do {one:?}"));
            }
            let next = [both.0, both.1].into_iter().flatten();
            for done in next {
                waiting.extend(done.next);
            }
            continue;
        }
        let done = asked.part(asked.world, stops, &one).await;
        waiting.extend(done.ok_or_else(|| format!("nobody can do {one:?}"))?.next);
        if repeats_left > 0 && dice.chance(trouble.repeats) {
            repeats_left -= 1;
            waiting.push(again(one));
        }
    }
    Ok(runs)
}

fn again(one: DayPart) -> Next {
    let message = upline_contract::job::JobMessage {
        job: upline_contract::job::Job::Reconcile,
        whom: Whom::Part(one),
    };
    Next { message, delay: std::time::Duration::ZERO }
}
