//! A batch of the table's stream, as AWS hands it to a function.

use aws_lambda_events::dynamodb::Event;
use serde_json::{Value, json};

/// A batch with these items, as the stream writes them, as they are after their changes.
#[must_use]
pub fn batch(images: &[Value]) -> Event {
    let record = |image: &Value| {
        json!({
            "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1",
            "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_795_000_000,
                "Keys": { "pk": image["pk"], "sk": image["sk"] }, "NewImage": image,
                "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_IMAGE",
            },
        })
    };
    let records: Vec<Value> = images.iter().map(record).collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}
