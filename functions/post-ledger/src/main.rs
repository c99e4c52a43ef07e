//! Wires `post-ledger` to the table's stream. See ARCHITECTURE.md, "Posting".

// The futures of a transaction that may be made again nest deeper than the compiler's default.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use upline_lambda::{Deadline, now, open, read_images};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = &open().await?;
    // Where the environment names no bus, nothing is told.
    let bus = &shell.bus().ok();
    run(service_fn(async |event: LambdaEvent<_>| {
        let deadline = Deadline::from_millis(event.context.deadline, &now);
        let images = read_images(event.payload);
        let taken = post_ledger::take(shell, bus.as_ref(), deadline, &images);
        Ok::<_, Error>(taken.await?)
    }))
    .await
}
