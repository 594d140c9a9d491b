"""The wall clock of a stack's processes, moved by libfaketime (Debian: faketime) while they run. What measures intervals,
the monotonic clock, goes on as it does when a machine's time is set."""

import os
from pathlib import Path

LIBRARIES = "/usr/lib"


def library():
    found = sorted(Path(LIBRARIES).glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "the package faketime is missing; scripts/install-packages test"
    return found[0]


class FakeClock:
    """`Stack(**clock.environment())`; then `clock.set_offset(seconds)` at any time."""

    def __init__(self, directory):
        self.file = Path(directory) / "clock"
        self.set_offset(0)

    def environment(self):
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set_offset(self, seconds):
        temporary = self.file.with_name("clock.new")
        temporary.write_text(f"{seconds:+d}\n", encoding="ascii")
        os.replace(temporary, self.file)
