//! `upline`: the whole system in one process, for trying it out, developing and testing; and the
//! client of a running one.

mod backtest;
mod changes;
mod cli;
mod client;
mod demo;
mod engine;
mod explain;
mod failure;
mod jobs;
mod levels;
mod look;
mod parked;
mod plan_check;
mod plan_diff;
mod plan_test;
mod plans;
mod report;
mod send;
mod simulate;
mod token;

use std::ffi::OsStr;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser as _;
use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;
use upline_contract::plan::EXAMPLE_PLAN;
use upline_lambda::json_lines;

use crate::cli::{Cli, Command, Dev, EventCommand, JobCommand, PlanCommand, TENANT};
use crate::failure::{Failure, Form};
use crate::token::{Claims, Keys, Role};

/// How long the token is good for that `upline dev` prints.
const TOKEN_DAYS: u16 = 30;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) => return misused(&wrong),
    };
    let form = if cli.json { Form::Json } else { Form::Words };
    // Not locked: the server of `upline dev` may have something to say beside the command.
    let out = &mut std::io::stdout();
    log(form);
    let done = match &cli.command {
        Command::Dev(command) => dev(command, form, out),
        Command::Demo(command) => demo::demo(command, form, out),
        Command::Event(EventCommand::Send(command)) => send::send(command, form, out),
        Command::Order(command) => look::order(command, form, out),
        Command::Balance(command) => look::balance(command, form, out),
        Command::Owed(command) => look::owed(command, form, out),
        Command::Parked(command) => parked::parked(command, form, out),
        Command::Plan(PlanCommand::Backtest(command)) => backtest::backtest(command, form, out),
        Command::Plan(PlanCommand::Check(command)) => plan_check::check(command, form, out),
        Command::Plan(PlanCommand::Example) => {
            out.write_all(EXAMPLE_PLAN.as_bytes()).map_err(Failure::from)
        }
        Command::Plan(PlanCommand::Diff(command)) => plan_diff::plan_diff(command, form, out),
        Command::Plan(PlanCommand::Test(command)) => plan_test::test(command, form, out),
        Command::Plan(PlanCommand::Publish(command)) => plans::publish(command, form, out),
        Command::Plan(PlanCommand::List(server)) => plans::list(server, form, out),
        Command::Plan(PlanCommand::Show(command)) => plans::show(command, form, out),
        Command::Plan(PlanCommand::Activate(command)) => plans::activate(command, form, out),
        Command::Distributor(command) => changes::distributor(command, form, out),
        Command::Level(command) => levels::level(command, form, out),
        Command::Job(JobCommand::Run(command)) => jobs::run(command, form, out),
        Command::Report(command) => report::report(command, form, out),
        Command::Audit(command) => changes::audit(command, form, out),
        Command::Simulate(command) => simulate::simulate(command, form, out),
        Command::Token(command) => token(command, form, out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(form),
    }
}

/// Warnings and errors go to standard error, and more with `RUST_LOG`.
fn log(form: Form) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    match form {
        Form::Words => {
            let lines = tracing_subscriber::fmt().with_target(false);
            lines.with_env_filter(filter).with_writer(std::io::stderr).init();
        }
        Form::Json => json_lines(filter, std::io::stderr).init(),
    }
}

/// Help and version are answers; anything else is wrong use, told as JSON where that is asked for.
fn misused(wrong: &clap::Error) -> ExitCode {
    let asks_json = std::env::args_os().any(|argument| argument == OsStr::new("--json"));
    if wrong.use_stderr() && asks_json {
        let sentence = wrong.render().to_string();
        return Failure::usage(sentence.trim()).report(Form::Json);
    }
    let _told = wrong.print();
    u8::try_from(wrong.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// `upline dev`.
fn dev(command: &Dev, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let plan = command.plan.choose()?;
    simulate::compiled(&plan.text, &plan.policy, "the plan")?;
    let (data, port, clock) = (command.data.clone(), command.port, upline_lambda::now);
    let options = engine::Options { data, port, plan, clock };
    runtime()?.block_on(async {
        let running =
            engine::start(options).await.map_err(|wrong| Failure::usage(wrong.to_string()))?;
        let claims = Claims::for_days(tenant()?, Role::Admin, TOKEN_DAYS, upline_lambda::now());
        let token = sign(&running.keys, &claims)?;
        let url = &running.url;
        match form {
            Form::Json => {
                let ready = json!({"url": url, "token": token, "tenant": TENANT});
                writeln!(out, "{ready}")?;
            }
            Form::Words => {
                let data = &command.data;
                writeln!(out, "Upline serves {url} with the data of {data}. Stop it with Ctrl-C.")?;
                writeln!(out, "A token of an admin of the tenant {TENANT:?}, for 30 days:\n")?;
                writeln!(out, "  export UPLINE_URL={url}\n  export UPLINE_TOKEN={token}\n")?;
            }
        }
        out.flush()?;
        running.stopped().await.map_err(|wrong| Failure::usage(wrong.to_string()))
    })
}

/// `upline token`.
fn token(command: &cli::Token, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    if command.data == cli::Data::Memory {
        return Err(Failure::usage(
            "data in memory have a key of their own that ends with them: take the token that \
             `upline dev` prints, or name a file with --data",
        ));
    }
    if let cli::Data::File(path) = &command.data
        && !path.is_file()
    {
        return Err(Failure::usage(format!(
            "there is no data file {}: name the one that the server uses with --data",
            path.display(),
        )));
    }
    let keys = Keys::open(&command.data).map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let tenant = command.tenant.clone();
    let mut claims = Claims::for_days(tenant, command.role, command.ttl_days, upline_lambda::now());
    claims.sub.clone_from(&command.sub);
    let token = sign(&keys, &claims)?;
    match form {
        Form::Json => {
            let expires_at =
                jiff::Timestamp::from_second(claims.exp).map_err(std::io::Error::other)?;
            let expires_at = upline_domain::time::text(expires_at);
            writeln!(out, "{}", json!({"token": token, "expires_at": expires_at}))?;
        }
        Form::Words => writeln!(out, "{token}")?,
    }
    Ok(())
}

fn sign(keys: &Keys, claims: &Claims) -> Result<String, Failure> {
    keys.sign(claims).map_err(|wrong| Failure::usage(wrong.to_string()))
}

fn tenant() -> Result<upline_domain::ids::TenantId, Failure> {
    TENANT.parse().map_err(|wrong| Failure::usage(format!("tenant {TENANT}: {wrong}")))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|wrong| Failure::usage(format!("cannot start threads: {wrong}")))
}
