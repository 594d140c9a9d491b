"""docs/http.md lists every code that an error answer can carry, and no other."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = ("core", "fcgi", "streamer")
CODE = re.compile(
    r"""\binvalid\(\s*"([a-z_0-9]+)"
      | \bmake_error\(\s*(?:ErrorKind::\w+|kind),\s*"([a-z_0-9]+)"
      | \bfail\("([a-z_0-9]+)"
      | \bk\w+TooLarge\s*=\s*"([a-z_0-9]+)"  # one that several places compare with has a name
      | "(bad_[a-z_]+)"
      | "(disk_full|storage_unavailable)"
      | \\"code\\":\\"(\w+)\\" """,
    re.VERBOSE,
)
# wire_forms.cpp puts these together from the member's name.
MADE_FROM_NAMES = {"bad_context", "bad_frame", "bad_operand", "bad_target"}
# They end a process at its start or a command of choreoctl, go to a log, or into rule_errors.
NOT_IN_ANSWERS = {
    *("bad_keys", "bad_scope", "bad_subject", "unknown_token", "foreign_schema"),  # choreoctl's
    *("totp_exists", "unknown_totp"),  # the same
    "bad_totp_secret",  # becomes totp_unavailable
    *("bad_option", "undocumented_option", "bad_listen", "listen", "socket", "descriptors", "fastcgi", "exception"),
    "run_dir",
    *("bad_message", "bad_legacy_webhooks", "client_gone", "unresolved_placeholder", "exists"),
}


def codes_of_the_sources():
    found = set(MADE_FROM_NAMES)
    for folder in SOURCES:
        for path in [*(REPOSITORY / folder).rglob("*.cpp"), *(REPOSITORY / folder).rglob("*.h")]:
            for match in CODE.finditer(path.read_text(encoding="utf-8")):
                found.update(code for code in match.groups() if code)
    return {code for code in found - NOT_IN_ANSWERS if not code.endswith("_")}


def codes_of_nginx():
    text = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "nginx" / "fragments").iterdir())
    blocks = re.findall(r"map \$\w+ \$choreo_error_code\w* \{(.*?)\}", text, re.DOTALL)
    return set(re.findall(r'"(\w+)"', "".join(blocks)))


def codes_of_the_page():
    page = (REPOSITORY / "docs" / "http.md").read_text(encoding="utf-8")
    table = page.split("\n## Errors\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d{3}) \| ([^|]+) \|", table, re.MULTILINE)
    return {code for _, cell in rows for code in re.findall(r"`(\w+)`", cell)}


def test_every_code_is_on_the_page():
    told = codes_of_the_page()
    there = codes_of_the_sources() | codes_of_nginx()
    assert there - told == set(), "not in docs/http.md"
    assert told - there == set(), "in docs/http.md, and nowhere else"
