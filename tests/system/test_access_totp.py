"""The second factor of sign-in: asked for, taken once by all workers together, attempts that no restart gives back, secrets
that were tampered with, keys that are missing, backups. The clock of the processes is moved, nothing waits for it."""

import os
import pty
import re
import shutil
import sqlite3
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.access import Guarded, bearer, make_keys
from support.ctl import command, ctl, environment
from support.fake_clock import FakeClock
from support.stack import Stack, sanitized
from support.totp import code, wrong_code

ATTEMPTS = 5
FIRST_LOCK_SECONDS = 300
AT_ONCE = 12


class Clock(FakeClock):
    ahead = 0

    def now(self):
        return time.time() + self.ahead

    def advance(self, seconds=60):
        """By default past every step whose code was taken."""
        self.ahead += seconds
        self.set_offset(self.ahead)


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    if sanitized():
        pytest.skip("a sanitizer's library must be loaded first")
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def guarded(clock):
    with Guarded(**clock.environment()) as made:
        made.choreoctl.settings.update(clock.environment())
        yield made


class Person:
    """Somebody with a token and an authenticator app."""

    number = 0

    def __init__(self, guarded, clock):
        Person.number += 1
        self.guarded, self.clock, self.name = guarded, clock, f"person {Person.number}"
        self.token = guarded.token("*:read", subject=self.name)["token"]
        self.secret = guarded.choreoctl.ok("--json", "totp", "enable", self.name).json["secret"]
        guarded.choreoctl.ok("totp", "enable", self.name, "--code", self.code())
        clock.advance()

    def code(self):
        return code(self.secret, self.clock.now())

    def wrong(self):
        return wrong_code(self.secret, self.clock.now())

    def sign_in(self, code_given=None, stack=None):
        client = (stack or self.guarded.stack).client()
        body = {"token": self.token} | ({} if code_given is None else {"code": code_given})
        answer = client.post("/auth/session", body)
        client.close()
        assert (answer.status == 200) == ("Set-Cookie" in answer.headers)
        return answer

    def several(self, codes):
        with ThreadPoolExecutor(len(codes)) as pool:
            return list(pool.map(self.sign_in, codes))


@pytest.fixture
def person(guarded, clock):
    return Person(guarded, clock)


def told(answer):
    return answer.status, answer.json.get("code")


def kill_workers(stack):
    for name in ("fcgi-1", "fcgi-2"):
        stack.kill_and_wait(name)


def control(guarded):
    return sqlite3.connect(guarded.stack.dir / ".control" / "control.db", timeout=30, isolation_level=None)


def test_a_code_is_asked_for_and_the_token_alone_serves_the_api(guarded, person):
    answer = person.sign_in()
    assert told(answer) == (401, "code_required") and answer.headers["WWW-Authenticate"] == 'Bearer realm="choreo"'
    assert told(person.sign_in("")) == (401, "code_required")
    assert told(person.sign_in(person.wrong())) == (401, "wrong_code")
    signed_in = person.sign_in(person.code())
    assert signed_in.status == 200 and signed_in.json["subject"] == person.name
    client = guarded.stack.client()
    assert client.get("/instances", **bearer(person.token)).status == 200
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    assert client.get("/auth/session", Cookie=cookie).json["subject"] == person.name
    client.close()


@pytest.mark.parametrize("given, expected", [(123456, (400, "bad_session")), (["1"], (400, "bad_session"))])
def test_odd_codes_are_bad_requests(person, given, expected):
    assert told(person.sign_in(given)) == expected


@pytest.mark.parametrize("given", ["12345", "1234567", "abcdef", "１２３４５６", "x" * 4000, "000000\x00"])
def test_what_is_no_code_costs_no_attempt(person, given):
    for _ in range(ATTEMPTS + 1):
        assert told(person.sign_in(given)) == (401, "wrong_code")
    assert person.sign_in(person.code()).status == 200


def test_a_code_is_taken_once_by_all_workers_together(guarded, person):
    answers = person.several([person.code()] * AT_ONCE)
    assert sorted(map(told, answers), key=str) == [(200, None)] + [(401, "code_used")] * (AT_ONCE - 1)


def test_a_code_is_not_taken_again_after_kill_9(guarded, person):
    right = person.code()
    assert person.sign_in(right).status == 200
    kill_workers(guarded.stack)
    assert told(person.sign_in(right)) == (401, "code_used")
    person.clock.advance()
    assert person.sign_in(person.code()).status == 200


