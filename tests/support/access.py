"""A stack that asks for tokens, and tokens for it."""

import subprocess
import tempfile
from pathlib import Path

from .ctl import Ctl
from .stack import REPOSITORY, Stack


def make_keys(directory):
    subprocess.run([REPOSITORY / "scripts" / "generate-secrets", directory], check=True, capture_output=True)


class Guarded:
    """`with Guarded() as guarded: guarded.client("shop:read")`."""

    def __init__(self, **environment):
        self.temporary = tempfile.TemporaryDirectory(prefix="choreo-keys-")
        self.keys = Path(self.temporary.name) / "keys"
        make_keys(self.keys)
        self.stack = Stack(CHOREO_AUTH="token", CHOREO_KEYS_DIR=str(self.keys), **environment)

    def __enter__(self):
        self.stack.start()
        self.choreoctl = Ctl(self.stack)
        self.choreoctl.settings["CHOREO_KEYS_DIR"] = str(self.keys)
        return self

    def __exit__(self, *_):
        self.stack.stop()
        self.temporary.cleanup()

    def token(self, *scopes, subject="tester", expires="1h"):
        """{"id", "token", …}"""
        words = [word for scope in scopes for word in ("--scope", scope)]
        return self.choreoctl.ok("--json", "token", "create", "--subject", subject, *words, "--expires", expires).json

    def headers(self, *scopes):
        return bearer(self.token(*scopes)["token"])


def bearer(token):
    return {"Authorization": f"Bearer {token}"}
