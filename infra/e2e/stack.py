"""The deployed stack from outside: its bus, its queues, its functions, its logs and its table."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from boto3.dynamodb.types import TypeDeserializer

from emulator import wait_for
from shop import Shop, plan_items

SECONDS = 60
ACTS = ["bind-registration", "calculate-commission", "reverse-refund", "complete-order"]
NIGHTLY = ["check-upgrades", "reconcile"]
JOBS = [*NIGHTLY, "recount"]
ENTRIES_MAX = 10
NUDGES = 6
FENCE = Shop("fence")


class DeployedStack:
    """What tests and people do with one."""

    def __init__(self, emulator, outputs):
        self.emulator, self.outputs = emulator, outputs
        self.began = time.monotonic()
        self.table_name, self.bus_name = outputs["TableName"], outputs["BusName"]
        self.lists = outputs["ListsBucket"]
        self.table = emulator.client("dynamodb")
        self.queues = emulator.client("sqs")
        self.storage = emulator.client("s3")
        self.bus = emulator.client("events")
        self.functions = emulator.client("lambda")
        self.roles = emulator.client("iam")
        self.logs = emulator.client("logs")
        self.urls = {}
        self.fences = 0

    # What is done to it.

    def publish(self, items):
        """Writes the items of a plan."""
        for item in items:
            self.table.put_item(TableName=self.table_name, Item=item)

    def send(self, events):
        """Puts events on the bus, ten at a time, each a detail-type and a detail."""
        for start in range(0, len(events), ENTRIES_MAX):
            entries = [{
                "EventBusName": self.bus_name, "Source": "shop.e2e",
                "DetailType": kind, "Detail": json.dumps(detail),
            } for kind, detail in events[start:start + ENTRIES_MAX]]
            answer = self.bus.put_events(Entries=entries)
            if answer["FailedEntryCount"]:
                raise AssertionError(f"the bus did not take all of it: {answer}")

    def mapping(self, function):
        """The event source mapping of a function."""
        answer = self.functions.list_event_source_mappings(FunctionName=f"upline-{function}")
        return answer["EventSourceMappings"][0]

    def switch(self, function, state):
        """Lets a function be fed, or not, and waits until it is so."""
        mapping = self.mapping(function)["UUID"]
        self.functions.update_event_source_mapping(UUID=mapping, Enabled=state == "Enabled")
        wait_for(f"state {state} of {function}", SECONDS,
                 lambda: self.mapping(function)["State"] == state)

    # What it holds.

    def queue(self, name):
        """The address of a queue."""
        if name not in self.urls:
            self.urls[name] = self.queues.get_queue_url(QueueName=f"upline-{name}")["QueueUrl"]
        return self.urls[name]

    def held(self, name):
        """How many messages a queue holds, those in hand too."""
        kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                 "ApproximateNumberOfMessagesDelayed"]
        answer = self.queues.get_queue_attributes(QueueUrl=self.queue(name), AttributeNames=kinds)
        return sum(int(answer["Attributes"][kind]) for kind in kinds)

    def quiet(self):
        """Waits until no act has a message left, and no job."""
        for act in [*ACTS, *JOBS]:
            wait_for(f"end of the queue of {act}", SECONDS, lambda name=act: self.held(name) == 0)

    def posted(self):
        """Waits until all that stands in the table is posted: an order that is sent now is later
        than all of it in the one shard that the emulator's stream has."""
        if not self.fences:
            self.publish(plan_items(FENCE.tenant))
            self.send(FENCE.people())
            self.quiet()
        self.fences += 1
        order = f"A{self.fences}"
        self.send([FENCE.paid(100 + self.fences, order, "zoe", ["10.00"])])
        wait_for("posting of what was sent before", SECONDS, lambda: self.line(FENCE, order))

    def line(self, shop, order):
        """Whether an order is counted for ann."""
        answer = self.table.query(
            TableName=self.table_name, ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :line)",
            FilterExpression="#order = :order", ExpressionAttributeNames={"#order": "order"},
            ExpressionAttributeValues={":pk": {"S": f"{shop.tenant}#M#ann"},
                                       ":line": {"S": "LINE#"}, ":order": {"S": order}})
        return answer["Count"]

    def given_up(self):
        """How many messages each queue for a person holds; those without any are left out."""
        names = [*(f"{act}-dead" for act in [*ACTS, *JOBS]), "post-ledger-failed", "undelivered",
                 *(f"{job}-undelivered" for job in NIGHTLY)]
        return {name: count for name in names if (count := self.held(name))}

    def items(self, tenant=""):
        """All items of a tenant, or of all."""
        chosen = {} if not tenant else {
            "FilterExpression": "begins_with(pk, :tenant)",
            "ExpressionAttributeValues": {":tenant": {"S": f"{tenant}#"}},
        }
        pages = self.table.get_paginator("scan").paginate(
            TableName=self.table_name, ConsistentRead=True, **chosen)
        read = TypeDeserializer().deserialize
        return [{key: read(value) for key, value in item.items()}
                for page in pages for item in page["Items"]]

    def by_key(self, tenant=""):
        """The same by their keys."""
        return {(item["pk"], item["sk"]): item for item in self.items(tenant)}

    def balances(self, tenant):
        """By distributor and currency: what is pending and due, in minor units; zeros left out."""
        return {
            (item["pk"].split("#")[2], item["currency"]): {
                key: int(value) for key, value in item.items()
                if (key == "pending" or key.startswith("due#")) and value
            }
            for item in self.items(tenant) if item["sk"].startswith("BAL#")
        }

    def orders(self, tenant):
        """The ids of the orders that are there."""
        return sorted(item["pk"].split("#")[2] for item in self.items(tenant)
                      if item["sk"] == "ORDER")

    def parked(self, tenants):
        """Tenant, id and code of what is parked."""
        return sorted((item["pk"].split("#")[0], item["event_id"], item["code"])
                      for item in self.items() if "#X#" in item["pk"]
                      and item["pk"].split("#")[0] in tenants)

    def lines(self, acts=(*ACTS, "post-ledger")):
        """What functions have logged so far, oldest first."""
        found = []
        for act in acts:
            pages = self.logs.get_paginator("filter_log_events").paginate(
                logGroupName=f"/aws/lambda/upline-{act}")
            found += [json.loads(event["message"]) for page in pages for event in page["events"]
                      if event["message"].startswith("{")]
        # Metrics are lines too, without fields.
        return sorted((line for line in found if "fields" in line),
                      key=lambda line: line["timestamp"])

    def told(self, enough):
        """Waits until there are enough outcomes, and returns all. The emulator may keep the last
        lines of a process until it is invoked again: so all are, with nothing to do."""
        def ask():
            outcomes = self.outcomes()
            if enough(outcomes):
                return outcomes
            with ThreadPoolExecutor(NUDGES) as nudging:
                list(nudging.map(self.nudge, ACTS * NUDGES))
            return None
        return wait_for("outcome of each event", SECONDS, ask)

    def nudge(self, act):
        """Invokes a function with a batch of no message."""
        self.functions.invoke(FunctionName=f"upline-{act}", Payload=b'{"Records": []}')

    def outcomes(self):
        """What was told of each event so far."""
        fields = [line["fields"] for line in self.lines(ACTS) if "outcome" in line["fields"]]
        return [Told(one["tenant"], one["event.id"],
                     ": ".join(filter(None, [one["outcome"], one.get("code")])),
                     one.get("receives", 1), one.get("retries", 0))
                for one in fields]


class Told(NamedTuple):
    """What became of an event, as the log of a function tells it."""

    tenant: str
    event_id: str
    # With the code where it has one.
    outcome: str
    # How often it was delivered, and how many requests for it were sent again.
    receives: int
    retries: int

    def is_again(self):
        """Whether there was a try before."""
        return self.receives > 1 or self.retries > 0

    def is_new(self):
        """Whether the fact may have been new: a try before may have written it, whose answer was
        lost."""
        return self.outcome == "created" or self.is_again() and self.outcome == "exists"


def of(tenant, outcomes):
    """The outcomes of one tenant."""
    return [one for one in outcomes if one.tenant == tenant]
