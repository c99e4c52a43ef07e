"""Zips the functions that `make package` built, and prints what each takes beside its budget:
zipped, resident, and from exec until it asks for its first event. The runtime API that it asks is
served here, on loopback. Figures are printed, never asserted. With the name of a function, it is
that one alone, in one line."""

import os
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "target" / "lambda"
# The first moment that an archive can name: the same binary gives the same archive.
EPOCH = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = 0o100755 << 16
RUNS = 7
READY_SECONDS = 20
POLL_SECONDS = 0.01
NEXT = "/2018-06-01/runtime/invocation/next"
BUDGET = {"zipped": "3.0 MB", "resident": "16.0 MB", "ready": "15.0 ms"}
MEGABYTE = 1_000_000


class Refused(Exception):
    """Why a function cannot be measured here."""


def zipped(binary):
    """Writes `<name>.zip` beside the folder of the binary, and returns its size in bytes."""
    path = binary.parent.with_suffix(".zip")
    entry = zipfile.ZipInfo("bootstrap", EPOCH)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, EXECUTABLE
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, binary.read_bytes(), compresslevel=9)
    return path.stat().st_size


class RuntimeApi(HTTPServer):
    """Notes when a function asks for its first event, and how much memory it has then."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = threading.Event()
        self.at = self.resident = self.pid = None
        threading.Thread(target=self.serve_forever, args=[POLL_SECONDS], daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """Has no event to give."""

    def do_GET(self):
        """The question that says that a function is ready."""
        at = time.perf_counter()
        if self.path != NEXT or self.server.asked.is_set():
            return
        self.server.at, self.server.resident = at, resident(self.server.pid)
        self.server.asked.set()

    def do_POST(self):
        """A function that cannot start says so."""
        self.server.asked.set()

    def log_message(self, *_):
        """Says nothing."""


def resident(pid):
    """Bytes of memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def started(binary):
    """Starts a function once: seconds until it is ready, and bytes that it has then."""
    server = RuntimeApi()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_address[1]}",
        "AWS_LAMBDA_FUNCTION_NAME": binary.parent.name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "package", "AWS_LAMBDA_LOG_STREAM_NAME": "package",
        "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
        "TABLE_NAME": "upline", "EVENT_BUS_NAME": "upline",
        "CHECK_UPGRADES_QUEUE_URL": "https://queue.none",
        "RECONCILE_QUEUE_URL": "https://queue.none", "RECOUNT_QUEUE_URL": "https://queue.none",
        "LISTS_BUCKET": "upline-lists",
    }
    began = time.perf_counter()
    try:
        process = subprocess.Popen(
            [binary], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
    except OSError as error:
        raise Refused(f"it does not run on this machine ({os.strerror(error.errno)})") from None
    server.pid = process.pid
    try:
        if not server.asked.wait(READY_SECONDS) or server.at is None:
            process.kill()
            raise Refused(process.communicate()[0].decode().strip()[-300:] or "it was never ready")
        return server.at - began, server.resident
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        server.shutdown()
        server.server_close()


def row(binary):
    """What is printed of one function."""
    size = f"{zipped(binary) / MEGABYTE:.1f} MB"
    try:
        runs = [started(binary) for _ in range(RUNS)]
    except Refused as why:
        return [binary.parent.name, size, "not measured", f"not measured: {why}"]
    seconds, memory = min(one for one, _ in runs), max(one for _, one in runs)
    return [binary.parent.name, size, f"{memory / MEGABYTE:.1f} MB", f"{seconds * 1000:.1f} ms"]


def main():
    """Of all functions that are there; of the one that is named, in one line."""
    binaries = sorted(FOLDER.glob(f"{sys.argv[1] if sys.argv[1:] else '*'}/bootstrap"))
    if not binaries:
        sys.exit("not built (`make package`)")
    if sys.argv[1:]:
        print(" / ".join(row(binaries[0])[1:]))
        return
    print(f"best of {RUNS} starts; load {os.getloadavg()[0]:.2f}")
    rows = [["function", "zipped", "resident", "exec to ready"], ["budget", *BUDGET.values()],
            *map(row, binaries)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


if __name__ == "__main__":
    main()
