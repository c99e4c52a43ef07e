//! The body of a request.

use axum::body::Body;
use futures::StreamExt as _;

use crate::problem::Problem;

/// Longest body of a request.
pub const BODY_BYTES_MAX: usize = 1_000_000;
/// How much of a body that is too long is passed over: a client that is still sending when the
/// connection ends does not see the answer.
const PASSED_OVER_BYTES_MAX: usize = 64_000_000;

/// Reads a body to its end, also where it is too long, so that the client hears why.
///
/// # Errors
///
/// * [`Problem`] 413, which `too_large` words.
/// * [`Problem`] 400 where it ends early, is not UTF-8, or begins with a byte order mark.
pub async fn text(body: Body, too_large: impl FnOnce() -> Problem) -> Result<String, Problem> {
    let (mut bytes, mut count) = (Vec::new(), 0_usize);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let cut = |_| Problem::bad_request("the body ends before its length; send it whole");
        let part = part.map_err(cut)?;
        count = count.saturating_add(part.len());
        if count <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&part);
        } else if count > PASSED_OVER_BYTES_MAX {
            break;
        }
    }
    if count > BODY_BYTES_MAX {
        return Err(too_large());
    }
    let text = String::from_utf8(bytes).map_err(|wrong| {
        let place = wrong.utf8_error().valid_up_to();
        Problem::bad_request(format!("the body is not UTF-8 from byte {place} on; send UTF-8"))
    })?;
    if text.starts_with('\u{feff}') {
        let detail = "the body begins with a byte order mark; send it without";
        return Err(Problem::bad_request(detail));
    }
    Ok(text)
}

/// Reads the body of a request that changes one thing.
pub(crate) async fn one(body: Body) -> Result<String, Problem> {
    text(body, || {
        Problem::too_large(format!(
            "a request has at most {BODY_BYTES_MAX} bytes; send a shorter one"
        ))
    })
    .await
}
