"""What the rows of one run share: the stack, the data in it, and how long to measure."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import data_sets, load, servers

SHORT_LOG = 10_000
LONG_LOG = 1_000_000
PLACES = 1_000  # entities that the operations of both logs are about
TABLE = 100_000  # entities in the large table


@dataclass(frozen=True)
class Options:
    rounds: int
    seconds: int
    long: bool


class Run:
    """A context manager. What is expensive to make is made when a row first asks for it, and kept."""

    def __init__(self, options, checkout=None):
        """checkout: whose programs are measured, if not this one's."""
        self.options = options
        self.checkout = checkout
        self.root = Path(tempfile.mkdtemp(prefix="choreo-bench-"))
        self.files = data_sets.Files(self.root)
        self.open = ExitStack()
        self.stack = None
        self.instances = set()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        try:
            return self.open.__exit__(*error)
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    def choreo(self):
        if self.stack is None:
            self.stack = self.open.enter_context(servers.Choreo(self.checkout))
        return self.stack

    @property
    def port(self):
        return self.choreo().port

    def instance(self, name):
        """An instance that is empty at first."""
        if name not in self.instances:
            client = self.choreo().client()
            answer = client.post("/instances", json={"slug": name})
            client.close()
            assert answer.status == 201, answer
            self.instances.add(name)
        return name

    def seeded(self, name, operations):
        """The instance of that name, with these operations."""
        if name not in self.instances:
            path = self.files.lines(name, operations)
            load.seed(self.port, name, path)
            self.instances.add(name)
        return name

    def short_log(self):
        return self.seeded("short-log", data_sets.changing_places(PLACES, SHORT_LOG))

    def long_log(self):
        return self.seeded("long-log", data_sets.changing_places(PLACES, LONG_LOG))

    def large_table(self):
        return self.seeded("large-table", data_sets.new_places(TABLE))

    def database(self, instance):
        return self.choreo().dir / f"{instance}.db"

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"
