"""Empty, loading and offline states of each view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("states"))
def test_states(scenario, name):
    scenario("states", name)
