"""The story of a small shop, told to the deployed stack: what is in the table in the end is held
against figures worked out by hand."""

import json
import shutil
import time
import unittest

from boto3.dynamodb.types import TypeDeserializer

import story
from deploy import NotReady, deploy, synthesise
from emulator import Emulator, wait_for

SECONDS = 60
ACTS = ["bind-registration", "calculate-commission", "reverse-refund", "complete-order"]


class Story(unittest.TestCase):
    """One emulator, one stack, one story."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        """Deploys; whatever fails, nothing is left behind."""
        cls.began = time.monotonic()
        try:
            synthesise()
        except NotReady as error:
            raise SystemExit(str(error)) from None
        cls.say("synthesised")
        cls.emulator = Emulator.start()
        cls.addClassCleanup(cls.end)
        cls.say(f"started {cls.emulator.url}")
        cls.outputs = deploy(cls.emulator)
        cls.say(f"deployed {cls.outputs}")
        cls.table = cls.emulator.client("dynamodb")
        cls.queues = cls.emulator.client("sqs")
        cls.bus = cls.emulator.client("events")

    @classmethod
    def say(cls, what):
        """Prints what was done, and after how long."""
        print(f"  {time.monotonic() - cls.began:6.2f} s  {what}", flush=True)

    @classmethod
    def end(cls):
        """Ends the emulator, and says so where a process had to be killed."""
        killed = cls.emulator.stop()
        if killed:
            raise AssertionError(f"processes {killed} did not end by themselves")
        shutil.rmtree(cls.emulator.folder)
        cls.say("ended, with no process left")

    def test_balances_are_those_worked_out_by_hand(self):
        """All events, two of the orders twice, in an order that makes some of them wait."""
        for item in story.plan_items():
            self.table.put_item(TableName=self.outputs["TableName"], Item=item)
        self.say("published the plan")
        self.send(story.EVENTS)
        self.say(f"sent {len(story.EVENTS)} events")
        self.settle(self.balances, story.BALANCES)
        self.say("balances are as expected")
        self.send(story.POISONED)
        self.queues.send_message(
            QueueUrl=self.queue("upline-calculate-commission"), MessageBody="{ not JSON")
        self.settle(self.parked, story.PARKED)
        self.say("what is wrong is parked, and nothing else")
        self.settle(self.teams, story.TEAMS)
        self.settle(self.waiting, [])
        self.say("teams are counted, and nothing waits any more")
        self.drained()

        before = self.facts_and_books()
        again = len(story.GOOD)
        exists = self.outcomes().count("exists")
        self.send(story.GOOD)
        wait_for(f"answer `exists` to {again} events", SECONDS,
                 lambda: self.outcomes().count("exists") >= exists + again)
        self.drained()
        self.assertEqual(self.facts_and_books(), before)
        self.say(f"sent {again} events again: each exists, and no item changed")

    def send(self, events):
        """Puts events on the bus, ten at a time."""
        for start in range(0, len(events), 10):
            entries = [{
                "EventBusName": self.outputs["BusName"], "Source": "shop.e2e",
                "DetailType": kind, "Detail": json.dumps(detail),
            } for kind, detail in events[start:start + 10]]
            answer = self.bus.put_events(Entries=entries)
            self.assertEqual(answer["FailedEntryCount"], 0, answer)

    def settle(self, ask, expected):
        """Waits until the answer is the expected one, and shows the difference if it never is."""
        try:
            wait_for("expected answer", SECONDS, lambda: ask() == expected)
        except TimeoutError:
            self.assertEqual(ask(), expected, f"see {self.emulator.log}")

    def drained(self):
        """Waits until the queues are empty, and none has given up."""
        for act in ACTS:
            self.settle(lambda name=f"upline-{act}": self.held(name), 0)
        given_up = [f"upline-{act}-dead" for act in ACTS]
        for name in [*given_up, "upline-post-ledger-failed", "upline-undelivered"]:
            self.assertEqual(self.held(name), 0, name)

    def queue(self, name):
        """The address of a queue."""
        return self.queues.get_queue_url(QueueName=name)["QueueUrl"]

    def held(self, name):
        """How many messages a queue holds, those in hand too."""
        kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.queues.get_queue_attributes(QueueUrl=self.queue(name), AttributeNames=kinds)
        return sum(int(answer["Attributes"][kind]) for kind in kinds)

    def items(self):
        """All items of the table."""
        pages = self.table.get_paginator("scan").paginate(
            TableName=self.outputs["TableName"], ConsistentRead=True)
        read = TypeDeserializer().deserialize
        return [{key: read(value) for key, value in item.items()}
                for page in pages for item in page["Items"]]

    def balances(self):
        """By distributor and currency: what is pending and due, in minor units; zeros left out."""
        return {
            (item["pk"].split("#")[2], item["currency"]): {
                key: int(value) for key, value in item.items()
                if (key == "pending" or key.startswith("due#")) and value
            }
            for item in self.items() if item["sk"].startswith("BAL#")
        }

    def parked(self):
        """Tenant, id and code of what is parked."""
        return sorted((item["pk"].split("#")[0], item["event_id"], item["code"])
                      for item in self.items() if "#X#" in item["pk"])

    def teams(self):
        """By distributor: how many stand at each depth."""
        return {
            item["pk"].split("#")[2]: {
                key: int(value) for key, value in item.items() if key.startswith("depth")}
            for item in self.items() if item["sk"] == "TEAM"
        }

    def waiting(self):
        """The keys of what waits for a code, a sponsor or a binding."""
        return [(item["pk"], item["sk"]) for item in self.items()
                if item["sk"].startswith(("AWAIT#", "WAIT#"))]

    def facts_and_books(self):
        """All items but what is parked, by key."""
        return {(item["pk"], item["sk"]): item for item in self.items() if "#X" not in item["pk"]}

    def outcomes(self):
        """The outcome of every event so far, from the logs of the acts."""
        logs = self.emulator.client("logs")
        found = []
        for act in ACTS:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=f"/aws/lambda/upline-{act}")
            lines = [event["message"] for page in pages for event in page["events"]]
            fields = [json.loads(line)["fields"] for line in lines if line.startswith("{")]
            found += [one["outcome"] for one in fields if "outcome" in one]
        return found


if __name__ == "__main__":
    unittest.main()
