//! One operation of the wire: its JSON in, the database's answer out.

use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What DynamoDB answers to an operation it does not know.
const UNKNOWN_OPERATION: &str =
    r#"{"__type":"com.amazon.coral.service#UnknownOperationException","message":""}"#;

/// What the client writes as `ClientRequestToken` where the caller gave none. A token is for a
/// request that is tried again, and here none is; to remember each for ten minutes, with its
/// answer, costs a tenth of a transaction and more.
pub(crate) const NO_TOKEN: &str = "none-was-given";

/// With these the database marks what it refuses while it still reads a request.
const VALIDATION_MARKS: [&str; 2] = ["VALIDATION_REQUEST:", "VALIDATION:"];

/// An HTTP answer without headers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Answers one operation; those the product does not use are unknown.
pub(crate) fn dispatch(database: &Database, operation: &str, body: &[u8]) -> Answer {
    let answered = match operation {
        "PutItem" => run(body, |request| database.put_item(request)),
        "GetItem" => run(body, |request| database.get_item(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "Scan" => run(body, |request| database.scan(request)),
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "TransactGetItems" => run(body, |request| database.transact_get_items(request)),
        "TransactWriteItems" => {
            run(body, |request| database.transact_write_items(without_made_up_token(request)))
        }
        "CreateTable" => run(body, |request| database.create_table(request)),
        "DescribeTable" => run(body, |request| database.describe_table(request)),
        "ListTables" => run(body, |request| database.list_tables(request)),
        "UpdateTimeToLive" => run(body, |request| database.update_time_to_live(request)),
        _ => {
            return Answer { status: 400, body: UNKNOWN_OPERATION.into() };
        }
    };
    answered.map_or_else(
        |refused| Answer { status: refused.status_code(), body: refused.to_json().into() },
        |body| Answer { status: 200, body },
    )
}

fn without_made_up_token(mut request: TransactWriteItemsRequest) -> TransactWriteItemsRequest {
    let made_up = |token: &mut String| token == NO_TOKEN;
    request.client_request_token.take_if(made_up);
    request
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    call: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|unread| unreadable(&unread))?;
    let response = call(request)?;
    serde_json::to_vec(&response)
        .map_err(|unwritten| DynoxideError::InternalServerError(unwritten.to_string()))
}

/// The client writes what the service's model allows, so a request that cannot be read breaks a
/// rule of values (an empty set, a number too long) and not of JSON.
fn unreadable(unread: &serde_json::Error) -> DynoxideError {
    let message = unread.to_string();
    let refused = VALIDATION_MARKS.iter().find_map(|mark| message.strip_prefix(mark));
    match refused {
        Some(rule) => DynoxideError::ValidationException(rule.to_owned()),
        None => DynoxideError::SerializationException(message),
    }
}
