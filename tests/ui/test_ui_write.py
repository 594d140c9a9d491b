"""The write view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("write"))
def test_write(scenario, name):
    scenario("write", name)
