"""The webhooks view."""

import pytest
from support.page import scenarios


@pytest.mark.parametrize("name", scenarios("webhooks"))
def test_webhooks(scenario, name):
    scenario("webhooks", name)
