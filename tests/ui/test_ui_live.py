"""The live view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("live"))
def test_live(scenario, name):
    scenario("live", name)