def test_wrong_codes_are_counted_by_all_workers_together(guarded, person, clock):
    answers = sorted(map(told, person.several([person.wrong()] * AT_ONCE)))
    assert answers == [(401, "wrong_code")] * (ATTEMPTS - 1) + [(429, "too_many_codes")] * (AT_ONCE - ATTEMPTS + 1)
    other = Person(guarded, clock)
    assert other.sign_in(other.code()).status == 200, "others are not concerned"


def test_wrong_codes_are_remembered_across_kill_9(guarded, person, clock):
    for _ in range(ATTEMPTS - 2):
        assert told(person.sign_in(person.wrong())) == (401, "wrong_code")
    kill_workers(guarded.stack)
    assert told(person.sign_in(person.wrong())) == (401, "wrong_code")
    answer = person.sign_in(person.wrong())
    assert told(answer) == (429, "too_many_codes")
    assert FIRST_LOCK_SECONDS - 5 <= int(answer.headers["Retry-After"]) <= FIRST_LOCK_SECONDS
    kill_workers(guarded.stack)
    assert told(person.sign_in(person.code())) == (429, "too_many_codes"), "not even a right one"
    assert f"{person.name}  locked" in guarded.choreoctl.ok("totp", "list").out
    clock.advance(FIRST_LOCK_SECONDS)
    assert person.sign_in(person.code()).status == 200
    clock.advance()
    assert told(person.sign_in(person.wrong())) == (401, "wrong_code"), "the count begins anew"


def test_an_operator_ends_the_wait(guarded, person):
    person.several([person.wrong()] * ATTEMPTS)
    assert person.sign_in(person.code()).status == 429
    guarded.choreoctl.ok("totp", "unlock", person.name)
    assert person.sign_in(person.code()).status == 200


def test_secrets_are_not_in_the_database_nor_in_a_log(guarded, person):
    right = person.code()
    person.sign_in(right)
    files = [*(guarded.stack.dir / ".control").glob("control.db*"), *(guarded.stack.run_dir / "log").iterdir()]
    assert [path.name for path in files if person.secret.encode() in path.read_bytes()] == []
    assert [path.name for path in files if path.suffix == ".log" and f'"{right}"' in path.read_text(errors="replace")] == []


def test_a_tampered_secret_lets_nobody_in_and_says_so(guarded, person, clock):
    other = Person(guarded, clock)
    with control(guarded) as db:
        db.execute(
            "UPDATE totp SET secret = (SELECT secret FROM totp WHERE subject = ?) WHERE subject = ?", (other.name, person.name)
        )
        db.execute("UPDATE totp SET secret = 'nonsense' WHERE subject = ?", (other.name,))
    db.close()
    for one, given in ((person, other.code()), (person, person.code()), (other, other.code())):
        answer = one.sign_in(given)
        assert told(answer) == (503, "totp_unavailable")
        assert one.name in answer.json["error"] and "choreoctl totp disable" in answer.json["error"]
    assert told(person.sign_in()) == (401, "code_required")
    guarded.choreoctl.ok("totp", "disable", person.name)
    assert person.sign_in().status == 200


def test_without_its_key_no_code_is_taken(guarded, person):
    key = guarded.keys / "totp.key"
    away = key.rename(key.with_suffix(".away"))
    try:
        answer = person.sign_in(person.code())
        assert told(answer) == (503, "totp_unavailable") and str(key) in answer.json["error"]
        refused = guarded.choreoctl("totp", "enable", "another")
        assert refused.status == 1 and "put it back from a backup" in refused.err and not key.exists()
        make_keys(guarded.keys)
        assert told(person.sign_in(person.code())) == (503, "totp_unavailable"), "another key does not open it"
    finally:
        away.rename(key)
    assert person.sign_in(person.code()).status == 200


def test_who_loses_the_device_is_let_in_again_by_the_operator(guarded, person):
    guarded.choreoctl.ok("totp", "disable", person.name)
    assert person.sign_in().status == 200
    again = guarded.choreoctl("totp", "disable", person.name)
    assert again.status == 1 and "has no second factor" in again.err


def test_a_backup_brings_it_back(guarded, person, clock, tmp_path):
    right = person.code()
    assert person.sign_in(right).status == 200
    backup = guarded.choreoctl.ok("backup", tmp_path / "backups").lines[0]
    guarded.choreoctl.ok("restore", backup, "--dir", tmp_path / "data")
    keys = tmp_path / "keys"
    shutil.copytree(f"{backup}/settings/keys", keys)
    assert stat.S_IMODE((keys / "totp.key").stat().st_mode) == 0o600
    its_clock = Clock(tmp_path)  # files have the true time, so that a stack that starts ahead takes its parts for stale
    settings = {"CHOREO_AUTH": "token", "CHOREO_KEYS_DIR": str(keys), **its_clock.environment()}
    restored = Stack(data_dir=tmp_path / "data", **settings).start()
    its_clock.advance(clock.ahead)
    try:
        assert told(person.sign_in(stack=restored)) == (401, "code_required")
        assert told(person.sign_in(right, stack=restored)) == (401, "code_used")
        clock.advance()
        its_clock.advance()
        assert person.sign_in(person.code(), stack=restored).status == 200
    finally:
        restored.stop()


