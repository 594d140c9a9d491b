"""Deliveries that were given up, with retries short enough to wait for."""

import pytest
from support.page import scenarios

SETTINGS = {"CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.3", "CHOREO_WEBHOOK_PROBE_SECS": "1"}


@pytest.mark.parametrize("name", scenarios("dead"))
def test_dead(scenario, name):
    scenario("dead", name)
