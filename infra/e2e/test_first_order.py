"""From nothing to the first order by the HTTP API alone, as docs/deploy.md tells it."""

import unittest

from api import Api
from running import OnTheStack, issuer
from shop import PLAN, POLICY, Shop


class FirstOrder(OnTheStack):
    """A tenant of whom the table knows nothing."""

    def test_a_plan_is_published_and_an_order_pays(self):
        """The plan is sent, activated, and applied to an order that is sent; what is wrong is
        answered at once."""
        shop = Shop("newcomer")
        api = Api(self.stack, issuer(), shop.tenant)
        self.assertEqual(api.ask("GET", "/v1/health", None)[0], 200)
        self.assertEqual(api.get("/v1/plans"), (200, {"items": []}))
        status, published = api.post("/v1/plans", {"document": PLAN, "policy": POLICY})
        self.assertIn(status, (200, 201), published)
        status, active = api.post("/v1/plans/activations",
                                  {"version": 1, "from": "2025-01-01T00:00:00Z"})
        self.assertIn(status, (200, 201), active)
        kinds = [*shop.people(), shop.paid(10, "A1", "zoe", ["200.00"]),
                 shop.paid(11, "A2", "zoe", [9.9])]
        events = [{"source": "shop", "detail-type": kind, "detail": detail}
                  for kind, detail in kinds]
        status, answer = api.post("/v1/events", {"events": events}, role="shop")
        self.assertEqual(
            (status, [one["outcome"] for one in answer["results"]]),
            (202, ["accepted"] * 4 + ["parked"]), answer)
        pending = [{"currency": "CNY", "pending": "20.00"}]
        self.becomes(lambda: [
            {key: one[key] for key in pending[0]}
            for one in api.get("/v1/distributors/bob/balance")[1].get("balances", [])], pending)
        status, order = api.get("/v1/orders/A1")
        self.assertEqual((status, order["paid"], order["state"]), (200, "200.00", "attributed"))
        status, parked = api.get("/v1/parked", role="ops")
        self.assertEqual([(one["event_id"], one["code"]) for one in parked["items"]],
                         [("evt-11", "malformed")])
        self.drained()


if __name__ == "__main__":
    unittest.main()
