"""The query view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("query"))
def test_query(scenario, name):
    scenario("query", name)
