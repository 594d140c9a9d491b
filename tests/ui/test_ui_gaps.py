"""The gaps view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("gaps"))
def test_gaps(scenario, name):
    scenario("gaps", name)
