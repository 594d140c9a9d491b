"""The time view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("time"))
def test_time(scenario, name):
    scenario("time", name)
