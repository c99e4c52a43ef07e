//! `upline plan diff`: in what two plans differ, in words.

use std::io::Write;
use std::path::Path;

use upline_contract::answer::PlanVersion;
use upline_contract::plan::Policy;
use upline_contract::plan::diff::{Side, diff};
use upline_domain::language::Language;

use crate::cli::{PlanDiff, read};
use crate::client::Client;
use crate::failure::{Failure, Form};
use crate::simulate::with_errors;

/// `upline plan diff`: exit status 0, also where they differ; that is an answer.
pub(crate) fn plan_diff(
    command: &PlanDiff,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (old, new) = (side(&command.old, command)?, side(&command.new, command)?);
    let changes = diff(&old, &new, command.language);
    match form {
        Form::Json => {
            let answer = serde_json::to_string(&changes).map_err(std::io::Error::other)?;
            writeln!(out, "{answer}")?;
        }
        Form::Words => {
            for change in &changes {
                writeln!(out, "{}", change.sentence)?;
            }
            if changes.is_empty() {
                let none = match command.language {
                    Language::English => "the two plans mean the same",
                    Language::Chinese => "两份方案含义相同",
                };
                writeln!(out, "{none}")?;
            }
        }
    }
    Ok(())
}

/// A plan file, or a version of the server where a number is written and no such file is there.
fn side(written: &Path, command: &PlanDiff) -> Result<Side, Failure> {
    let number = written.to_str().and_then(|text| text.parse::<u32>().ok());
    let (text, policy, name) = match number.filter(|_| !written.exists()) {
        Some(version) => of_server(version, command)?,
        None => (read(written)?, command.policy.read()?, written.display().to_string()),
    };
    Side::read(&text, &policy).map_err(|found| with_errors(&found, &policy, &name))
}

/// A version of the server, with the policy it was published under.
fn of_server(version: u32, command: &PlanDiff) -> Result<(String, Policy, String), Failure> {
    let name = format!("version {version}");
    let token = command.token.as_ref().ok_or_else(|| {
        Failure::usage(format!(
            "there is no file {version}, and for {name} of the server a token is missing: write \
             --token, or set UPLINE_TOKEN"
        ))
    })?;
    let client = Client::new(&command.url, token)?;
    let shown: PlanVersion = client.get(&format!("/v1/plans/{version}"))?;
    let broken = |wrong: String| Failure::usage(format!("{name} as the server has it: {wrong}"));
    let policy = Policy::parse(&shown.policy.to_string()).map_err(|e| broken(e.to_string()))?;
    let text = shown.document.ok_or_else(|| broken("there is no document".to_owned()))?;
    Ok((text.get().to_owned(), policy, name))
}
