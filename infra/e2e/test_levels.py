"""Levels: one who rises when the job is asked for, and once; a night by the schedule; a message that
is no job."""

import unittest
from datetime import datetime, timedelta, timezone

from api import Api
from consumer import Consumer
from emulator import wait_for
from running import OnTheStack, issuer, say
from shop import PLAN, POLICY, Shop
from stack import SECONDS

QUEUE = SCHEDULE = "check-upgrades"
JOB = f"/v1/jobs/{SCHEDULE}/run"
SHARDS = 8
# Who sold for 100.00 in 30 days is silver.
LEVELS = [{"id": "bronze"}, {"id": "silver", "when": {"all": [
    {"own_sales": {"min": "100.00", "currency": "CNY", "days": 30}}]}}]
LEAD = timedelta(minutes=15)


def time_of(text):
    """An instant as the API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Levels(OnTheStack):
    """Tenants of whom the API published a plan, and one distributor each who sold enough."""

    def opened(self, tenant):
        """A tenant whose bob sold for 100.00 a minute ago, when that is counted; the API."""
        shop, api = Shop(tenant), Api(self.stack, issuer(), tenant)
        status, published = api.post(
            "/v1/plans", {"document": PLAN | {"levels": LEVELS}, "policy": POLICY})
        self.assertIn(status, (200, 201), published)
        status, active = api.post(
            "/v1/plans/activations", {"version": 1, "from": "2025-01-01T00:00:00Z"})
        self.assertIn(status, (200, 201), active)
        paid_at = (datetime.now(timezone.utc) - timedelta(minutes=1)).strftime("%FT%TZ")
        self.stack.send([*shop.people(), shop.paid(10, "A1", "zoe", ["100.00"], paid_at=paid_at)])
        self.becomes(lambda: self.stack.balances(tenant),
                     {("bob", "CNY"): {"pending": 1000}, ("ann", "CNY"): {"pending": 500}})
        self.drained()
        return api

    def levels(self, api, distributor):
        """The levels that somebody was given, with the time from which each holds."""
        status, profile = api.get(f"/v1/distributors/{distributor}")
        self.assertEqual(status, 200, profile)
        return [(held["value"], held["from"]) for held in profile["levels"]]

    def names(self, api):
        """The same of both without the times."""
        return {one: [name for name, _ in self.levels(api, one)] for one in ("ann", "bob")}

    def nights(self, tenant):
        """By shard, when the last night began that is done."""
        return {sk: item["began"] for (pk, sk), item in self.stack.by_key(tenant).items()
                if pk == f"{tenant}#L"}

    def asked(self, api, body=None):
        """Asks for the job of a tenant, and waits until each shard has had a night since."""
        before = self.nights(api.tenant)
        status, accepted = api.post(JOB, body, role="ops")
        self.assertEqual((status, accepted), (202, {
            "job": SCHEDULE, "tenant": api.tenant, "outcome": "accepted"}))
        wait_for("night of each shard", SECONDS, lambda: sum(
            began != before.get(shard) for shard, began in self.nights(api.tenant).items()) == SHARDS)
        self.drained()

    def test_who_sold_enough_rises_when_the_job_is_asked_for_and_once(self):
        """The level holds from 15 minutes later on, and is told on the bus; the same job again
        changes nothing."""
        began = datetime.now(timezone.utc)
        api = self.opened("levels")
        consumer = Consumer(self, "upline-e2e-levels", api.tenant)
        self.assertEqual(self.names(api), {"ann": [], "bob": []})
        for role in ("shop", "distributor"):
            self.assertEqual(api.post(JOB, None, role=role)[0], 403, role)
        self.assertEqual(api.post(JOB, {"tenant": "another"}, role="ops")[0], 403)
        self.assertEqual(api.post("/v1/jobs/settle/run", None, role="ops")[0], 404)
        self.asked(api)
        self.assertEqual(self.names(api), {"ann": [], "bob": ["silver"]})
        [(_, start)] = self.levels(api, "bob")
        self.assertLessEqual(began + LEAD, time_of(start))
        self.assertLessEqual(time_of(start), datetime.now(timezone.utc) + LEAD)
        self.explained(api, start)
        told = []

        def changes():
            told.extend(consumer.received())
            return {(one["data"]["distributor_id"], one["data"]["level"])
                    for kind, one in told if kind == "LevelChanged"}

        self.becomes(changes, {("bob", "silver")})
        say("bob is silver, and it was told")
        before = self.facts(api.tenant)
        self.asked(api)
        status, _ = api.post(JOB, {"distributor_id": "bob"}, role="ops")
        self.assertEqual(status, 202)
        self.drained()
        self.stack.posted()
        self.assertEqual(self.facts(api.tenant), before)
        self.assertEqual(changes(), {("bob", "silver")})

    def explained(self, api, start):
        """What bob sees of it: not yet silver, but from when on, and why."""
        status, stands = api.get("/v1/distributors/bob/level", "distributor", "bob")
        self.assertEqual((status, stands["level"]), (200, "bronze"), stands)
        [change] = stands["history"]
        self.assertEqual([change[key] for key in ("was", "level", "from", "how", "plan_version")],
                         ["bronze", "silver", start, "check", 1])
        [measure] = change["measures"]
        self.assertEqual([measure[key] for key in ("measure", "have", "min", "met")],
                         ["own_sales", "100.00", "100.00", True])

    def facts(self, tenant):
        """All items, but how far nights are done."""
        return {key: item for key, item in self.stack.by_key(tenant).items()
                if key[0] != f"{tenant}#L"}

    def test_a_night_comes_to_every_tenant(self):
        """By the schedule of the stack, at another time: one a moment ahead."""
        schedules = self.stack.emulator.client("scheduler")
        deployed = schedules.get_schedule(Name=f"upline-{SCHEDULE}")
        self.assertEqual(deployed["ScheduleExpression"], "cron(15 2 * * ? *)")
        self.assertEqual(deployed["State"], "ENABLED")
        apis = [self.opened(tenant) for tenant in ("night-one", "night-two")]
        at = datetime.now(timezone.utc) + timedelta(seconds=1)
        name = "upline-e2e-night"
        schedules.create_schedule(
            Name=name, ScheduleExpression=f"at({at.strftime('%FT%T')})",
            FlexibleTimeWindow={"Mode": "OFF"}, Target=deployed["Target"])
        self.addCleanup(schedules.delete_schedule, Name=name)
        for api in apis:
            self.becomes(lambda api=api: self.names(api), {"ann": [], "bob": ["silver"]})
        self.drained()

    def test_what_is_no_job_is_parked(self):
        """Whole, and in no tenant's list."""
        body = '{"job": "check-upgrades", "tennant": "levels"}'
        self.stack.queues.send_message(QueueUrl=self.stack.queue(QUEUE), MessageBody=body)

        def kept():
            return [item for item in self.stack.items("?") if item.get("event") == body]

        [item] = wait_for("parked message", SECONDS, kept)
        # Other tests look at what is nobody's, too.
        key = {name: {"S": item[name]} for name in ("pk", "sk")}
        self.stack.table.delete_item(TableName=self.stack.table_name, Key=key)
        self.assertEqual((item["code"], item["reason"]),
                         ("malformed", "tennant: there is no such key here; write tenant"))
        self.drained()


if __name__ == "__main__":
    unittest.main()
