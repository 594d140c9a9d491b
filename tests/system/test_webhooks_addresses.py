"""Where deliveries may not go: the shipped configuration opens no internal network."""

import pytest

from support.waiting import wait_until

SETTINGS = {"CHOREO_WEBHOOK_ALLOW": "10.99.0.0/16", "CHOREO_WEBHOOK_RETRY_SECS": "0.2,0.5,1,1,1,1,1,1"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "169.254.169.254"]
)
def test_internal_addresses_are_refused_with_the_setting_that_opens_them(client, instance, receiver, host):
    url = f"http://{host}:{receiver.port}/hook"
    client.ok(client.post(f"/{instance}/webhooks", {"url": url}))
    client.insert(instance, "a")

    def refused():
        hook = client.ok(client.get(f"/{instance}/webhooks"))["webhooks"][0]
        return hook["last_error"] and hook

    hook = wait_until(refused, "the refusal is shown")
    assert "CHOREO_WEBHOOK_ALLOW" in hook["last_error"]
    assert hook["cursor"] == 1, "the operation is kept as a retry"
    assert receiver.deliveries == []
