//! `upline demo`: 18 months of a real shop's orders through the whole system, and what came of it.
//!
//! It starts a server in this process and talks to it over HTTP as a shop would. At the end a day
//! is reconciled of which some events were withheld; then it adds up every order and holds the sum
//! against every balance.

mod clock;
#[cfg(test)]
mod damage_tests;
mod dice;
mod levels;
#[cfg(test)]
mod levels_tests;
mod log;
mod night;
mod play;
mod report;
mod story;
mod tally;
mod world;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use upline_domain::money::Currency;
use upline_domain::plan::Plan;

pub(crate) use play::settle;

use crate::cli::{Data, Demo, PlanChoice};
use crate::client::Client;
use crate::failure::{Failure, Form};
use crate::token::{Claims, Keys, Role};
use crate::{engine, runtime, sign, simulate, tenant};

/// The data file where none is named.
pub(crate) const DATA: &str = "upline-demo.db";

/// From one night to the next. A server on AWS has one a day; here it would take most of the time.
const NIGHT_DAYS: i64 = 7;

/// Plays the orders and shows the result.
///
/// # Errors
///
/// * [`Failure`] with exit status 1 where the balances are not the sum of the orders, or where the
///   night at the end leaves something unrepaired or finds what was not withheld.
/// * [`Failure`] with exit status 2 where the data file is there already, or the plan cannot be
///   used.
pub(crate) fn demo(command: &Demo, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let plan = command.plan.choose()?;
    let Plan { levels, timezone, .. } = check_plan(&plan)?;
    if let Data::File(path) = &command.data {
        if command.fresh {
            remove(path)?;
        }
        refuse_old(path)?;
    }
    let purchases = log::purchases()
        .ok_or_else(|| Failure::usage("the built-in purchase log has a line of another form"))?;
    let nothing = || Failure::usage("the built-in purchase log makes no world");
    let world = world::grow(&purchases).ok_or_else(nothing)?;
    let mut story = story::tell(&world, &purchases);
    let withheld = night::withhold(&mut story, &timezone).ok_or_else(nothing)?;
    let page = night::page(&command.data, withheld.day);

    // The server begins with the story, which begins with its first message.
    if let Some(first) = story.messages.first() {
        clock::forward(first.arrives_at);
    }
    let options = engine::Options { data: command.data.clone(), port: 0, plan, clock: clock::now };
    let runtime = runtime()?;
    let running = runtime.block_on(engine::start(options));
    let running = running.map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let client = Client::new(&running.url, &admin(&running.keys)?)?;
    let played = play::play(&client, &story, &story.nights(NIGHT_DAYS), form);
    let tallied = played.and_then(|played| {
        let night = night::hold(&client, withheld, page)?;
        let tally = tally::tally(&client, (&world, &levels), &purchases, form)?;
        Ok((played, night, tally))
    });
    let stopped = runtime.block_on(running.stop());
    let (played, night, tally) = tallied?;
    stopped.map_err(|wrong| Failure::usage(wrong.to_string()))?;

    let (world, story) = (&world, &story);
    let report = report::Report { world, story, played, night: &night, tally: &tally };
    match form {
        Form::Json => writeln!(out, "{}", report.json())?,
        Form::Words => report.words(&command.data, out)?,
    }
    tally.verdict()?;
    night.verdict()
}

/// A token of an admin of the one tenant, for a day.
pub(crate) fn admin(keys: &Keys) -> Result<String, Failure> {
    sign(keys, &Claims::for_days(tenant()?, Role::Admin, 1, upline_lambda::now()))
}

fn check_plan(plan: &PlanChoice) -> Result<Plan, Failure> {
    let compiled = simulate::compiled(&plan.text, &plan.policy, "the plan")?;
    let currency: Option<Currency> = story::CURRENCY.parse().ok();
    if currency.is_some_and(|currency| compiled.currencies.contains_key(&currency)) {
        Ok(compiled)
    } else {
        Err(Failure::usage(format!(
            "the plan has no part for {0}, and the demo's orders are in {0}: add one",
            story::CURRENCY
        )))
    }
}

fn refuse_old(path: &Path) -> Result<(), Failure> {
    if !path.exists() {
        return Ok(());
    }
    let program = report::program();
    let file = report::quoted(&path.display().to_string());
    let again = if path == Path::new(DATA) {
        format!("play again with `{program} demo --fresh`")
    } else {
        "play again with another name".to_owned()
    };
    Err(Failure::usage(format!(
        "{file} is there already: look at it with `{program} dev --data {file}`, or {again}"
    )))
}

/// Removes the data file of an earlier demo and what belongs to it, unless a server has it open.
fn remove(path: &Path) -> Result<(), Failure> {
    let data = Data::File(path.to_owned());
    let failed = |wrong| Failure::usage(format!("cannot remove {}: {wrong}", path.display()));
    let lock = data.beside("lock").unwrap_or_default();
    // A lock that is held by nobody else is held from here until the files are gone.
    let held = match File::open(&lock) {
        Ok(file) => {
            let in_use = |_| {
                let path = path.display();
                Failure::usage(format!("a server has {path} open: stop it, then try again"))
            };
            file.try_lock().map_err(in_use)?;
            Some(file)
        }
        Err(_) => None,
    };
    let wal_and_index = ["-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    let beside = ["key", "lock"].into_iter().filter_map(|ending| data.beside(ending));
    let files = [path.to_owned()].into_iter().chain(wal_and_index).chain(beside);
    let removed = files.chain(night::pages(path)).map(std::fs::remove_file);
    let lists = data.beside("lists").map(std::fs::remove_dir_all);
    for removed in removed.chain(lists) {
        match removed {
            Err(wrong) if wrong.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(wrong));
            }
            Ok(()) | Err(_) => {}
        }
    }
    drop(held);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_demo_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let left = ["a.db", "a.db-wal", "a.db-shm", "a.db.key", "a.db.lock", "a-1998-06-22.html"];
        for name in left.into_iter().chain(["other.db", "other-1998-06-22.html"]) {
            std::fs::write(file(name), "x").unwrap();
        }
        std::fs::create_dir_all(file("a.db.lists/ZGVtbw")).unwrap();
        assert!(refuse_old(&file("a.db")).is_err());
        remove(&file("a.db")).unwrap();
        assert!(left.iter().all(|name| !file(name).exists()));
        assert!(!file("a.db.lists").exists());
        assert!(file("other.db").exists() && file("other-1998-06-22.html").exists());
        assert!(refuse_old(&file("a.db")).is_ok());
        remove(&file("a.db")).unwrap();
    }

    #[test]
    fn what_a_server_has_open_stays() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a.db");
        std::fs::write(&data, "x").unwrap();
        let lock = File::create(folder.path().join("a.db.lock")).unwrap();
        lock.try_lock().unwrap();
        assert!(remove(&data).is_err());
        assert!(data.exists());
    }
}
