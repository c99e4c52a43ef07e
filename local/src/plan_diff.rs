//! `upline plan diff`: in what two plans differ, in words.

use std::io::Write;
use std::path::Path;

use upline_contract::plan::Policy;
use upline_contract::plan::diff::{Side, diff};
use upline_domain::language::Language;

use crate::cli::{PlanDiff, read};
use crate::failure::{Failure, Form};
use crate::simulate::with_errors;

/// `upline plan diff`: exit status 0, also where they differ; that is an answer.
pub(crate) fn plan_diff(
    command: &PlanDiff,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let policy = command.policy.read()?;
    let (old, new) = (side(&command.old, &policy)?, side(&command.new, &policy)?);
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

fn side(file: &Path, policy: &Policy) -> Result<Side, Failure> {
    Side::read(&read(file)?, policy)
        .map_err(|found| with_errors(&found, policy, &file.display().to_string()))
}
