"""Starts an emulator, deploys the stack on it and leaves it running; `down.py` ends it."""

import json
import sys
from pathlib import Path

from deploy import NotReady, deploy, synthesise
from emulator import Emulator

STATE = Path(__file__).parent / ".venv" / "emulator.json"


def main():
    """Prints what a client needs to reach it."""
    if STATE.exists():
        sys.exit(f"{STATE} says that one is running: end it with infra/e2e/down.py")
    try:
        synthesise()
    except NotReady as error:
        sys.exit(str(error))
    emulator = Emulator.start()
    STATE.write_text(json.dumps(
        {"port": emulator.port, "pid": emulator.pid, "folder": str(emulator.folder)}))
    outputs = deploy(emulator)
    print(json.dumps({"url": emulator.url, "log": str(emulator.log), **outputs}, indent=2))


if __name__ == "__main__":
    main()
