"""Load from other programs: wrk for requests, curl for one large one."""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from itertools import count

from .environment import PROGRAMS

CLIENTS = 64
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}
runs = count(1)


@dataclass
class Load:
    rate: float  # answers a second
    median_ms: float


def wrk(port, path, seconds, clients=CLIENTS, script=None, **environment):
    """A failed request fails the run: a figure with errors in it means nothing."""
    options = ["-s", PROGRAMS / script] if script else []
    command = ["wrk", "-t2", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "--latency", *options]
    output = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True,
        env={**os.environ, **environment},
    ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"requests for {path} failed:\n{output}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s|m)", output).groups()
    return Load(rate, float(number) * MILLISECONDS[unit])


def post_operations(port, seconds, *instances):
    """One-operation POSTs of new entities, over the instances in turn."""
    return wrk(port, "/", seconds, script="post_operations.lua", PREFIX=f"run{next(runs)}", INSTANCES=" ".join(instances))


def seconds_of(command, **options):
    start = time.monotonic()
    subprocess.run(command, check=True, **options)
    return time.monotonic() - start


def fetch(url):
    """Seconds until the whole answer is there; it is thrown away."""
    return seconds_of(["curl", "-sS", "-f", "-o", "/dev/null", url])


def seed(port, instance, path):
    """Seconds for the file's operations; JSON or NDJSON by its name."""
    kind = "application/json" if path.suffix == ".json" else "application/x-ndjson"
    url = f"http://127.0.0.1:{port}/instances/{instance}/seed"
    return seconds_of(
        ["curl", "-sS", "-f", "-H", f"Content-Type: {kind}", "-H", "Expect:", "-X", "POST", "-T", path, url],
        stdout=subprocess.DEVNULL,
    )


def sqlite_shell(database, sql):
    """Seconds until Debian's sqlite3 has printed all rows to nowhere."""
    return seconds_of(["sqlite3", "-readonly", database, sql], stdout=subprocess.DEVNULL)
