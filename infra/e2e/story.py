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

from shop import Shop

TENANT = "story"
SHOP = Shop(TENANT)
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

A1 = SHOP.paid(10, "A1", "zoe", ["60.00", "40.00"], discount="10.00")
R1 = SHOP.refunded(11, "A1", "r1", 12, lines=[{"line_id": "2", "amount": "18.00"}])

# Those below stand above those above: registrations, orders and refunds that have to wait.
GOOD = [
    SHOP.registered(3, "cat", invite_code="BOB"),
    SHOP.refunded(20, "A2", "r3", 13, amount="25.00"),
    SHOP.paid(30, "A3", "yan", ["30.00"]),
    SHOP.bound(4, "zoe", "CAT"),
    A1,
    R1,
    SHOP.refunded(12, "A1", "r2", 13, amount="27.00"),
    SHOP.completed(13, "A1", 14),
    SHOP.paid(40, "A4", "xia", ["12.30"], invite_code="ANN"),
    SHOP.paid(50, "A5", "zoe", ["20.00"], currency="USD"),
    SHOP.registered(2, "bob", invite_code="ANN"),
    SHOP.registered(1, "ann"),
    SHOP.paid(21, "A2", "zoe", ["100.00"]),
    SHOP.bound(5, "yan", "BOB"),
]

# Sent when zoe is bound, so that the order in yen is parked as it comes.
POISONED = [
    # The plan has no part for yen.
    SHOP.paid(60, "B1", "zoe", ["100"], currency="JPY"),
    # A price is a text, never a number.
    SHOP.paid(61, "B2", "zoe", [9.9]),
    ("OrderPaid", {"no": "event"}),
]
PARKED = sorted([
    (TENANT, "evt-60", "currency_not_planned"),
    (TENANT, "evt-61", "malformed"),
    ("?", "?", "malformed"),
    ("?", "?", "malformed"),
])

EVENTS = [*GOOD, A1, R1]
