"""What the bus keeps, sent again; and a poster that was away."""

import unittest
from datetime import datetime, timedelta, timezone

from emulator import wait_for
from running import OnTheStack, say
from shop import Shop, plan_items
from stack import FENCE, SECONDS, of

ARCHIVE = "upline-replayed"
A_DAY = timedelta(days=1)


class Replay(OnTheStack):
    """Everything once more, and everything later."""

    def bus_arn(self):
        """Of the bus of the stack."""
        return self.stack.bus.describe_event_bus(Name=self.stack.bus_name)["Arn"]

    def story(self, shop):
        """Each kind of event, one that is known already, and one that is parked."""
        order = shop.paid(10, "A1", "zoe", ["100.00"])
        return [
            *shop.people(), order, order,
            shop.refunded(11, "A1", "r1", 12, amount="30.00"), shop.completed(12, "A1", 14),
            shop.paid(13, "A2", "zoe", ["50.00"]), shop.paid(14, "B1", "zoe", [9.9]),
        ]

    def test_a_replay_of_the_archive_changes_no_item(self):
        """The emulator refuses an archive in a template, so that it is made here."""
        shop, bus = Shop("replayed"), self.stack.bus
        self.stack.publish(plan_items(shop.tenant))
        answer = bus.create_archive(ArchiveName=ARCHIVE, EventSourceArn=self.bus_arn())
        self.addCleanup(bus.delete_archive, ArchiveName=ARCHIVE)
        events = self.story(shop)
        self.stack.send(events)
        # 100.00 less 30.00, 10 % and 5 % of it, due; and of 50.00, pending.
        due = "due#2025-11-21"
        expected = {("bob", "CNY"): {"pending": 500, due: 700},
                    ("ann", "CNY"): {"pending": 250, due: 350}}
        self.becomes(lambda: self.stack.balances(shop.tenant), expected)
        self.becomes(lambda: self.stack.parked([shop.tenant]),
                     [(shop.tenant, "evt-14", "malformed")])
        self.drained()
        self.stack.told(lambda all_: len(of(shop.tenant, all_)) == len(events))
        before = self.stack.by_key()
        say("told once")

        now = datetime.now(timezone.utc)
        name = "once-more"
        bus.start_replay(
            ReplayName=name, EventSourceArn=answer["ArchiveArn"],
            EventStartTime=now - A_DAY, EventEndTime=now + A_DAY,
            Destination={"Arn": self.bus_arn()})
        wait_for("end of the replay", SECONDS,
                 lambda: bus.describe_replay(ReplayName=name)["State"] == "COMPLETED")
        self.stack.told(lambda all_: len(of(shop.tenant, all_)) >= 2 * len(events))
        self.drained()
        self.stack.posted()
        after = self.stack.by_key()
        changed = {key: (before.get(key), after.get(key)) for key in before | after
                   if key[0].split("#")[0] != FENCE.tenant
                   and lasting(before.get(key)) != lasting(after.get(key))}
        self.assertEqual(changed, {})

    def test_what_was_not_posted_is_posted_later(self):
        """Orders are taken while nothing is posted, and balances are right once something is."""
        shop = Shop("posted-later")
        self.stack.publish(plan_items(shop.tenant))
        self.stack.send(shop.people())
        self.drained()
        self.stack.posted()
        orders = 12
        self.stack.switch("post-ledger", "Disabled")
        try:
            self.stack.send([
                *(shop.paid(100 + each, f"A{each}", "zoe", ["10.00"]) for each in range(orders)),
                *(shop.refunded(200 + each, f"A{each}", "r1", 12, amount="5.00")
                  for each in range(0, orders, 2)),
            ])
            self.drained()
            self.assertEqual(len(self.stack.orders(shop.tenant)), orders)
            self.assertEqual(self.stack.balances(shop.tenant), {})
            say(f"{orders} orders stand, and no balance is there")
        finally:
            self.stack.switch("post-ledger", "Enabled")
        # 12 × 10.00 less 6 × 5.00 = 90.00: 10 % and 5 %, each order rounded by itself without loss.
        expected = {("bob", "CNY"): {"pending": 900}, ("ann", "CNY"): {"pending": 450}}
        self.becomes(lambda: self.stack.balances(shop.tenant), expected)
        self.drained()


def lasting(item):
    """An item without the time at which it was last parked."""
    parked = item is not None and "#X#" in item["pk"]
    return {key: value for key, value in item.items() if key != "at"} if parked else item


if __name__ == "__main__":
    unittest.main()
