"""An emulator of AWS on a free port of loopback: a process, and clients of it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from certificate import write_certificate

REGION = "us-east-1"
START_SECONDS = 60
STOP_SECONDS = 20


def wait_for(what, seconds, ask):
    """Asks again and again until there is an answer, a little later each time."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds} seconds there is no {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Emulator:
    """A running emulator; a context manager that ends it, with all that it started."""

    def __init__(self, port, pid, folder, scheme):
        self.port, self.pid, self.folder, self.scheme = port, pid, Path(folder), scheme
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.process = None

    @classmethod
    def start(cls, scheme):
        """Starts one in a session of its own, and waits until it answers. By `https` permissions
        count; by `http`, which the queues of the stack would refuse, none does."""
        port, folder = free_port(), Path(tempfile.mkdtemp(prefix="upline-e2e-"))
        emulator = cls(port, None, folder, scheme)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            # The functions inherit it: without it they would call AWS itself.
            "AWS_ENDPOINT_URL": emulator.url,
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            # Nothing listens on a fixed port.
            "IOT_MTLS_ENABLED": "0",
        }
        if scheme == "https":
            environment |= enforcing(folder)
        program = Path(sys.executable).with_name("ministack")
        with open(emulator.log, "wb") as log:
            process = subprocess.Popen(
                [program], env=environment, cwd=folder, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )
        emulator.pid, emulator.process = process.pid, process

        def answers():
            if process.poll() is not None:
                raise RuntimeError(f"the emulator ended; see {emulator.log}")
            try:
                return emulator.client("sts").get_caller_identity()
            except (BotoCoreError, ClientError):
                return None

        try:
            wait_for("answer of the emulator", START_SECONDS, answers)
        except BaseException:
            emulator.stop()
            raise
        return emulator

    @property
    def log(self):
        """What it and the functions print."""
        return self.folder / "emulator.log"

    @property
    def certificate(self):
        """Whoever trusts it can talk to the emulator."""
        return self.folder / "certificate.pem"

    def client(self, service, **credentials):
        """A client of one of its services: of the account, or with other credentials."""
        usual = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        verify = str(self.certificate) if self.scheme == "https" else None
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, verify=verify,
            config=Config(retries={"max_attempts": 1}), **(credentials or usual))

    def alive(self):
        """The processes of its session that are still there: itself, and the functions."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                if session_of(pid) == self.pid]

    def stop(self):
        """Ends it and the functions that it runs; returns what had to be killed."""
        if session_of(self.pid) == self.pid:
            os.kill(self.pid, signal.SIGTERM)
        left = []
        try:
            wait_for("end of the emulator", STOP_SECONDS, lambda: not self.alive())
        except TimeoutError:
            left = self.alive()
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            wait_for("end of what was killed", STOP_SECONDS, lambda: not self.alive())
        if self.process:
            self.process.wait()
        return left

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def enforcing(folder):
    """What makes permissions count: of functions those of their roles. The key of the account may
    do anything. The functions inherit all of this."""
    certificate, key = write_certificate(folder)
    return {
        "AUTH": "true", "USE_SSL": "1", "SSL_CERT_FILE": str(certificate),
        "MINISTACK_SSL_CERT": str(certificate), "MINISTACK_SSL_KEY": str(key),
    }


def session_of(pid):
    """The session of a process that runs; none where it has ended."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, _parent, _group, session = status.rsplit(")", 1)[1].split()[:4]
    return None if state == "Z" else int(session)
