"""CHOREO_MAX_INSTANCES: no more than so many, whoever makes them and however many at once; what is refused leaves no trace."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.ctl import Ctl

MOST = 3
AT_ONCE = 16
SETTINGS = {"CHOREO_MAX_INSTANCES": str(MOST)}
INS = {"op": "INS", "target": {"id": "a"}, "context": {"table": "t"}}


@pytest.fixture(autouse=True)
def empty(client):
    yield
    for slug in slugs(client):
        client.ok(client.delete(f"/instances/{slug}"))


def slugs(client):
    return [one["slug"] for one in client.ok(client.get("/instances"))["instances"]]


def fill(client, count=MOST):
    for number in range(count):
        client.create(f"full-{number}")


def check_refused(answer):
    assert answer.status == 409 and answer.json["code"] == "too_many_instances", answer
    assert f"CHOREO_MAX_INSTANCES={MOST}" in answer.json["error"]


def files(stack):
    """What belongs to instances; their locks are empty files, and stay after them too."""
    found = [path.relative_to(stack.dir) for path in stack.dir.rglob("*") if path.suffix not in (".db-wal", ".db-shm")]
    return sorted(str(path) for path in found if "locks" not in path.parts)


WAYS = {
    "create": lambda client: client.post("/instances", {"slug": "one-more"}),
    "seed": lambda client: client.post("/instances/one-more/seed", {"operations": [INS]}),
    "seed of nothing": lambda client: client.post("/instances/one-more/seed", {"operations": []}),
    "lines": lambda client: client.post(
        "/instances/one-more/seed", body='{"op":"INS","target":{"id":"a"}}\n', headers={"Content-Type": "application/x-ndjson"}
    ),
    "demo": lambda client: client.post("/demo/seed"),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_more_is_refused_and_leaves_no_trace(stack, client, way):
    fill(client)
    before = files(stack)
    check_refused(WAYS[way](client))
    assert files(stack) == before and len(slugs(client)) == MOST
    client.ok(client.delete("/instances/full-0"))
    assert WAYS[way](client).status in (200, 201), "there is room again"
    assert len(slugs(client)) == MOST


def test_those_that_are_there_are_served(client):
    fill(client)
    client.ok(client.post("/full-1/operations", INS))
    client.ok(client.post("/instances/full-1/seed", {"operations": [{**INS, "target": {"id": "b"}}]}))
    taken = client.post("/instances", {"slug": "full-1"})
    assert (taken.status, taken.json["code"]) == (409, "instance_exists")
    assert client.post("/one-more/operations", INS).status == 404, "an append makes no instance"


def test_the_demo_may_be_made_again_in_its_place(client):
    fill(client, MOST - 1)
    client.ok(client.post("/demo/seed"))
    client.ok(client.post("/demo/seed"))
    assert len(slugs(client)) == MOST


def test_a_refused_seed_takes_no_place(client):
    fill(client, MOST - 1)
    assert client.post("/instances/refused/seed", {"operations": [{"op": "NO"}]}).status == 400
    client.create("last")


def test_workers_that_race_make_no_more(stack, client):
    """Two workers; each connection of nginx may lead to either, and each request has a thread of its own there."""

    def make(number):
        mine = stack.client()
        way = ("/instances", {"slug": f"race-{number}"}), (f"/instances/race-{number}/seed", {"operations": [INS]})
        answer = mine.post(*way[number % 2])
        mine.close()
        return answer

    for _ in range(3):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(make, range(AT_ONCE)))
        made = [answer for answer in answers if answer.status in (200, 201)]
        for answer in answers:
            answer in made or check_refused(answer)
        assert len(made) == len(slugs(client)) == MOST
        assert not list((stack.dir / ".control" / "tmp").iterdir())
        for slug in slugs(client):
            client.ok(client.delete(f"/instances/{slug}"))


def test_an_import_says_so_too(stack, client):
    fill(client)
    refused = Ctl(stack)("instance", "create", "one-more")
    assert refused.status == 1 and "CHOREO_MAX_INSTANCES" in refused.err
