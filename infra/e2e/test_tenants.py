"""Two tenants with the same names for everything: neither sees, changes or adds to the other."""

import unittest

from api import Api
from running import OnTheStack, issuer
from shop import Shop, plan_items


class Tenants(OnTheStack):
    """The same ids, other amounts."""

    def test_two_tenants_share_nothing(self):
        """One sells for 100.00, the other for 30.00, of which 10.00 go back."""
        stack, one, other = self.stack, Shop("one"), Shop("other")
        for shop, price in ((one, "100.00"), (other, "30.00")):
            stack.publish(plan_items(shop.tenant))
            stack.send([*shop.people(), shop.paid(10, "A1", "zoe", [price])])
        stack.send([other.refunded(11, "A1", "r1", 12, amount="10.00"),
                    other.paid(12, "A2", "zoe", ["1.00"])])
        self.becomes(lambda: stack.balances("one"), balances(1000, 500))
        # 3.00 less 1.00, and 0.10; 1.50 less 0.50, and 0.05.
        self.becomes(lambda: stack.balances("other"), balances(210, 105))
        self.drained()
        keys = {key for key in stack.by_key() if key[0].split("#")[0] in ("one", "other")}
        self.assertEqual({key[0] for key in keys if key[1] == "ORDER"},
                         {"one#O#A1", "other#O#A1", "other#O#A2"})

        first, second = (Api(stack, issuer(), name) for name in ("one", "other"))
        self.assertEqual(paid(first.get("/v1/orders/A1")), "100.00")
        self.assertEqual(paid(second.get("/v1/orders/A1")), "30.00")
        self.assertEqual(first.get("/v1/orders/A2")[0], 404)
        self.assertEqual(paid(second.get("/v1/orders/A2")), "1.00")

    def test_a_tenant_takes_no_event_of_another(self):
        """Sent over HTTP with the token of the one, named after the other."""
        stack, one = self.stack, Shop("sender")
        for tenant in ("sender", "victim"):
            stack.publish(plan_items(tenant))
        kind, detail = Shop("victim").registered(1, "eve")
        api = Api(stack, issuer(), one.tenant)
        event = {"source": "shop.e2e", "detail-type": kind, "detail": detail}
        status, answer = api.post("/v1/events", {"events": [event]}, role="shop")
        self.assertEqual((status, [each["outcome"] for each in answer["results"]]),
                         (202, ["refused"]), answer)
        self.drained()
        for tenant in ("sender", "victim"):
            self.assertEqual([key for key in stack.by_key(tenant) if "#M#" in key[0]], [])

    def test_only_a_token_of_the_issuer_opens_the_api(self):
        """None, one of another key, one for another audience, and one that has ended."""
        api, tokens = Api(self.stack, issuer(), "one"), issuer()
        path = "/v1/orders/A1"
        stranger = type(tokens)()
        self.addCleanup(stranger.stop)
        good = tokens.token("one", "admin")
        refused = {
            "none": None,
            "another key": stranger.token("one", "admin", iss=tokens.url),
            "another issuer": stranger.token("one", "admin"),
            "another audience": tokens.token("one", "admin", aud="somebody"),
            "ended": tokens.token("one", "admin", exp=1),
            "changed": good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB"),
        }
        for what, token in refused.items():
            self.assertEqual(api.ask("GET", path, token)[0], 401, what)
        self.assertIn(api.ask("GET", path, good)[0], (200, 404))

    def test_a_distributor_sees_nobody_elses_money(self):
        """Bob, who stands below ann."""
        shop = Shop("money")
        self.stack.publish(plan_items(shop.tenant))
        self.stack.send([*shop.people(), shop.paid(10, "A1", "zoe", ["100.00"])])
        self.becomes(lambda: self.stack.balances("money"), balances(1000, 500))
        self.drained()
        api = Api(self.stack, issuer(), shop.tenant)
        own = api.get("/v1/distributors/bob/balance", "distributor", "bob")
        self.assertEqual((own[0], own[1]["balances"][0]["pending"]), (200, "10.00"))
        self.assertEqual(api.get("/v1/distributors/ann/balance", "distributor", "bob")[0], 403)
        self.assertEqual(api.get("/v1/distributors/bob/balance", "shop")[0], 403)


def balances(bob, ann):
    """What is pending of the two."""
    return {("bob", "CNY"): {"pending": bob}, ("ann", "CNY"): {"pending": ann}}


def paid(answer):
    """What was paid, where an order was answered."""
    status, order = answer
    return order["paid"] if status == 200 else answer


if __name__ == "__main__":
    unittest.main()
