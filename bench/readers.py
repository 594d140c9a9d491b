"""Clients of streams: bench/stream_readers.cpp as a process."""

import signal
import subprocess

from tests.support.stack import end_with_parent

from .environment import BIN


class Readers:
    """A context manager; inside it every stream is open. events 0: they only listen."""

    def __init__(self, port, path, streams, events=0):
        self.process = subprocess.Popen(
            [BIN / "stream-readers", f"127.0.0.1:{port}", path, str(streams), str(events)],
            stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent,
        )

    def __enter__(self):
        self.expect("READY")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def expect(self, word):
        line = self.process.stdout.readline().split()
        if not line or line[0] != word:
            raise RuntimeError(f"stream-readers ended before it said {word}")
        return line[1:]

    def done(self):
        """The monotonic time at which every stream had all of its events."""
        return float(self.expect("DONE")[0])
