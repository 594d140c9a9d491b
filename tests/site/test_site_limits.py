"""Limits of choreo.conf in an installed site's nginx, and a second factor for its page."""

import time

from support.totp import code
from support.waiting import wait_until

MANY = 60


def tell(site, *lines, check=True):
    site.set_lines(*lines)
    master = site.main_pid("nginx")
    before = site.run("cat", f"/proc/{master}/task/{master}/children").stdout.split()
    told = site.run("choreoctl", "nginx", "--limits", check=check)
    if told.returncode == 0:
        children = ["cat", f"/proc/{master}/task/{master}/children"]
        wait_until(lambda: not set(before) & set(site.run(*children).stdout.split()), "nginx answers by what it was told")
    return told


def statuses(site):
    client = site.client()
    found = {client.get("/instances").status for _ in range(MANY)}
    client.close()
    return found


def test_limits_of_the_settings_file_are_held(site):
    assert statuses(site) == {200}
    tell(site, "CHOREO_CLIENT_REQUESTS=2", "CHOREO_MAX_BODY_BYTES=4096")
    assert 429 in statuses(site)
    client = site.client()

    def refused_as_too_large():
        answer = client.request("POST", "/instances", body="x" * 5000)
        return answer.status == 413 and answer.json["code"] == "body_too_large"

    wait_until(refused_as_too_large, "the body's bound holds")
    client.close()
    tell(site, "CHOREO_TOKEN_REQUESTS=2")
    assert 429 in statuses(site)


def test_what_nginx_refuses_changes_nothing(site):
    tell(site, "CHOREO_CLIENT_REQUESTS=2")
    refused = tell(site, "CHOREO_TRUSTED_PROXIES=10.0.0.0/33", check=False)
    assert refused.returncode == 1 and "nginx refuses them" in refused.stderr and "10.0.0.0/33" in refused.stderr
    assert site.run("nginx", "-t").returncode == 0 and 429 in statuses(site)
    wrong = tell(site, "CHOREO_CLIENT_REQUESTS=many", check=False)
    assert wrong.returncode == 2 and "allowed: a whole number" in wrong.stderr
    assert 429 in statuses(site)
    tell(site)
    assert statuses(site) == {200}


def test_a_second_factor(site):
    key = site.root / "etc/choreo/keys/totp.key"
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_uid == (site.root / "etc/choreo/keys").stat().st_uid
    as_owner = ["setpriv", "--reuid=choreo", "--regid=choreo", "--clear-groups", "choreoctl"]
    secret = site.run(*as_owner, "totp", "enable", "tests").stdout.split()[1]
    now = time.time()
    site.run(*as_owner, "totp", "enable", "tests", "--code", code(secret, now))
    token = site.headers["Authorization"].split()[1]
    client = site.client()
    for body, status in ({}, 401), ({"code": code(secret, now)}, 401), ({"code": code(secret, now + 30)}, 200):
        answer = client.post("/auth/session", {"token": token, **body})
        assert answer.status == status, answer
    client.close()
    seen = site.run("nsenter", "-t", str(site.main_pid("choreo-streamer")), "-m", "cat", f"/{key.relative_to(site.root)}", check=False)
    assert not seen.stdout, "the streamer has no use for it"
