"""Answers that the earlier system's users know and SPEC is silent about."""


def test_the_biography_of_an_id_that_nothing_names(client, instance):
    answer = client.ok(client.get(f"/{instance}/biography/nobody"))
    nothing = {"entity_id": "nobody", "operation_count": 0, "operations": [], "current_state": None, "states": []}
    assert answer == nothing


def test_a_replay_profile_that_is_not_there_changes_nothing(client, instance):
    variants = [{"source": "door", "value": "9-5"}, {"source": "web", "value": "9-6"}]
    client.insert(instance, "p1")
    client.append(instance, "SUP", {"id": "p1", "field": "hours", "variants": variants})
    plain = client.ok(client.get(f"/{instance}/state/things"))
    assert client.ok(client.get(f"/{instance}/state/things?replay=nobodys")) == plain
    assert client.ok(client.get(f"/{instance}/state/things?replay=")) == plain
    query = f"/{instance}/query?q=things"
    assert client.ok(client.get(f"{query}&replay=nobodys")) == client.ok(client.get(query))
    client.append(instance, "INS", {"id": "profile-nobodys", "conflict": "collapse"}, {"table": "_rules"})
    collapsed = client.ok(client.get(f"/{instance}/state/things?replay=nobodys"))["entities"]
    assert collapsed[0]["hours"] == "9-5"


def test_an_empty_at_asks_for_now(client, instance):
    client.insert(instance, "p1")
    for path in (f"/{instance}/state/things", f"/{instance}/state/things/p1"):
        assert client.ok(client.get(f"{path}?at=")) == client.ok(client.get(path))
    assert client.get(f"/{instance}/state/things?at=%20").status == 400


def test_an_offset_in_at_needs_no_encoding(client, instance):
    made = {"op": "INS", "target": {"id": "p1"}, "context": {"table": "things"}, "ts": "2026-01-05T10:00:00Z"}
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": [made]}))

    def count(at):
        return client.ok(client.get(f"/{instance}/state/things?at={at}"))["count"]

    for plus in ("+", "%2B", "%20"):
        assert count(f"2026-01-05T11:00:00{plus}01:00") == 1
        assert count(f"2026-01-05%2011:00{plus}01:01") == 0
    assert count("2026-01-05%2010:00") == 1  # between date and time it stays what it is


def test_a_rebuild_says_only_that_it_was_done(client, instance):
    assert client.ok(client.post(f"/instances/{instance}/rebuild")) == {"rebuilt": True}
