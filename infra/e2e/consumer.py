"""A consumer of what the stack tells on its bus: a queue of its own behind a rule."""

import json


class Consumer:
    """Of one tenant, for as long as a test runs."""

    def __init__(self, test, name, tenant):
        self.queues, bus, cleanup = test.stack.queues, test.stack.bus, test.addCleanup
        self.address = self.queues.create_queue(QueueName=name)["QueueUrl"]
        cleanup(self.queues.delete_queue, QueueUrl=self.address)
        arn = self.queues.get_queue_attributes(
            QueueUrl=self.address, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        on = {"EventBusName": test.stack.bus_name}
        pattern = {"source": ["upline"], "detail": {"metadata": {"tenant": [tenant]}}}
        rule = bus.put_rule(Name=name, EventPattern=json.dumps(pattern), **on)["RuleArn"]
        cleanup(bus.delete_rule, Name=name, **on)
        self.queues.set_queue_attributes(QueueUrl=self.address, Attributes={"Policy": json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage", "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}]})})
        bus.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}], **on)
        cleanup(bus.remove_targets, Rule=name, Ids=["queue"], **on)

    def received(self):
        """Detail-type and detail of what has come since, taken out of the queue."""
        found = []
        while messages := self.queues.receive_message(
                QueueUrl=self.address, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                found.append((event["detail-type"], event["detail"]))
                self.queues.delete_message(
                    QueueUrl=self.address, ReceiptHandle=message["ReceiptHandle"])
        return found
