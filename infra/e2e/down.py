"""Ends the emulator that `up.py` started, with the functions that it runs."""

import json
import shutil
import sys

from emulator import Emulator
from up import STATE


def main():
    """Ends it by its process, and removes its files."""
    if not STATE.exists():
        sys.exit("none is running: `make up` starts one")
    emulator = Emulator(**json.loads(STATE.read_text()))
    emulator.stop()
    shutil.rmtree(emulator.folder, ignore_errors=True)
    STATE.unlink()
    print(f"{emulator.url} has ended")


if __name__ == "__main__":
    main()
