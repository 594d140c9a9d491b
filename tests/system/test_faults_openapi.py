"""docs/openapi.json as others read it: linters, and the types that a generator makes of it."""

import json
import re
import shutil
import subprocess

import pytest

from support.stack import REPOSITORY

CLIENTS = REPOSITORY / "tests" / "clients"
DOCUMENT = REPOSITORY / "docs" / "openapi.json"
FILE = json.loads(DOCUMENT.read_text(encoding="utf-8"))
METHODS = ("get", "head", "post", "patch", "delete", "options")


@pytest.fixture(scope="module")
def programs():
    """Where the programs of tests/clients are."""
    subprocess.run([REPOSITORY / "scripts" / "install-clients"], check=True)
    return CLIENTS / "node_modules" / ".bin"


def run(*command, **options):
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def operations():
    for path, item in FILE["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item


def test_faults_e2_redocly_finds_no_error(programs):
    run(programs / "redocly", "lint", "--config", CLIENTS / "redocly.yaml", DOCUMENT)


def test_faults_e2_spectral_finds_no_error(programs):
    run(programs / "spectral", "lint", "--ruleset", CLIENTS / "spectral.yaml", "--fail-severity", "error", DOCUMENT)


def test_faults_e2_each_route_tells_its_security_and_refusals():
    for path, method, item in operations():
        operation = item[method]
        assert operation["tags"], (method, path)
        scope = "none" if method == "options" else item["get" if method == "head" else method]["x-scope"]
        schemes = {name for one in operation["security"] for name in one}
        expected = {"bearer", "cookie"} | ({"streamKey"} if path.endswith("/stream") else set())
        assert schemes == (set() if scope == "none" else expected), (method, path)
        assert {"401", "403"} <= set(operation["responses"]) or scope == "none", (method, path)


def test_faults_e2_no_member_of_a_body_has_a_default():
    """A generator makes a member with a default a required one; and for a PATCH a default is not true."""
    assert '"default"' not in json.dumps(FILE["components"]["schemas"])


def is_refused(body):
    """The pages show refusals as well."""
    try:
        value = json.loads(body)
    except ValueError:
        return True
    operators = {value.get("op", "INS"), *value.get("filter", [])}
    return not operators <= set(FILE["components"]["schemas"]["Operator"]["enum"])


def guide_bodies():
    """(schema, body) of the guide's commands, of README and of the pages, where they post to a route that has types."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "docs").glob("*.md"))]
    texts.append((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    texts.append((REPOSITORY / "tests" / "system" / "test_guide_commands.py").read_text(encoding="utf-8").replace("\\\\", "\\"))
    command = re.compile(r"curl (?:[^\n']|\\\n)*?/(\w[\w-]*)/(operations|webhooks)(?:\s|\\)[^']*?-d '(\{[^']*\})'", re.DOTALL)
    kinds = {"operations": "NewOperation", "webhooks": "WebhookRegistration"}
    for text in texts:
        for _, route, body in command.findall(text):
            if not is_refused(body):
                yield kinds[route], body


def test_faults_e2_typed_clients_take_the_bodies_of_the_guide(programs, tmp_path):
    found = sorted(set(guide_bodies()))
    assert {kind for kind, _ in found} == {"NewOperation", "WebhookRegistration"} and len(found) > 10
    run(programs / "openapi-typescript", DOCUMENT, "-o", tmp_path / "api.ts")
    lines = ['import type { components } from "./api";']
    lines += [
        f'export const body{number}: components["schemas"]["{kind}"] = {body};' for number, (kind, body) in enumerate(found)
    ]
    lines.append('export const entity: components["schemas"]["Entity"] = { id: "p1", name: "New Place", tags: ["a"] };')
    lines.append('export const change: components["schemas"]["WebhookChange"] = { description: "only this" };')
    (tmp_path / "bodies.ts").write_text("\n".join(lines) + "\n", encoding="utf-8")
    compiler = [programs / "tsc", "--strict", "--noEmit", "--skipLibCheck", "--target", "ES2022", "--module", "preserve"]
    run(*compiler, tmp_path / "bodies.ts")
    # It would notice: a member of another type is refused.
    shutil.copy(tmp_path / "bodies.ts", tmp_path / "wrong.ts")
    with open(tmp_path / "wrong.ts", "a", encoding="utf-8") as file:
        file.write('export const wrong: components["schemas"]["NewOperation"] = { op: "ADD", target: {} };\n')
    with pytest.raises(AssertionError, match="ADD"):
        run(*compiler, tmp_path / "wrong.ts")
