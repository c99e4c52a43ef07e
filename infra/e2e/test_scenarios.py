"""The scenario table against the deployed stack: the files that are played in process and against
`upline dev` as well. Each is a tenant. Queues keep no order, and outcomes depend on it: so all
scenarios go in step, the first event of each, then the second of each, and the queues are empty
before the next."""

import unittest
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

from api import Api, hang_up
from running import OnTheStack, issuer, say
from scenarios import all_scenarios, differences
from shop import plan_items
from stack import of

AT_LEAST = 110
LOOKING = 6


class Scenarios(OnTheStack):
    """All files at once."""

    def test_every_scenario_holds_when_deployed(self):
        """Outcomes by the logs of the functions, the rest by the HTTP API."""
        scenarios = all_scenarios()
        self.assertGreaterEqual(len(scenarios), AT_LEAST)
        for scenario in scenarios:
            self.stack.publish(plan_items(scenario.tenant, scenario.plan, scenario.policy))
        rounds = seen = 0
        for steps in zip_longest(*(scenario.steps for scenario in scenarios)):
            playing = [pair for pair in zip(scenarios, steps) if pair[1]]
            for events in zip_longest(*(step[0] for _, step in playing)):
                self.stack.send([event for event in events if event])
                self.stack.quiet()
                rounds += 1
            self.stack.posted()
            with ThreadPoolExecutor(LOOKING) as looking:
                seen += sum(looking.map(lambda pair: self.look(*pair), playing))
            say(f"a step of {len(playing)} scenarios, {rounds} rounds, {seen} answers of the API")
        told = self.tell(scenarios)
        say(f"{len(told)} outcomes; with another try: {[one for one in told if one.is_again()]}")
        wrong = [f"{one.name}: it {one.it}\n    " + "\n    ".join(one.wrong)
                 for one in scenarios if one.wrong]
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(scenarios)} failed\n" + "\n".join(wrong))
        self.drained()

    def look(self, scenario, step):
        """What the API answers; how often it was asked."""
        api = Api(self.stack, issuer(), scenario.tenant)
        for path, expected in step[2].items():
            status, answer = api.get(path)
            asked = expected.get("status")
            wanted = asked if type(asked) is int else 200
            scenario.wrong += ([f"{path}: expected {wanted}, got {status}: {answer}"]
                               if status != wanted else differences(path, expected, answer))
        hang_up()
        return len(step[2])

    def tell(self, scenarios):
        """Holds what became of each event, in turn; all that was told."""
        played = {scenario.tenant for scenario in scenarios}
        count = sum(len(step[1]) for scenario in scenarios for step in scenario.steps)
        told = self.stack.told(lambda all_: sum(one.tenant in played for one in all_) >= count)
        told = [one for one in told if one.tenant in played]
        for scenario in scenarios:
            expected = [(event[1]["metadata"]["id"], as_logged(outcome)) for events, outcomes, _
                        in scenario.steps for event, outcome in zip(events, outcomes)]
            got = of(scenario.tenant, told)
            scenario.wrong += [f"{place}: expected {one}, got {other}" for place, (one, other)
                               in enumerate(zip_longest(expected, got), 1)
                               if not is_told(one, other)]
        return told


def as_logged(outcome):
    """A line of a conflict has no code."""
    return outcome.split(":")[0] if outcome.startswith("conflict") else outcome


def is_told(expected, got):
    """Whether what was told is the outcome of an event, where both are there."""
    if expected is None or got is None:
        return False
    event_id, outcome = expected
    as_expected = got.is_new() if outcome == "created" else got.outcome == outcome
    return got.event_id == event_id and as_expected


if __name__ == "__main__":
    unittest.main()
