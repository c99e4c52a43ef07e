"""What goes wrong: a message that cannot succeed among others, a table that refuses, a message that
is given up and taken from its dead-letter queue again."""

import json
import unittest

from emulator import wait_for
from roles import Roles
from running import OnTheStack, say
from shop import Shop, plan_items
from stack import SECONDS

QUEUE = "calculate-commission"
RECEIVES_MAX = 8


def body(event):
    """An event as the rule hands it to the queue."""
    kind, detail = event
    return json.dumps({"source": "shop.e2e", "detail-type": kind, "detail": detail})


class Failures(OnTheStack):
    """Nothing that was accepted is lost."""

    def opened(self, tenant):
        """A shop whose plan, distributors and buyer are there."""
        shop = Shop(tenant)
        self.stack.publish(plan_items(tenant))
        self.stack.send(shop.people())
        self.drained()
        return shop

    def orders_of(self, shop, count):
        """Orders of 10.00 each, of which bob earns 1.00, and ann 0.50."""
        return [shop.paid(10 + each, f"A{each}", "zoe", ["10.00"]) for each in range(count)]

    def earned(self, shop, orders):
        """Balances that count each of the orders once, and nobody twice."""
        return {("bob", "CNY"): {"pending": orders * 100}, ("ann", "CNY"): {"pending": orders * 50}}

    def test_nine_stand_and_the_tenth_is_parked(self):
        """Ten messages of one request to the queue; the fifth is an order with a price that is a
        number."""
        shop = self.opened("poisoned")
        events = self.orders_of(shop, 9)
        events.insert(4, shop.paid(99, "B1", "zoe", [9.9]))
        entries = [{"Id": str(place), "MessageBody": body(event)}
                   for place, event in enumerate(events)]
        answer = self.stack.queues.send_message_batch(
            QueueUrl=self.stack.queue(QUEUE), Entries=entries)
        self.assertEqual(len(answer["Successful"]), 10)
        self.becomes(lambda: self.stack.balances(shop.tenant), self.earned(shop, 9))
        self.drained()
        self.assertEqual(self.stack.orders(shop.tenant), [f"A{each}" for each in range(9)])
        self.assertEqual(
            self.stack.parked([shop.tenant]), [(shop.tenant, "evt-99", "malformed")])

    def test_a_table_that_refused_is_tried_again(self):
        """The role of the function loses its actions on the table, and gets them back."""
        shop = self.opened("refused")
        orders = 7
        with Roles(self.stack).without(QUEUE, "dynamodb:*"):
            self.stack.send(self.orders_of(shop, orders))
            refused = len(self.failures())
            wait_for("failure of each message", SECONDS,
                     lambda: len(set(self.failures())) >= orders)
            self.assertEqual(self.stack.orders(shop.tenant), [])
            self.assertEqual(self.stack.held(QUEUE), orders)
            self.assertGreaterEqual(len(self.failures()), refused)
        say("every message failed, none is lost, and the table may be used again")
        self.becomes(lambda: self.stack.balances(shop.tenant), self.earned(shop, orders))
        self.drained()

    def test_what_was_given_up_is_taken_up_again(self):
        """Without the table, and without a say in when messages come again, which shortens the
        time between tries to that of the queue."""
        shop = self.opened("given-up")
        orders, address = 3, self.stack.queue(QUEUE)
        usual = self.attribute(address, "VisibilityTimeout")
        self.assertEqual(usual, "180")
        with Roles(self.stack).without(QUEUE, "dynamodb:*", "sqs:ChangeMessageVisibility"):
            self.stack.queues.set_queue_attributes(
                QueueUrl=address, Attributes={"VisibilityTimeout": "1"})
            try:
                self.stack.send(self.orders_of(shop, orders))
                self.becomes(self.stack.given_up, {f"{QUEUE}-dead": orders})
            finally:
                self.stack.queues.set_queue_attributes(
                    QueueUrl=address, Attributes={"VisibilityTimeout": usual})
        self.assertEqual(self.stack.held(QUEUE), 0)
        self.assertEqual(self.stack.orders(shop.tenant), [])
        say(f"each message was given up after {RECEIVES_MAX} tries")
        counts = self.redrive()
        # One more receive than tries: that of the redrive itself.
        self.assertEqual(counts, [RECEIVES_MAX + 1] * orders)
        self.becomes(lambda: self.stack.balances(shop.tenant), self.earned(shop, orders))
        self.drained()

    def failures(self):
        """The messages that were to come again so far."""
        return [line["fields"]["message.id"] for line in self.stack.lines([QUEUE])
                if "will come again" in line["fields"].get("message", "")]

    def attribute(self, address, name):
        """One attribute of a queue."""
        answer = self.stack.queues.get_queue_attributes(QueueUrl=address, AttributeNames=[name])
        return answer["Attributes"][name]

    def redrive(self):
        """Moves what was given up back to its queue, message by message: the emulator has no
        StartMessageMoveTask. How often each had been received."""
        queues, dead, counts = self.stack.queues, self.stack.queue(f"{QUEUE}-dead"), []
        while messages := queues.receive_message(
                QueueUrl=dead, MaxNumberOfMessages=10,
                AttributeNames=["ApproximateReceiveCount"]).get("Messages"):
            for message in messages:
                counts.append(int(message["Attributes"]["ApproximateReceiveCount"]))
                queues.send_message(
                    QueueUrl=self.stack.queue(QUEUE), MessageBody=message["Body"])
                queues.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
        return counts


if __name__ == "__main__":
    unittest.main()
