"""Prints samples as the queue of an act hands them to its function, one message each:

    python3 events/wrap.py events/samples/accepted/06-order-with-coupon.json > event.json
    cargo lambda invoke calculate-commission --data-file event.json
    sam local invoke CalculateCommissionFunction… --event event.json
"""

import json
import sys
from pathlib import Path

QUEUE = "arn:aws:sqs:us-east-1:000000000000:upline-sample"


def sample(path):
    """The event of a file; of one that is to be parked, that which its reason is about."""
    text = Path(path).read_text()
    document = json.loads(text)
    return json.dumps(document["event"]) if "why" in document else text


def wrapped(samples):
    """The event of the queue; each sample is the body of a message."""
    return {"Records": [{
        "messageId": f"sample-{place}", "receiptHandle": "sample", "body": body,
        "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {},
        "eventSource": "aws:sqs", "eventSourceARN": QUEUE, "awsRegion": "us-east-1",
    } for place, body in enumerate(samples, 1)]}


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    json.dump(wrapped([sample(path) for path in sys.argv[1:]]), sys.stdout, indent=2)
    print()
