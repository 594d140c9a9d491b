"""GET /{instance}/histogram against a count over the log."""

import random
from datetime import datetime, timedelta, timezone

import pytest

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def text_of(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def seed(client, slug, moments):
    operations = [{"ts": text_of(one), "op": "INS", "target": {"id": f"e{n}"}} for n, one in enumerate(moments)]
    client.ok(client.post(f"/instances/{slug}/seed", {"operations": operations}))


def counted(operations, buckets, start=None, end=None):
    times = {one["id"]: ms(one["ts"]) for one in operations}
    first = ms(start) if start else min(times.values())
    last = ms(end) if end else max(times.values()) + 1
    length = -((first - last) // buckets)
    counts, last_ids = [0] * buckets, [0] * buckets
    for op_id, at in times.items():
        if first <= at < last:
            counts[(at - first) // length] += 1
            last_ids[(at - first) // length] = op_id
    return first, length, counts, last_ids


def asked(client, slug, **parameters):
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    found = client.ok(client.get(f"/{slug}/histogram?{query}"))
    return ms(found["from"]), found["bucket_ms"], found["counts"], found["last_ids"]


def check(client, slug):
    operations = client.operations(slug)
    times = [one["ts"] for one in operations]
    spans = [(None, None), (times[len(times) // 3], None), (None, times[len(times) // 2]), ("2025-12-31", "2026-02-01")]
    for buckets in (1, 7, 100, 1000):
        for start, end in spans:
            given = {name: value for name, value in (("from", start), ("to", end)) if value}
            assert asked(client, slug, buckets=buckets, **given) == counted(operations, buckets, start, end)
    found = client.ok(client.get(f"/{slug}/histogram"))
    assert (found["head"], sum(found["counts"])) == (operations[-1]["id"], len(operations))


def test_times_that_ascend(client, instance):
    seed(client, instance, [START + timedelta(minutes=n * n % 97 + 97 * n) for n in range(3000)])
    check(client, instance)


def test_times_in_any_order_and_later_appends(client, instance):
    draw = random.Random(4)
    seed(client, instance, [START + timedelta(seconds=draw.randrange(10**6)) for _ in range(1500)])
    seed(client, instance, [START - timedelta(days=9) + timedelta(minutes=n) for n in range(1500)])
    for number in range(5):
        client.insert(instance, f"now{number}")
    check(client, instance)


def test_the_end_is_not_within(client, instance):
    seed(client, instance, [START, START + timedelta(hours=1)])
    edges = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}
    assert asked(client, instance, buckets=2, **edges)[2] == [1, 0]
    # A time with an offset, whose plus sign was not percent-encoded.
    edges["to"] = "2026-01-01T02:00:00.001+01:00"
    assert asked(client, instance, buckets=1, **edges)[2] == [2]


def test_an_empty_log_has_no_buckets(client, instance):
    nothing = {"from": None, "bucket_ms": 0, "counts": [], "last_ids": [], "head": 0}
    assert client.ok(client.get(f"/{instance}/histogram")) == nothing
    assert asked(client, instance, buckets=2, **{"from": "2026-01-01", "to": "2026-01-02"})[1:3] == (43200000, [0, 0])


@pytest.mark.parametrize(
    "query, field",
    [
        ("buckets=0", "buckets"),
        ("buckets=1001", "buckets"),
        ("buckets=many", "buckets"),
        ("from=yesterday", "from"),
        ("to=99999-01-01", "to"),
        ("from=2026-01-02&to=2026-01-02", "to"),
        ("from=2026-01-02&to=2026-01-01", "to"),
    ],
)
def test_what_is_refused(client, instance, query, field):
    answer = client.get(f"/{instance}/histogram?{query}")
    assert (answer.status, answer.json["field"]) == (400, field)


def test_the_ends_of_time(client, instance):
    client.insert(instance, "a")
    for query, count in [("from=0000-01-01&to=9999-12-31", 1), ("to=0000-01-01", 0), ("from=9999-12-31T23:59:59.999Z", 0)]:
        assert sum(client.ok(client.get(f"/{instance}/histogram?buckets=3&{query}"))["counts"]) == count
