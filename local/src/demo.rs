//! `upline demo`: 18 months of a real shop's orders through the whole system, and what came of it.
//!
//! It starts a server in this process and talks to it over HTTP as a shop would. At the end it adds
//! up every order and holds the sum against every balance.

mod dice;
mod log;
mod play;
mod report;
mod story;
mod tally;
mod world;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use upline_domain::money::Currency;

pub(crate) use play::settle;

use crate::cli::{Data, Demo, PlanChoice};
use crate::client::Client;
use crate::failure::{Failure, Form};
use crate::token::{Claims, Keys, Role};
use crate::{engine, runtime, sign, simulate, tenant};

/// The data file where none is named.
pub(crate) const DATA: &str = "upline-demo.db";

/// Plays the orders and shows the result.
///
/// # Errors
///
/// * [`Failure`] with exit status 1 where the balances are not the sum of the orders.
/// * [`Failure`] with exit status 2 where the data file is there already, or the plan cannot be
///   used.
pub(crate) fn demo(command: &Demo, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let plan = command.plan.choose()?;
    check_plan(&plan)?;
    if let Data::File(path) = &command.data {
        if command.fresh {
            remove(path)?;
        }
        refuse_old(path)?;
    }
    let purchases = log::purchases()
        .ok_or_else(|| Failure::usage("the built-in purchase log has a line of another form"))?;
    let world = world::grow(&purchases)
        .ok_or_else(|| Failure::usage("the built-in purchase log makes no world"))?;
    let story = story::tell(&world, &purchases);

    let (data, clock) = (command.data.clone(), upline_lambda::now);
    let options = engine::Options { data, port: 0, plan, clock };
    let runtime = runtime()?;
    let running = runtime.block_on(engine::start(options));
    let running = running.map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let client = Client::new(&running.url, &admin(&running.keys)?)?;
    let played = play::play(&client, &story, form);
    let tallied = played.and_then(|played| {
        let tally = tally::tally(&client, &world, &purchases, form)?;
        Ok((played, tally))
    });
    let stopped = runtime.block_on(running.stop());
    let (played, tally) = tallied?;
    stopped.map_err(|wrong| Failure::usage(wrong.to_string()))?;

    let report = report::Report { world: &world, story: &story, played, tally: &tally };
    match form {
        Form::Json => writeln!(out, "{}", report.json())?,
        Form::Words => report.words(&command.data, out)?,
    }
    tally.verdict()
}

/// A token of an admin of the one tenant, for a day.
pub(crate) fn admin(keys: &Keys) -> Result<String, Failure> {
    sign(keys, &Claims::for_days(tenant()?, Role::Admin, 1, upline_lambda::now()))
}

fn check_plan(plan: &PlanChoice) -> Result<(), Failure> {
    let compiled = simulate::compiled(&plan.text, &plan.policy, "the plan")?;
    let currency: Option<Currency> = story::CURRENCY.parse().ok();
    if currency.is_some_and(|currency| compiled.currencies.contains_key(&currency)) {
        Ok(())
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
    for file in [path.to_owned()].into_iter().chain(wal_and_index).chain(beside) {
        match std::fs::remove_file(&file) {
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
        let left = ["a.db", "a.db-wal", "a.db-shm", "a.db.key", "a.db.lock"];
        for name in left.into_iter().chain(["other.db"]) {
            std::fs::write(file(name), "x").unwrap();
        }
        assert!(refuse_old(&file("a.db")).is_err());
        remove(&file("a.db")).unwrap();
        assert!(left.iter().all(|name| !file(name).exists()));
        assert!(file("other.db").exists());
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
