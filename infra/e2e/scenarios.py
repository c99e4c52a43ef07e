"""The scenario table, tests/scenarios, read as its README says."""

import json

from deploy import ROOT
from shop import event

FOLDER = ROOT / "tests" / "scenarios"
POLICIES = ROOT / "shared" / "contract" / "policies"
TIME = "2026-11-21T00:00:00Z"


class Scenario:
    """One file, in a tenant of its own."""

    def __init__(self, path):
        self.name = path.stem
        self.tenant = f"scenario-{path.stem}"
        self.wrong = []
        written = json.loads(path.read_text())
        self.it = written["it"]
        self.plan = read(FOLDER / "plans", written["plan"])
        self.policy = read(POLICIES, written.get("policy", "cn"))
        sent, self.steps = 0, []
        for step in written["steps"]:
            events = [self.whole(short, sent + place)
                      for place, short in enumerate(step.get("send", []), 1)]
            sent += len(events)
            self.steps.append((events, step.get("outcomes", []), step.get("see", {})))

    def whole(self, short, place):
        """The event that the short form stands for."""
        data = dict(short)
        event_id, time = data.pop("id", None), data.pop("time", TIME)
        [(kind, data)] = data.items()
        return event(self.tenant, kind, event_id or f"{kind}-{place}", data, time)


def read(folder, named):
    """A document in place, or a file of a folder."""
    return json.loads((folder / f"{named}.json").read_text()) if isinstance(named, str) else named


def all_scenarios():
    """Each of them."""
    return [Scenario(path) for path in sorted(FOLDER.glob("*.json"))]


def differences(path, expected, got):
    """Where an answer is not what is expected; it may have more keys."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return [wrong for key, value in expected.items()
                for wrong in differences(f"{path}.{key}", value, got.get(key))]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [wrong for place, (one, other) in enumerate(zip(expected, got))
                for wrong in differences(f"{path}[{place}]", one, other)]
    same = type(expected) is type(got) and expected == got
    return [] if same else [f"{path}: expected {json.dumps(expected)}, got {json.dumps(got)}"]
