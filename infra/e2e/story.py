"""The story: a plan, events, and what must be in the table when all are handled.

ann is above bob, and bob above cat; depth 1, 2 and 3 earn 10 %, 5 % and 2 % of what was paid,
rounded down to fen or cents.

A1  zoe, bound to cat. 60.00 and 40.00 less a coupon of 10.00: 54.00 and 36.00; cat earns 5.40
    and 3.60, bob 2.70 and 1.80, ann 1.08 and 0.72. Refunds of 18.00 on line 2, and of 27.00 on the
    order (20.25 and 6.75 by what is left, 54.00 and 18.00). Taken back of cat 5.40 × 20.25 ÷ 54.00
    = 2.025 and 3.60 × 24.75 ÷ 36.00 = 2.475, rounded down 2.02 and 2.47, so 4.51 are left; of bob
    1.01 and 1.23, left 2.26; of ann 0.40 and 0.49, left 0.91. Completed on 2025-11-14, held for
    7 days: due on 2025-11-21.
A2  zoe, 100.00, of which 25.00 go back, known before the order is: cat 7.50, bob 3.75, ann 1.50.
A3  yan, 30.00, bound to bob after the order is known: bob 3.00, ann 1.50.
A4  xia, 12.30 with the code of ann: ann 1.23.
A5  zoe, 20.00 dollars: cat 2.00, bob 1.00, ann 0.40.
"""

import json

TENANT = "e2e"
DUE = "due#2025-11-21"

# Minor units: fen and cents.
BALANCES = {
    ("cat", "CNY"): {"pending": 750, DUE: 451},
    ("bob", "CNY"): {"pending": 375 + 300, DUE: 226},
    ("ann", "CNY"): {"pending": 150 + 150 + 123, DUE: 91},
    ("cat", "USD"): {"pending": 200},
    ("bob", "USD"): {"pending": 100},
    ("ann", "USD"): {"pending": 40},
}
TEAMS = {"ann": {"depth1": 1, "depth2": 1}, "bob": {"depth1": 1}}

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


def plan_items():
    """The version and its activation, as docs/data-model.md has them."""
    key = {"pk": {"S": f"{TENANT}#P"}, "format": {"N": "1"}}
    active = {"from": {"N": LONG_AGO}, "version": {"N": "1"}}
    return [
        key | {"sk": {"S": "V#000001"}, "document": {"S": json.dumps(PLAN)},
               "policy": {"S": json.dumps(POLICY)}},
        key | {"sk": {"S": "ACTIVE"}, "active": {"L": [{"M": active}]}},
    ]


def event(kind, number, **data):
    """An event of the shop: its detail-type and its detail."""
    metadata = {
        "id": f"evt-{number}", "tenant": TENANT, "version": "1", "time": "2025-11-20T00:00:00Z",
    }
    return kind, {"metadata": metadata, "data": data}


def registered(number, distributor, **more):
    """A distributor whose code is their name in capitals."""
    return event("DistributorRegistered", number, distributor_id=distributor,
                 registered_at="2025-10-01T00:00:00Z", own_code=distributor.upper(), **more)


def bound(number, buyer, code):
    """A buyer who came by a code."""
    return event("BuyerBound", number, buyer_id=buyer, invite_code=code,
                 bound_at="2025-10-05T00:00:00Z")


def paid(number, order, buyer, prices, currency="CNY", **more):
    """An order of one piece of each price."""
    lines = [{"line_id": str(line), "sku": "tea", "quantity": 1, "unit_price": price}
             for line, price in enumerate(prices, 1)]
    return event("OrderPaid", number, order_id=order, buyer_id=buyer, currency=currency,
                 paid_at="2025-11-11T00:00:00Z", lines=lines, **more)


def refunded(number, order, refund, day, **what):
    """A refund."""
    return event("OrderRefunded", number, order_id=order, refund_id=refund, currency="CNY",
                 refunded_at=f"2025-11-{day}T00:00:00Z", **what)


A1 = paid(10, "A1", "zoe", ["60.00", "40.00"], discount="10.00")
R1 = refunded(11, "A1", "r1", 12, lines=[{"line_id": "2", "amount": "18.00"}])

# Those below stand above those above: registrations, orders and refunds that have to wait.
GOOD = [
    registered(3, "cat", invite_code="BOB"),
    refunded(20, "A2", "r3", 13, amount="25.00"),
    paid(30, "A3", "yan", ["30.00"]),
    bound(4, "zoe", "CAT"),
    A1,
    R1,
    refunded(12, "A1", "r2", 13, amount="27.00"),
    event("OrderCompleted", 13, order_id="A1", completed_at="2025-11-14T00:00:00Z"),
    paid(40, "A4", "xia", ["12.30"], invite_code="ANN"),
    paid(50, "A5", "zoe", ["20.00"], currency="USD"),
    registered(2, "bob", invite_code="ANN"),
    registered(1, "ann"),
    paid(21, "A2", "zoe", ["100.00"]),
    bound(5, "yan", "BOB"),
]

# Sent when zoe is bound, so that the order in yen is parked as it comes.
POISONED = [
    # The plan has no part for yen.
    paid(60, "B1", "zoe", ["100"], currency="JPY"),
    # A price is a text, never a number.
    paid(61, "B2", "zoe", [9.9]),
    ("OrderPaid", {"no": "event"}),
]
PARKED = sorted([
    (TENANT, "evt-60", "currency_not_planned"),
    (TENANT, "evt-61", "malformed"),
    ("?", "?", "malformed"),
    ("?", "?", "malformed"),
])

EVENTS = [*GOOD, A1, R1]
