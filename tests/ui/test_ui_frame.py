"""The page's frame: loading, routes, keys, themes, instances."""

import gzip
import re

import pytest
from support.page import scenarios

FIRST_VIEW_BYTES = 200_000


@pytest.mark.parametrize("name", scenarios("frame"))
def test_frame(scenario, name):
    scenario("frame", name)


def loaded_at_first(client):
    """The files that a browser needs before the first view stands: those of index.html and what they import."""
    page = client.get("/ui").text
    waiting = re.findall(r'(?:src|href)="(/ui/[^"]+)"', page)
    # The first view is the list of instances, which the program loads by name.
    found = {}
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        answer = client.get(path)
        assert answer.status == 200, path
        found[path] = answer.body
        if path.endswith(".js"):
            imports = re.findall(rb'(?:from|import)\s*"\./([^"]+)"', answer.body)
            imports += re.findall(rb'import\("\./(instances-[^"]+)"\)', answer.body)
            waiting += [f"/ui/assets/{name.decode()}" for name in imports]
    assert len(found) > 3 and any("instances-" in path for path in found)
    return found


def test_the_first_view_is_small(client):
    files = loaded_at_first(client)
    total = sum(len(gzip.compress(body, 6)) for body in files.values())
    assert total < FIRST_VIEW_BYTES, {path: len(gzip.compress(body, 6)) for path, body in files.items()}


def test_files_are_compressed_on_the_way(client):
    path = next(path for path in loaded_at_first(client) if path.endswith(".js"))
    answer = client.get(path, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"


def test_the_policy_has_no_way_around_it(client):
    policy = client.get("/ui").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "style-src 'self';" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert "<script>" not in client.get("/ui").text and "style=" not in client.get("/ui").text
