//! The binary of a function on AWS Lambda: how large it is, how much memory it has when it is ready
//! and how soon it is; as `infra/package.py` measures it, where `make package` built it.

use std::path::Path;
use std::process::Command;

use crate::table::{Row, progress};

/// The one with the order path.
const FUNCTION: &str = "calculate-commission";

/// What the script says of the function, or why it cannot.
fn measured() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/package.py");
    let asked = Command::new("python3").arg(script).arg(FUNCTION).output();
    let Ok(output) = asked else {
        return "not measured: python3 is not installed".to_owned();
    };
    let said = if output.status.success() { output.stdout } else { output.stderr };
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    if output.status.success() { said } else { format!("not measured: {said}") }
}

/// The row of the budget.
pub(crate) fn row() -> Row {
    progress("the binary of a function");
    let what = "function with the DynamoDB client: zipped / resident / exec to ready";
    Row::new(what, "3 MB / 16 MB / 15 ms", measured())
}
