"""The story of a small shop, told to the deployed stack: what is in the table in the end is held
against figures worked out by hand."""

import unittest

import story
from running import OnTheStack, say
from shop import plan_items
from stack import of


class Story(OnTheStack):
    """One shop, one story."""

    def test_balances_are_those_worked_out_by_hand(self):
        """All events, two of the orders twice, in an order that makes some of them wait."""
        stack = self.stack
        stack.publish(plan_items(story.TENANT))
        stack.send(story.EVENTS)
        self.becomes(lambda: stack.balances(story.TENANT), story.BALANCES)
        say("balances are as expected")
        stack.send(story.POISONED)
        stack.queues.send_message(
            QueueUrl=stack.queue("calculate-commission"), MessageBody="{ not JSON")
        self.becomes(lambda: stack.parked([story.TENANT, "?"]), story.PARKED)
        say("what is wrong is parked, and nothing else")
        self.becomes(self.teams, story.TEAMS)
        self.becomes(self.waiting, [])
        say("teams are counted, and nothing waits any more")
        self.drained()

        before, again = self.facts_and_books(), len(story.GOOD)
        # All so far, and one that was no JSON.
        sent = len(story.EVENTS) + len(story.POISONED) + 1
        exists = known(stack.told(lambda all_: len(of_story(all_)) >= sent))
        stack.send(story.GOOD)
        stack.told(lambda all_: known(all_) >= exists + again)
        self.drained()
        self.assertEqual(self.facts_and_books(), before)
        say(f"sent {again} events again: each exists, and no item changed")

    def teams(self):
        """By distributor: how many stand at each depth."""
        return {
            item["pk"].split("#")[2]: {
                key: int(value) for key, value in item.items() if key.startswith("depth")}
            for item in self.stack.items(story.TENANT) if item["sk"] == "TEAM"
        }

    def waiting(self):
        """The keys of what waits for a code, a sponsor or a binding."""
        return [(item["pk"], item["sk"]) for item in self.stack.items(story.TENANT)
                if item["sk"].startswith(("AWAIT#", "WAIT#"))]

    def facts_and_books(self):
        """All items but what is parked, by key."""
        return {key: item for key, item in self.stack.by_key(story.TENANT).items()
                if "#X" not in item["pk"]}


def of_story(outcomes):
    """Those of the story; of what cannot be read nobody knows whose it is."""
    return [*of(story.TENANT, outcomes), *of("-", outcomes)]


def known(outcomes):
    """How many events stood already."""
    return [one.outcome for one in of(story.TENANT, outcomes)].count("exists")


if __name__ == "__main__":
    unittest.main()
