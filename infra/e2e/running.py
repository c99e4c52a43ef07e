"""One emulator and one deployment for all tests of a run; they end with the process."""

import atexit
import os
import shutil
import signal
import sys
import time
import unittest

from api import hang_up
from deploy import NotReady, deploy, of_issuer, synthesise
from emulator import Emulator, wait_for
from issuer import Issuer
from roles import Roles
from stack import JOBS, SECONDS, DeployedStack

BEGAN = time.monotonic()
RUNNING = {}


def say(what):
    """Prints what was done, and after how long."""
    print(f"  {time.monotonic() - BEGAN:6.2f} s  {what}", flush=True)


def issuer():
    """Whose tokens the stack takes."""
    return RUNNING["issuer"]


def stack():
    """The stack, deployed by whoever asks first."""
    if "stack" not in RUNNING:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
        RUNNING["issuer"] = Issuer()
        try:
            synthesise(of_issuer(issuer().url))
        except NotReady as error:
            raise SystemExit(str(error)) from None
        say("synthesised")
        atexit.register(end)
        emulator = RUNNING["emulator"] = Emulator.start("https")
        say(f"started {emulator.url}")
        RUNNING["stack"] = DeployedStack(emulator, deploy(emulator))
        Roles(RUNNING["stack"]).let_send_batches(*JOBS, "serve-api")
        say(f"deployed {RUNNING['stack'].outputs}")
    return RUNNING["stack"]


def end():
    """Ends the emulator; the run has failed where a process had to be killed."""
    if "emulator" not in RUNNING:
        return
    hang_up()
    killed = RUNNING["emulator"].stop()
    if killed:
        print(f"processes {killed} did not end by themselves", file=sys.stderr, flush=True)
        os._exit(1)
    if "UPLINE_KEEP_LOG" not in os.environ:
        shutil.rmtree(RUNNING["emulator"].folder)
    say("ended, with no process left")


class OnTheStack(unittest.TestCase):
    """A test of the deployed stack, in tenants of its own, that leaves the queues empty."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        """Deploys where nobody has yet."""
        cls.stack = stack()

    def tearDown(self):
        """Says how long it took until now."""
        say(self.id())

    def becomes(self, ask, expected):
        """Waits until the answer is the expected one, and shows the difference if it never is."""
        try:
            wait_for("expected answer", SECONDS, lambda: ask() == expected)
        except TimeoutError:
            self.assertEqual(ask(), expected, f"see {self.stack.emulator.log}")

    def drained(self):
        """Waits until the queues are empty, and none has given up."""
        self.stack.quiet()
        self.assertEqual(self.stack.given_up(), {})
