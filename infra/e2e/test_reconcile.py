"""A day held against what the shop says of it: what is missing is found, sent and reported; a night of
every tenant; and a recount of what was never posted."""

import gzip
import json
import unittest
from datetime import datetime, timedelta, timezone

from api import Api
from consumer import Consumer
from emulator import wait_for
from running import OnTheStack, issuer, say
from shop import PLAN, POLICY, Shop
from stack import SECONDS

DAY = "2025-11-11"
# A run waits for a minute, five times at the most, for what it sent.
RUN_SECONDS = 6 * 60
# Of the time zone of the plan, which has no summer time.
SHANGHAI = timezone(timedelta(hours=8))
RECONCILE, RECOUNT = (f"/v1/jobs/{job}/run" for job in ("reconcile", "recount"))


def line_of(event):
    """An event as a list has it."""
    kind, detail = event
    return json.dumps({"source": "shop.e2e", "detail-type": kind, "detail": detail})


def counts(report):
    """By kind of difference: found, repaired, on its way."""
    return {one["kind"]: (one["found"], one["repaired"], one["sent"]) for one in report["kinds"]}


class Reconcile(OnTheStack):
    """Tenants of whom the API published a plan."""

    def opened(self, tenant):
        """A tenant with a plan and people; its shop, and the API."""
        shop, api = Shop(tenant), Api(self.stack, issuer(), tenant)
        status, published = api.post("/v1/plans", {"document": PLAN, "policy": POLICY})
        self.assertIn(status, (200, 201), published)
        status, active = api.post(
            "/v1/plans/activations", {"version": 1, "from": "2025-01-01T00:00:00Z"})
        self.assertIn(status, (200, 201), active)
        self.stack.send(shop.people())
        self.drained()
        return shop, api

    def give(self, name, body):
        """Puts a list into the bucket."""
        self.stack.storage.put_object(Bucket=self.stack.lists, Key=name, Body=body)
        self.addCleanup(self.stack.storage.delete_object, Bucket=self.stack.lists, Key=name)

    def asked(self, api, run, day=DAY, **more):
        """Asks for a run over a day; its report, once it is finished."""
        status, accepted = api.post(RECONCILE, {"date": day, **more}, role="ops")
        self.assertEqual((status, accepted), (202, {
            "job": "reconcile", "tenant": api.tenant, "date": day, "outcome": "accepted"}))
        report = self.finished(api, run, day)
        self.assertEqual(report["dry_run"], more.get("dry_run", False))
        return report

    def finished(self, api, run, day):
        """The report of a run, once it is finished."""
        path = f"/v1/reports/{day}?run={run}"

        def ask():
            status, report = api.get(path, role="ops")
            return report if status == 200 and report["state"] == "finished" else None

        report = wait_for(f"end of run {run} over {day}", RUN_SECONDS, ask)
        self.drained()
        return report

    def facts(self, tenant):
        """All items but those of reports and of the audit."""
        return {key: item for key, item in self.stack.by_key(tenant).items()
                if key[0].split("#")[1] not in ("R", "A")}

    def test_what_was_withheld_is_found_sent_and_reported_once(self):
        """An order and a refund never came; the list of the day, compressed, has both."""
        shop, api = self.opened("reconciled")
        came = [shop.paid(10, "A1", "zoe", ["100.00"]), shop.paid(11, "A2", "zoe", ["50.00"])]
        withheld = [shop.paid(12, "A3", "zoe", ["200.00"]),
                    shop.refunded(13, "A1", "r1", 11, amount="30.00")]
        self.stack.send(came)
        # 10 % and 5 % of 150.00.
        before = {("bob", "CNY"): {"pending": 1500}, ("ann", "CNY"): {"pending": 750}}
        self.becomes(lambda: self.stack.balances(shop.tenant), before)
        self.drained()
        for role in ("shop", "distributor"):
            self.assertEqual(api.post(RECONCILE, {"date": DAY}, role=role)[0], 403, role)
        unlisted = self.asked(api, 1)
        self.assertEqual((unlisted["list"], unlisted["orders"], counts(unlisted)), (None, 2, {}))
        say("without a list nobody asks what is missing")

        name = f"{shop.tenant}/{DAY}.jsonl.gz"
        self.give(name, gzip.compress("\n".join(map(line_of, came + withheld)).encode()))
        facts = self.facts(shop.tenant)
        dry = self.asked(api, 2, dry_run=True)
        self.assertEqual(counts(dry), {"missing_here": (1, 0, 0), "refund_missing": (1, 0, 0)})
        self.assertEqual(self.facts(shop.tenant), facts)
        say("a dry run finds both, and sends nothing")

        consumer = Consumer(self, "upline-e2e-reconciled", shop.tenant)
        report = self.asked(api, 3)
        self.assertEqual(report["list"], {"name": name, "rows": 4, "unreadable": 0,
                                          "other_days": 0})
        self.assertEqual(counts(report), {"missing_here": (1, 1, 0), "refund_missing": (1, 1, 0)})
        self.assertEqual([report[key] for key in ("orders", "inconsistent_before",
                                                  "inconsistent_after")], [3, 2, 0])
        self.assertEqual({(one["order_id"], one["kind"], one["outcome"])
                          for one in report["differences"]},
                         {("A3", "missing_here", "repaired"), ("A1", "refund_missing", "repaired")})
        # 100.00 less 30.00, 50.00 and 200.00.
        after = {("bob", "CNY"): {"pending": 3200}, ("ann", "CNY"): {"pending": 1600}}
        self.becomes(lambda: self.stack.balances(shop.tenant), after)
        told = []

        def ends():
            """Once or more: whoever finds all done tells it."""
            told.extend(consumer.received())
            ends = [one["data"] for kind, one in told if kind == "ReconciliationFinished"]
            return {tuple(end[key] for key in (
                "day", "run", "listed", "orders", "inconsistent_before", "inconsistent_after"))
                    for end in ends}

        self.becomes(ends, {(DAY, 3, True, 3, 2, 0)})
        say("both are found, sent, posted and told")

        self.drained()
        facts = self.facts(shop.tenant)
        again = self.asked(api, 4)
        self.assertEqual([counts(again), again["orders"], again["inconsistent_before"]],
                         [{}, 3, 0])
        self.assertEqual(self.facts(shop.tenant), facts)

        self.give(f"{shop.tenant}/{DAY}.csv", b"event,order_id,time\n")
        several = self.asked(api, 5)
        self.assertEqual(counts(several), {"unreadable_row": (1, 0, 0)})
        self.assertIn("remove all but one", several["differences"][0]["values"][0]["found"])
        say("of two lists of a day neither is taken, and the report says so")

    def test_a_night_comes_to_every_tenant(self):
        """By the message of the schedule: yesterday of one whose shop gave a list, and of one whose
        shop gave none."""
        schedules = self.stack.emulator.client("scheduler")
        deployed = schedules.get_schedule(Name="upline-reconcile")
        self.assertEqual((deployed["ScheduleExpression"], deployed["State"]),
                         ("cron(30 3 * * ? *)", "ENABLED"))
        now = datetime.now(SHANGHAI)
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
        paid_at = noon.astimezone(timezone.utc).strftime("%FT%TZ")
        yesterday = noon.strftime("%F")
        apis = {}
        for tenant in ("listed", "unlisted"):
            shop, apis[tenant] = self.opened(tenant)
            self.stack.send([shop.paid(10, "A1", "zoe", ["100.00"], paid_at=paid_at)])
        self.drained()
        self.give(f"listed/{yesterday}.csv", (
            "event,order_id,time,buyer_id,currency,line_id,sku,quantity,unit_price\n"
            f"paid,A1,{paid_at},zoe,CNY,1,tea,1,100.00\n").encode())
        self.stack.posted()
        self.stack.queues.send_message(
            QueueUrl=self.stack.queue("reconcile"), MessageBody=deployed["Target"]["Input"])
        found = {tenant: self.finished(api, 1, yesterday) for tenant, api in apis.items()}
        for tenant, rows in (("listed", 1), ("unlisted", None)):
            report = found[tenant]
            self.assertEqual((report["by"], report["orders"], counts(report)),
                             ("reconcile", 1, {}), report)
            self.assertEqual(rows, report["list"] and report["list"]["rows"])

    def test_a_recount_counts_what_was_not_posted_and_nothing_twice(self):
        """While nothing is posted."""
        shop, api = self.opened("recounted")
        self.stack.posted()
        earned = {("bob", "CNY"): {"pending": 1000}, ("ann", "CNY"): {"pending": 500}}
        self.stack.switch("post-ledger", "Disabled")
        try:
            self.stack.send([shop.paid(10, "A1", "zoe", ["100.00"])])
            self.drained()
            self.assertEqual(self.stack.orders(shop.tenant), ["A1"])
            self.assertEqual(self.stack.balances(shop.tenant), {})
            status, accepted = api.post(RECOUNT, None, role="ops")
            self.assertEqual((status, accepted), (202, {
                "job": "recount", "tenant": shop.tenant, "outcome": "accepted"}))
            self.becomes(lambda: self.stack.balances(shop.tenant), earned)
            self.drained()
        finally:
            self.stack.switch("post-ledger", "Enabled")
        self.stack.posted()
        facts = self.facts(shop.tenant)
        self.assertEqual(self.stack.balances(shop.tenant), earned)
        self.stack.queues.send_message(
            QueueUrl=self.stack.queue("recount"), MessageBody='{"job": "recount"}')
        self.drained()
        self.assertEqual(self.facts(shop.tenant), facts)


if __name__ == "__main__":
    unittest.main()
