"""What the stack tells on its bus, as a consumer takes it."""

import json
import unittest

from consumer import Consumer
from deploy import ROOT
from running import OnTheStack
from shop import Shop, plan_items

NAME = "upline-e2e-told"
TYPES = ["CommissionEarned", "CommissionReversed", "CommissionDue", "EventParked"]


class Outgoing(OnTheStack):
    """An order is paid, refunded in part and completed; an event is parked."""

    def test_a_consumer_that_keeps_the_highest_version_knows_what_is_owed(self):
        """Of what is told, in whatever order and however often."""
        shop, stack = Shop("told"), self.stack
        stack.publish(plan_items(shop.tenant))
        consumer = Consumer(self, NAME, shop.tenant)
        stack.send([*shop.people(), shop.paid(10, "A1", "zoe", ["100.00"]),
                    shop.paid(11, "A2", "zoe", ["50.00"]), shop.paid(12, "B1", "zoe", [9.9])])
        self.drained()
        stack.send([shop.refunded(13, "A1", "r1", 12, amount="30.00")])
        self.drained()
        stack.send([shop.completed(14, "A1", 14)])
        self.drained()
        told = []
        expected = {
            # Of 100.00 10 % and 5 %, less those of the 30.00 that went back; of 50.00 as they are.
            ("A1", "bob"): ("10.00", "3.00", "2025-11-21"),
            ("A1", "ann"): ("5.00", "1.50", "2025-11-21"),
            ("A2", "bob"): ("5.00", "0.00", None), ("A2", "ann"): ("2.50", "0.00", None),
        }

        def known():
            told.extend(consumer.received())
            return latest(told)

        self.becomes(known, expected)
        kinds = {kind for kind, _ in told}
        self.assertEqual(kinds, set(TYPES))
        parked = [detail for kind, detail in told if kind == "EventParked"]
        self.assertEqual({(one["data"]["event_id"], one["data"]["code"]) for one in parked},
                         {("evt-12", "malformed")})
        self.assertNotIn("9.9", json.dumps(parked).replace("floating point 9.9", ""))
        for kind, detail in told:
            self.complete(kind, detail)

    def complete(self, kind, detail):
        """Whether an event has what its schema asks for; the schema itself is held in Rust."""
        schema = json.loads((ROOT / "events" / "schemas" / f"{kind}.schema.json").read_text())
        envelope = json.dumps(schema)
        for key in [*detail["metadata"], *detail["data"]]:
            self.assertIn(f'"{key}"', envelope, kind)
        self.assertEqual(detail["metadata"]["tenant"], "told")


def latest(told):
    """By order and distributor: earned, taken back and due, as the highest version says."""
    highest = {}
    for kind, detail in told:
        if kind != "EventParked":
            data = detail["data"]
            key = data["order_id"], data["distributor_id"]
            if key not in highest or data["version"] >= highest[key]["version"]:
                highest[key] = data
    return {key: (data["amount"], data["reversed"], data.get("due"))
            for key, data in highest.items()}


if __name__ == "__main__":
    unittest.main()
