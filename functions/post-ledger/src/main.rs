//! Wires `post-ledger` to the table's stream. See ARCHITECTURE.md, "Posting".

// The futures of a transaction that may be made again nest deeper than the compiler's default.
#![recursion_limit = "256"]

use aws_sdk_eventbridge::Client;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use post_ledger::Bus;
use upline_lambda::{Deadline, now, open, read_images};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = &open().await?;
    let bus = shell.bus.as_ref().map(|bus| Bus::new(Client::new(&bus.config), &bus.name));
    let bus = bus.as_ref();
    run(service_fn(async |event: LambdaEvent<_>| {
        let deadline = Deadline::from_millis(event.context.deadline, &now);
        let images = read_images(event.payload);
        let taken = post_ledger::take(shell, bus, deadline, &images);
        Ok::<_, Error>(taken.await?)
    }))
    .await
}
