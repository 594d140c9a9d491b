"""The graph view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("graph"))
def test_graph(scenario, name):
    scenario("graph", name)
