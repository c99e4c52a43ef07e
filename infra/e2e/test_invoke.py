"""The samples of events/, wrapped by events/wrap.py and handed to the functions directly, as `cargo
lambda invoke` and `sam local invoke` do."""

import json
import subprocess
import sys
import unittest

from deploy import ROOT
from running import OnTheStack
from shop import plan_items
from stack import of

ACT_OF = {
    "DistributorRegistered": "bind-registration", "BuyerBound": "bind-registration",
    "OrderPaid": "calculate-commission", "OrderRefunded": "reverse-refund",
    "OrderCompleted": "complete-order",
}
REFUSED = ROOT / "events" / "samples" / "parked" / "no-lines.json"
REFUSED_ID = "evt-2031"


class Invoke(OnTheStack):
    """Each sample that is to be accepted, and one that is to be parked."""

    def test_each_sample_is_taken_by_the_function_of_its_act(self):
        """By the answer of the function and by its log."""
        self.stack.publish(plan_items("demo"))
        accepted = sorted((ROOT / "events" / "samples" / "accepted").glob("*.json"))
        self.assertGreaterEqual(len(accepted), 17)
        for path in [*accepted, REFUSED]:
            event = subprocess.run([sys.executable, ROOT / "events" / "wrap.py", path],
                                   check=True, capture_output=True).stdout
            kind = json.loads(json.loads(event)["Records"][0]["body"])["detail-type"]
            answer = self.stack.functions.invoke(
                FunctionName=f"upline-{ACT_OF[kind]}", Payload=event)
            body = json.loads(answer["Payload"].read())
            self.assertNotIn("FunctionError", answer, (path.name, body))
            self.assertEqual(body, {"batchItemFailures": []}, path.name)
        ids = {json.loads(path.read_text())["detail"]["metadata"]["id"] for path in accepted}
        told = self.stack.told(
            lambda all_: {*ids, REFUSED_ID} <= {one.event_id for one in of("demo", all_)})
        malformed = [one.event_id for one in of("demo", told) if one.outcome == "parked: malformed"]
        self.assertEqual(malformed, [REFUSED_ID])


if __name__ == "__main__":
    unittest.main()
