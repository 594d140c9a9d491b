"""What people met in their first hour with the page."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("newcomer"))
def test_newcomer(scenario, name):
    scenario("newcomer", name)
