"""How many webhooks there may be, for an instance and for a host, and that one address is one webhook however it is written."""

import json
from concurrent.futures import ThreadPoolExecutor

from support.webhooks import get, hooks

OF_INSTANCE, OF_HOST = 4, 6
SETTINGS = {
    "CHOREO_FCGI_PROCESSES": "2",
    "CHOREO_MAX_WEBHOOKS": str(OF_INSTANCE),
    "CHOREO_MAX_HOST_WEBHOOKS": str(OF_HOST),
}


def post(client, slug, url, **more):
    return client.post(f"/{slug}/webhooks", {"url": url, "active": False, **more})


def check_refused(answer, limit):
    assert answer.status == 409 and answer.json["code"] == "too_many_webhooks", answer
    assert limit in answer.json["error"]


def test_faults_a11_an_instance_has_so_many_and_no_more(client, instance):
    for n in range(OF_INSTANCE):
        client.ok(post(client, instance, f"http://host{n}.example/"))
    check_refused(post(client, instance, "http://more.example/"), f"CHOREO_MAX_WEBHOOKS={OF_INSTANCE}")
    assert len(hooks(client, instance)) == OF_INSTANCE
    client.ok(post(client, instance, "http://host0.example/", description="changed"))
    client.ok(client.delete(f"/{instance}/webhooks", {"url": "http://host0.example/"}))
    client.ok(post(client, instance, "http://more.example/"))


def test_faults_a11_a_host_has_so_many_of_all_instances_in_whatever_spelling(client, instance):
    other = f"{instance}-2"
    client.create(other)
    spellings = ["http://a11.example/", "http://A11.EXAMPLE:8080/", "https://a11.example./", "http://%61%31%31.example:81/"]
    for n in range(OF_HOST):
        client.ok(post(client, instance if n < 4 else other, f"{spellings[n % 4]}{n}"))
    limit = f"CHOREO_MAX_HOST_WEBHOOKS={OF_HOST}"
    check_refused(post(client, other, "https://a11.example/more"), limit)
    elsewhere = client.ok(post(client, other, "http://elsewhere.example/"))["added"]["id"]
    moved = client.patch(f"/{other}/webhooks/{elsewhere}", {"url": "http://a11.example/moved"})
    check_refused(moved, limit)
    assert get(client, other, elsewhere)["url"] == "http://elsewhere.example/"
    client.ok(client.patch(f"/{instance}/webhooks/{hooks(client, instance)[0]['id']}", {"url": "http://a11.example/within"}))
    client.ok(client.delete(f"/instances/{other}"))


def test_faults_a11_many_at_once_are_not_more(stack, client, instance):
    def one(n):
        own = stack.client()
        try:
            return post(own, instance, f"http://at-once{n}.example/").status
        finally:
            own.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(one, range(24)))
    assert sorted(statuses) == [200] * OF_INSTANCE + [409] * (24 - OF_INSTANCE)
    assert len(hooks(client, instance)) == OF_INSTANCE


def test_faults_a11_those_beyond_a_lower_limit_stay(stack, client, instance):
    for n in range(OF_INSTANCE):
        client.ok(post(client, instance, f"http://stay{n}.example/"))
    client.close()
    stack.environment["CHOREO_MAX_WEBHOOKS"] = "2"
    stack.restart()
    try:
        assert len(hooks(client, instance)) == OF_INSTANCE
        client.ok(post(client, instance, "http://stay3.example/", description="still changed"))
        check_refused(post(client, instance, "http://new.example/"), "CHOREO_MAX_WEBHOOKS=2")
    finally:
        client.close()
        stack.environment["CHOREO_MAX_WEBHOOKS"] = str(OF_INSTANCE)
        stack.restart()


def test_faults_d_eight_spellings_of_one_address_are_one_webhook(client, instance):
    spellings = [
        "http://d.example/hook",
        "HTTP://d.example/hook",
        "http://D.Example/hook",
        "http://d.example:80/hook",
        "http://d.example:/hook",
        "http://d.example/./hook",
        "http://d.example/x/../hook",
        "http://d.example/%68ook",
        "http://d.example./hook",
    ]
    ids = {client.ok(post(client, instance, url))["added"]["id"] for url in spellings}
    assert len(ids) == 1 and [one["url"] for one in hooks(client, instance)] == [spellings[-1]]
    other = client.ok(post(client, instance, "http://d.example/other"))["added"]["id"]
    taken = client.patch(f"/{instance}/webhooks/{other}", {"url": "http://D.example/HOOK"})
    assert taken.status == 200, "another path"
    taken = client.patch(f"/{instance}/webhooks/{other}", {"url": "http://D.example/hook"})
    assert (taken.status, taken.json["code"]) == (409, "url_taken")
    removed = client.ok(client.delete(f"/{instance}/webhooks", {"url": "http://d.EXAMPLE/hook"}))
    assert removed["remaining"] == 1


def test_faults_d_hosts_that_can_never_be_called_are_refused(client, instance):
    for url in ("http://exa|mple.org/", "http://\u202eorg.example/", "http://" + "a" * 64 + ".example/", "http://a%20b.example/"):
        refused = post(client, instance, url)
        assert (refused.status, refused.json["code"], refused.json["field"]) == (400, "bad_url", "url"), refused
    shown = client.ok(post(client, instance, "http://b\u00fccher.example/{x}"))["added"]["url"]
    assert json.dumps(shown) == json.dumps("http://b\u00fccher.example/{x}"), "as it was given"


def test_faults_d_one_that_was_registered_inactive_is_paused(client, instance):
    added = client.ok(post(client, instance, "http://paused.example/"))["added"]
    assert (added["state"], added["reason"], added["disabled_reason"]) == ("paused", "active is false", None)
