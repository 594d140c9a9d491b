"""The system view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("system"))
def test_system(scenario, name):
    scenario("system", name)
