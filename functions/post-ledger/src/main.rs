//! Wires `post-ledger` to the table's stream. See ARCHITECTURE.md, "Posting".

// The futures of a transaction that may be made again nest deeper than the compiler's default.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use upline_lambda::{each_change, now, open};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = &open().await?;
    run(service_fn(async |event: LambdaEvent<_>| {
        let posted = post_ledger::handle(&shell.store, now(), each_change(event.payload));
        Ok::<_, Error>(posted.await?)
    }))
    .await
}
