"""Streams read by bench/stream_readers.cpp."""

from .program import Program


class Readers:
    """A context manager; inside it every stream is open. events 0: they only listen."""

    def __init__(self, port, path, streams, events=0):
        self.program = Program("stream-readers", f"127.0.0.1:{port}", path, streams, events)

    def __enter__(self):
        self.program.expect("READY")
        return self

    def __exit__(self, *_):
        self.program.stop()

    def done(self):
        """The monotonic time at which every stream had all of its events."""
        return float(self.program.expect("DONE")[0])
