//! Wires `complete-order` to its queue. See ARCHITECTURE.md, "A refund".

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use upline_lambda::{Deadline, each_message, now, open};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = &open().await?;
    run(service_fn(async |event: LambdaEvent<_>| {
        let deadline = Deadline::from_millis(event.context.deadline, &now);
        let answer = each_message(shell, deadline, event.payload, async |message| {
            complete_order::handle(&shell.store, now(), message).await
        });
        Ok::<_, Error>(answer.await)
    }))
    .await
}
