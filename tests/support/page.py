"""A real Chromium, and scenarios that drive the page in it (tests/ui/*.mjs, with playwright-core)."""

import os
import re
import shutil
import subprocess
import tempfile
import threading

from .stack import REPOSITORY

SCENARIOS = REPOSITORY / "tests" / "ui"
LIMIT_SECONDS = 180
OPTIONS = """--headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update
    --disable-sync --disable-extensions --disable-dev-shm-usage --hide-scrollbars --force-color-profile=srgb""".split()


def scenarios(file):
    """The names of the scenarios in tests/ui/<file>.mjs."""
    text = (SCENARIOS / f"{file}.mjs").read_text(encoding="utf-8")
    names = re.findall(r'^scenario\(\s*"([^"]+)"', text, re.MULTILINE)
    assert len(names) == len(set(names)) > 0, (file, names)
    return names


class Browser:
    """One Chromium for all scenarios of a module; each has a context of its own in it."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="choreo-chromium-")
        options = OPTIONS + (["--no-sandbox"] if os.getuid() == 0 else [])
        self.process = subprocess.Popen(
            ["/usr/bin/chromium", *options, "--remote-debugging-port=0", f"--user-data-dir={self.profile}", "about:blank"],
            env={**os.environ, "HOME": self.profile},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.endpoint = self.listening()
        # Nobody reads what comes later, so that the pipe could fill.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def listening(self):
        said = []
        for line in self.process.stderr:
            said.append(line)
            match = re.search(r"DevTools listening on (ws://\S+)", line)
            if match:
                return match.group(1)
        raise RuntimeError("Chromium did not start:\n" + "".join(said))

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def run(self, stack, file, name, slug, report=None, **environment):
        """Runs one scenario against the stack; report: a directory for what it records and its picture if it fails."""
        done = subprocess.run(
            ["node", SCENARIOS / "run.mjs", file, name],
            env={
                **os.environ,
                "UI_BROWSER": self.endpoint,
                "UI_URL": stack.url,
                "UI_SLUG": slug,
                "UI_RUN_DIR": str(stack.run_dir),
                "UI_REPORT": str(report or ""),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
        )
        stack.killed += [(name, int(pid)) for name, pid in re.findall(r"^killed (\S+) (\d+)$", done.stdout, re.MULTILINE)]
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout
