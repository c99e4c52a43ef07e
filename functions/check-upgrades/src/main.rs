//! Wires `check-upgrades` to its queue. See ARCHITECTURE.md, "A distributor rises".

// The futures of a shard's checks nest deeper than the compiler's default.
#![recursion_limit = "256"]

use check_upgrades::{Clock, jobs};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use upline_contract::job::Job;
use upline_domain::schedule::Lead;
use upline_lambda::{Deadline, each_job, now, open};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = &open().await?;
    let queues = &shell.jobs(&[Job::CheckUpgrades])?;
    let clock = Clock { now: &now, lead: Lead::ManyProcesses };
    run(service_fn(async |event: LambdaEvent<_>| {
        let deadline = Deadline::from_millis(event.context.deadline, &now);
        let answer = each_job(shell, deadline, event.payload, async |message| {
            jobs::handle(shell, queues, clock, deadline, message).await
        });
        Ok::<_, Error>(answer.await)
    }))
    .await
}
