"""Tables as grids, and single entities."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("tables"))
def test_tables(scenario, name):
    scenario("tables", name)
