"""The page where the server asks for tokens."""

import pytest
from support.access import Guarded
from support.page import scenarios
from support.stack import build_dir


@pytest.fixture(scope="module")
def guarded():
    with Guarded() as running:
        yield running


@pytest.fixture(scope="module")
def stack(guarded):
    return guarded.stack


@pytest.mark.parametrize("name", scenarios("signin"))
def test_signin(scenario, guarded, name):
    ctl = {"UI_CHOREOCTL": str(build_dir() / "bin" / "choreoctl"), **guarded.choreoctl.settings}
    scenario("signin", name, UI_TOKEN=guarded.token("*:admin", subject="test")["token"], **ctl)
