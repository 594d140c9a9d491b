"""docs/durability.md: each promise names the tests that hold it, and every test that is named there exists."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TESTS = REPOSITORY / "tests"
PAGE = (REPOSITORY / "docs" / "durability.md").read_text(encoding="utf-8")

# `test_file::test_name` of pytest, or `file_test: the name of a TEST_CASE`.
PYTHON = re.compile(r"`(test_\w+)::(test_\w+)`")
CATCH = re.compile(r"`(\w+_test): ([^`]+)`")


def promises():
    """The items of the lists, each with its further lines."""
    items = re.findall(r"^- (.*(?:\n  .*)*)", PAGE, re.MULTILINE)
    assert len(items) > 20
    return [" ".join(item.split()) for item in items]


@pytest.mark.parametrize("promise", promises())
def test_a_promise_names_its_tests(promise):
    names = PYTHON.findall(promise) + CATCH.findall(promise)
    assert names, "no test is named"
    rest = CATCH.sub("", PYTHON.sub("", promise))
    assert "`test_" not in rest and "_test: " not in rest, f"a name that is in no known form: {rest}"


@pytest.mark.parametrize("file, name", sorted(set(PYTHON.findall(PAGE))))
def test_a_python_test_exists(file, name):
    [path] = list(TESTS.glob(f"*/{file}.py"))
    assert re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("file, name", sorted(set(CATCH.findall(PAGE))))
def test_a_unit_test_exists(file, name):
    text = (TESTS / "unit" / f"{file}.cpp").read_text(encoding="utf-8")
    assert re.search(rf'^TEST_CASE(?:_METHOD)?\((?:\w+, )?"{re.escape(name)}"', text, re.MULTILINE)
