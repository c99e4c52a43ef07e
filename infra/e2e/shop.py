"""What a shop does: a plan that is active from the beginning of time, and events."""

import json

# Three depths earn 10 %, 5 % and 2 % of what was paid, rounded down to fen or cents.
PART = {
    "depth": 3,
    "cards": {"standard": {
        "base": "paid", "mode": {"percent": {"rates": ["0.10", "0.05", "0.02"]}},
    }},
    "rules": [{"id": "default", "priority": 0, "card": "standard"}],
    "settlement": {"hold_days": 7, "cycle": "daily"},
}
PLAN = {"timezone": "Asia/Shanghai", "currencies": {"CNY": PART, "USD": PART}}
POLICY = {
    "name": "e2e", "effective_from": "2025-01-01", "max_depth": 3, "max_total_rate": "0.30",
    "self_purchase_allowed": True, "sources": {},
}
LONG_AGO = "-377705023201000"


def plan_items(tenant, plan=None, policy=None):
    """The version and its activation, as docs/data-model.md has them."""
    key = {"pk": {"S": f"{tenant}#P"}, "format": {"N": "1"}}
    active = {"from": {"N": LONG_AGO}, "version": {"N": "1"}}
    return [
        key | {"sk": {"S": "V#000001"}, "document": {"S": json.dumps(plan or PLAN)},
               "policy": {"S": json.dumps(policy or POLICY)}},
        key | {"sk": {"S": "ACTIVE"}, "active": {"L": [{"M": active}]}},
    ]


def event(tenant, kind, event_id, data, time="2025-11-20T00:00:00Z"):
    """An event of a shop: its detail-type and its detail."""
    metadata = {"id": event_id, "tenant": tenant, "version": "1", "time": time}
    return kind, {"metadata": metadata, "data": data}


class Shop:
    """The events of one tenant."""

    def __init__(self, tenant):
        self.tenant = tenant

    def event(self, kind, number, **data):
        """Any event."""
        return event(self.tenant, kind, f"evt-{number}", data)

    def registered(self, number, distributor, **more):
        """A distributor whose code is their name in capitals."""
        return self.event("DistributorRegistered", number, distributor_id=distributor,
                          registered_at="2025-10-01T00:00:00Z", own_code=distributor.upper(),
                          **more)

    def bound(self, number, buyer, code):
        """A buyer who came by a code."""
        return self.event("BuyerBound", number, buyer_id=buyer, invite_code=code,
                          bound_at="2025-10-05T00:00:00Z")

    def paid(self, number, order, buyer, prices, currency="CNY",
             paid_at="2025-11-11T00:00:00Z", **more):
        """An order of one piece of each price."""
        lines = [{"line_id": str(line), "sku": "tea", "quantity": 1, "unit_price": price}
                 for line, price in enumerate(prices, 1)]
        return self.event("OrderPaid", number, order_id=order, buyer_id=buyer, currency=currency,
                          paid_at=paid_at, lines=lines, **more)

    def refunded(self, number, order, refund, day, **what):
        """A refund."""
        return self.event("OrderRefunded", number, order_id=order, refund_id=refund,
                          currency="CNY", refunded_at=f"2025-11-{day}T00:00:00Z", **what)

    def completed(self, number, order, day):
        """An order whose buyer confirmed."""
        return self.event("OrderCompleted", number, order_id=order,
                          completed_at=f"2025-11-{day}T00:00:00Z")

    def people(self):
        """Ann stands above bob, and zoe is bound to bob."""
        return [self.registered(1, "ann"), self.registered(2, "bob", invite_code="ANN"),
                self.bound(3, "zoe", "BOB")]
