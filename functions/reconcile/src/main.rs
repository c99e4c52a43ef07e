//! Wires `reconcile` to its queue. See docs/reconciliation.md.

// The futures of a part nest deeper than the compiler's default.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use reconcile::{Aws, handle};
use upline_contract::job::Job;
use upline_lambda::{Deadline, each_job, now, open};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = &open().await?;
    let queues = &shell.jobs(&[Job::Reconcile])?;
    let site = &Aws::open(shell)?;
    run(service_fn(async |event: LambdaEvent<_>| {
        let deadline = Deadline::from_millis(event.context.deadline, &now);
        let answer = each_job(shell, deadline, event.payload, async |message| {
            handle(shell, queues, site, deadline, message).await
        });
        Ok::<_, Error>(answer.await)
    }))
    .await
}
