"""What a run needs from the machine: packages, a build of its own, and a description of where it was measured."""

import os
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BUILD = REPOSITORY / "build" / "bench"
BIN = BUILD / "bin"
PROGRAMS = REPOSITORY / "bench"
PAGE, SYNCS = 4096, 100


def prepare():
    """Packages and build; the stack that is measured takes its programs from here."""
    subprocess.run([REPOSITORY / "scripts" / "install-packages", "bench"], check=True)
    subprocess.run(
        [REPOSITORY / "scripts" / "build", "--build-dir", BUILD, "-DCHOREO_BENCH=ON", "-DCHOREO_TESTS=OFF"],
        check=True, stdout=subprocess.DEVNULL,
    )
    os.environ["CHOREO_BUILD_DIR"] = str(BUILD)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # thousands of streams, in one process each


def machine(data_dir):
    """In words, for a table's heading: cores, processor, memory, the disk of the data, system."""
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8")).group(1))
    return {
        "cores": os.cpu_count(),
        "processor": processor(),
        "memory_gib": round(memory / (1 << 20)),
        "disk": disk(data_dir),
        "sync_ms": sync_ms(data_dir),
        "kernel": os.uname().release,
        "revision": revision(),
    }


def processor():
    names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return names[0].strip() if names else os.uname().machine


def disk(path):
    """The file system and the kind of device below it."""
    found = subprocess.run(["findmnt", "-no", "FSTYPE,SOURCE", "--target", path], capture_output=True, text=True, check=True)
    file_system, source = found.stdout.split()[:2]
    device = Path("/sys/class/block", os.path.basename(os.path.realpath(source)))
    if not device.exists():
        return file_system
    whole = device if (device / "queue").exists() else device.resolve().parent
    rotating = (whole / "queue" / "rotational").read_text(encoding="utf-8").strip() == "1"
    virtual = whole.name.startswith("vd")
    return f"{file_system} on a {'virtual disk' if virtual else 'rotating disk' if rotating else 'solid-state disk'}"


def sync_ms(directory):
    """The median time of fdatasync after a write of one page: what every commit waits for at least."""
    times = []
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        file.write(bytes(PAGE * SYNCS))
        os.fsync(file.fileno())
        for number in range(SYNCS):
            os.pwrite(file.fileno(), b"x" * PAGE, number * PAGE)
            start = time.monotonic()
            os.fdatasync(file.fileno())
            times.append(time.monotonic() - start)
    return round(statistics.median(times) * 1000, 2)


def revision():
    if not shutil.which("git"):
        return None
    command = ["git", "-C", REPOSITORY, "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None