# --- choreoctl totp, without a server


@pytest.fixture
def alone(tmp_path):
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    settings = {"CHOREO_DIR": str(tmp_path / "data"), "CHOREO_KEYS_DIR": str(keys)}

    def run(*words, **more):
        return ctl("totp", *words, **settings, **more)

    run.settings, run.keys = settings, keys
    return run


def enable(alone, subject="alice"):
    """The secret."""
    shown = alone("enable", subject)
    assert shown.status == 0 and len(shown.lines) == 2, shown
    return shown.lines[1]


def test_the_key_is_made_once_and_private(alone):
    enable(alone)
    key = alone.keys / "totp.key"
    text = key.read_text()
    assert re.fullmatch(r"[0-9a-f]{64}\n", text) and stat.S_IMODE(key.stat().st_mode) == 0o600
    enable(alone, "bob")
    make_keys(alone.keys)
    assert key.read_text() == text
    key.chmod(0o644)
    refused = alone("enable", "carol")
    assert refused.status == 1 and "can be read by others" in refused.err


def test_what_is_shown_is_for_authenticator_apps(alone):
    shown = alone("enable", "alice smith", "--issuer", "My site")
    uri, secret = shown.lines
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    assert uri == (
        f"otpauth://totp/My%20site:alice%20smith?secret={secret}&issuer=My%20site&algorithm=SHA1&digits=6&period=30"
    )
    assert "choreoctl totp enable 'alice smith' --code" in shown.err and "no token of 'alice smith'" in shown.err
    assert secret not in alone("list").out + alone("--json", "list").out


def test_nothing_is_asked_for_until_a_code_was_right(alone):
    first, secret = enable(alone), enable(alone)
    assert first != secret, "the first was never confirmed, and may have been lost"
    for given, status in (("12345", 2), ("", 2), (wrong_code(secret, time.time()), 1), (code(first, time.time()), 1)):
        assert alone("enable", "alice", "--code", given).status == status, given
    assert alone("--json", "list").json["subjects"][0]["confirmed"] is False
    assert alone("enable", "alice", "--code", code(secret, time.time())).status == 0
    assert alone("--json", "list").json["subjects"][0]["confirmed"] is True
    again, other = alone("enable", "alice"), alone("enable", "alice", "--code", "123456")
    assert again.status == other.status == 1 and "disable it first" in again.err
    assert alone("enable", "nobody", "--code", "123456").status == 1


@pytest.mark.parametrize("words", [("enable",), ("enable", 'a"b'), ("enable", ""), ("enable", "x" * 129), ("disable",), ("list", "x")])
def test_bad_wishes_are_refused(alone, words):
    refused = alone(*words)
    assert refused.status == 2 and refused.err and not refused.out and not (alone.keys / "totp.key").exists()


def test_at_a_terminal_the_code_is_asked_for(alone):
    mine, theirs = pty.openpty()
    running = subprocess.Popen(
        command("totp", "enable", "alice"),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(alone.settings),
        text=True,
    )
    os.close(theirs)
    secret = [running.stdout.readline(), running.stdout.readline()][1].strip()
    os.write(mine, f"{code(secret, time.time())}\n".encode())
    out, err = running.communicate(timeout=30)
    os.close(mine)
    assert running.returncode == 0 and "needs a code" in out, err


@pytest.mark.parametrize("text, mode, said", [("00" * 32, 0o640, "can be read by others"), ("no key", 0o600, "64 hexadecimal")])
def test_a_worker_does_not_start_with_a_bad_key(alone, tmp_path, text, mode, said):
    make_keys(alone.keys)
    (alone.keys / "totp.key").write_text(text)
    (alone.keys / "totp.key").chmod(mode)
    (tmp_path / "run").mkdir()
    program = command()[0].replace("choreoctl", "choreo-fcgi")
    settings = {**alone.settings, "CHOREO_AUTH": "token", "CHOREO_RUN_DIR": str(tmp_path / "run")}
    done = subprocess.run([program], env=environment(settings), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and said in done.stderr and "totp.key" in done.stderr
