//! The binary of a function on AWS Lambda: how large it is, how much memory it has when it is ready
//! and how soon it is. It is measured where it was built; that takes minutes.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::server::memory;
use crate::table::{Row, progress};
use crate::timing::RUNS;

/// The one with the order path.
const FUNCTION: &str = "calculate-commission";

fn binary() -> PathBuf {
    // From `target/release/deps` of this program.
    let here = std::env::current_exe().unwrap();
    here.ancestors().nth(3).unwrap().join("lambda").join(FUNCTION)
}

/// Starts the function as Lambda does, and waits until it asks for its first event.
fn ready(binary: &Path, runtime: &TcpListener) -> (Child, u128) {
    let mut command = Command::new(binary);
    command.env_clear().stdout(Stdio::null());
    for (name, value) in [
        ("AWS_LAMBDA_RUNTIME_API", runtime.local_addr().unwrap().to_string().as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "none"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
        ("TABLE_NAME", "upline"),
    ] {
        command.env(name, value);
    }
    let began = Instant::now();
    let child = command.spawn().unwrap();
    let (mut asked, _) = runtime.accept().unwrap();
    let mut request = [0; 64];
    let read = asked.read(&mut request).unwrap();
    let took = began.elapsed().as_micros();
    let request = String::from_utf8_lossy(&request[..read]).into_owned();
    assert!(request.starts_with("GET /2018-06-01/runtime/invocation/next"), "{request}");
    (child, took)
}

/// The size of the archive that is uploaded.
fn zipped(binary: &Path) -> Option<usize> {
    let mut zip = Command::new("zip");
    zip.args(["-9", "--quiet", "--junk-paths", "-", binary.to_str().unwrap()]);
    let output = zip.output().ok().filter(|output| output.status.success())?;
    Some(output.stdout.len())
}

/// Megabytes with a tenth.
fn megabytes(bytes: usize) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// The row of the budget.
pub(crate) fn row() -> Row {
    progress("the binary of a function");
    let what = "function with the DynamoDB client: zipped / resident / exec to ready";
    let limit = "3 MB / 16 MB / 15 ms";
    let binary = binary();
    if !binary.exists() {
        let how = format!(
            "not measured: not built (`cargo build --workspace --profile lambda --bin {FUNCTION}`)"
        );
        return Row::new(what, limit, how);
    }
    let zipped = zipped(&binary).map_or("? (zip is not installed)".to_owned(), megabytes);
    let runtime = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut best = (u128::MAX, u64::MAX);
    for _ in 0..RUNS {
        let (mut child, took) = ready(&binary, &runtime);
        best = (best.0.min(took), best.1.min(memory(child.id(), "VmRSS")));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (took, resident) = best;
    let resident = megabytes(usize::try_from(resident).unwrap() * 1_024);
    let took = format!("{}.{} ms", took / 1_000, took % 1_000 / 100);
    Row::new(what, limit, format!("{zipped} / {resident} / {took}"))
}
