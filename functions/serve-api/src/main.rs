//! Wires `serve-api` to the HTTP API. See docs/deploy.md, "The HTTP API".

use std::time::Instant;

use lambda_http::{Error, run, service_fn};
use serve_api::{ClaimNames, answer, on_aws};
use upline_contract::job::Job;
use upline_lambda::open;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = &open().await?;
    let claims = ClaimNames::read(|name| std::env::var(name).ok());
    let router = &on_aws(shell.store.clone(), shell.bus()?, shell.jobs(&Job::ALL)?, claims);
    run(service_fn(async |request| {
        let began = Instant::now();
        let Ok(answer) = answer(router.clone(), request).await;
        shell.answered(answer.status().as_u16(), began.elapsed());
        Ok::<_, Error>(answer)
    }))
    .await
}
