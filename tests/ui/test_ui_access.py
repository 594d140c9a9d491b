"""Every view with axe-core: no violation in either scheme, wide or on a phone."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("access"))
def test_access(scenario, name):
    scenario("access", name)
