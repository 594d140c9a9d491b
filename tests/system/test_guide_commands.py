"""The deployment guide's commands, run with real curl as they stand there; only host names are replaced.

docs/deploy.md tells what takes the place of the guide's docker, pip and pm2 commands.
"""

import json
import re
import subprocess

import pytest

from support.receiver import Receiver, is_signed
from support.waiting import wait_until

SERVER = "https://choreo.yourdomain.com"
LOCAL = "http://localhost:8420"
HOOKS = "https://n8n.yourdomain.com"

REGISTER_ALL = """curl -X POST https://choreo.yourdomain.com/my-instance/webhooks \\
  -H "Content-Type: application/json" \\
  -d '{
    "url": "https://n8n.yourdomain.com/webhook/choreo-ingest",
    "active": true
  }'"""
REGISTER_FILTERED = """curl -X POST https://choreo.yourdomain.com/my-instance/webhooks \\
  -H "Content-Type: application/json" \\
  -d '{
    "url": "https://n8n.yourdomain.com/webhook/choreo-changes",
    "filter": ["ALT", "NUL", "INS"]
  }'"""
REGISTER_N8N = """curl -X POST https://choreo.yourdomain.com/my-instance/webhooks \\
  -H "Content-Type: application/json" \\
  -d '{"url": "https://n8n.yourdomain.com/webhook/abc123"}'"""
LIST = "curl https://choreo.yourdomain.com/my-instance/webhooks"
REMOVE = """curl -X DELETE https://choreo.yourdomain.com/my-instance/webhooks \\
  -H "Content-Type: application/json" \\
  -d '{"url": "https://n8n.yourdomain.com/webhook/abc123"}'"""
CREATE = """curl -X POST https://choreo.yourdomain.com/my-instance/operations \\
  -H "Content-Type: application/json" \\
  -d '{
    "op": "INS",
    "target": {"id": "p1", "name": "New Place", "status": "open"},
    "context": {"table": "places", "source": "manual"}
  }'"""
UPDATE = """curl -X POST https://choreo.yourdomain.com/my-instance/operations \\
  -H "Content-Type: application/json" \\
  -d '{
    "op": "ALT",
    "target": {"id": "p1", "status": "closed"},
    "context": {"table": "places"},
    "frame": {"reason": "Confirmed closed via site visit"}
  }'"""
INGEST = """curl -X POST https://choreo.yourdomain.com/my-instance/operations \\
  -H "Content-Type: application/json" \\
  -d '{
    "op": "REC",
    "target": {
      "rows": [
        {"name": "Fern & Iron", "hours": "9a-6p", "status": "open"},
        {"name": "New Spot", "hours": "10a-8p", "status": "open"}
      ]
    },
    "context": {"type": "snapshot_ingest", "table": "places"},
    "frame": {
      "match_on": "name",
      "absence_means": "unchanged",
      "null_fields_mean": "unchanged"
    }
  }'"""
N8N_INSERT = """curl -X POST https://choreo.yourdomain.com/my-instance/operations \\
  -H "Content-Type: application/json" \\
  -d '{
    "op": "INS",
    "target": {"id": "7", "name": "Scraped", "status": "open"},
    "context": {"table": "scraped-data", "source": "n8n-workflow-123"}
  }'"""


@pytest.fixture(scope="module")
def hooks():
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def guide(stack, hooks):
    """Runs a command of the guide and returns what curl printed."""

    def run(command, timeout=30):
        replaced = command.replace(SERVER, stack.url).replace(HOOKS, hooks.url("").rstrip("/"))
        replaced = replaced.replace(LOCAL, f"http://localhost:{stack.port}").replace("curl ", "curl -sS ", 1)
        done = subprocess.run(["bash", "-c", replaced], capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def my_instance(stack):
    client = stack.client()
    client.create("my-instance")
    client.close()


def stream_lines(stack, command, count):
    """Starts curl -N and returns its first `count` data lines, then ends it."""
    replaced = command.replace(SERVER, stack.url).replace("curl ", "exec curl -sS ", 1)
    with subprocess.Popen(["bash", "-c", replaced], stdout=subprocess.PIPE, text=True) as process:
        found = []
        try:
            for line in process.stdout:
                if line.startswith("data: "):
                    found.append(json.loads(line.removeprefix("data: ")))
                    if len(found) == count:
                        return found
        finally:
            process.kill()
    raise AssertionError(f"the stream ended after {len(found)} events")


def test_web_page(guide, client):
    assert "<title>Choreo</title>" in guide("curl http://localhost:8420/ui")
    files = re.findall(r'(?:src|href)="(/ui/assets/[^"]+)"', client.get("/ui").text)
    assert len(files) == 2
    for path in (*files, "/ui/icon.svg", "/ui/"):
        answer = client.get(path)
        assert answer.status == 200 and "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert ("immutable" in answer.headers["Cache-Control"]) == ("/assets/" in path)
    assert client.get("/ui", If_None_Match=client.get("/ui").headers["ETag"]).status == 304


def test_seed_the_demo(guide):
    answer = json.loads(guide("curl -X POST http://localhost:8420/demo/seed"))
    assert answer["instance"] == "demo" and answer["seeded"] is True
    assert 40 <= answer["operations"] <= 70
    places = json.loads(guide("curl http://localhost:8420/demo/state/places"))
    assert places["type"] == "state" and places["table"] == "places"
    assert places["count"] == len(places["entities"]) > 2
    assert all(place["id"] and place["name"] for place in places["entities"])


def test_the_demo_shows_all_operators_and_can_be_seeded_again(guide, client):
    guide("curl -X POST http://localhost:8420/demo/seed")
    first = client.operations("demo")
    assert {o["op"] for o in first} == set("NUL DES INS SEG CON SYN ALT SUP REC".split())
    again = json.loads(guide("curl -X POST http://localhost:8420/demo/seed"))
    second = client.operations("demo")
    assert len(first) == len(second) and second[-1]["id"] == len(second) >= again["operations"]


def test_webhooks_from_registration_to_removal(stack, my_instance, guide, hooks, client):
    added = json.loads(guide(REGISTER_ALL))
    assert added["total"] == 1 and added["added"]["active"] is True
    secret = added["added"]["secret"]
    assert secret.startswith("whsec_")
    filtered = json.loads(guide(REGISTER_FILTERED))
    assert filtered["total"] == 2 and filtered["added"]["filter"] == ["ALT", "NUL", "INS"]
    assert json.loads(guide(REGISTER_N8N))["total"] == 3
    again = json.loads(guide(REGISTER_N8N))
    assert again["total"] == 3, "the same url updates its registration"

    listed = json.loads(guide(LIST))
    assert listed["instance"] == "my-instance"
    assert [hook["url"].rpartition("/")[2] for hook in listed["webhooks"]] == [
        "choreo-ingest",
        "choreo-changes",
        "abc123",
    ]
    assert "secret" not in json.dumps(listed).replace("has_secret", ""), "a secret is shown once"

    removed = json.loads(guide(REMOVE))
    assert removed["remaining"] == 2 and removed["removed"]

    for command in (CREATE, UPDATE, INGEST, N8N_INSERT):
        guide(command)
    log = client.operations("my-instance")
    everything = [o["id"] for o in log]
    changes = [o["id"] for o in log if o["op"] in ("ALT", "NUL", "INS")]
    hooks.wait(lambda _: sorted(hooks.op_ids("/webhook/choreo-ingest")) == everything, "every operation delivered")
    hooks.wait(lambda _: sorted(hooks.op_ids("/webhook/choreo-changes")) == changes, "the filtered ones delivered")
    assert hooks.op_ids("/webhook/abc123") == []

    for delivery in [d for d in hooks.deliveries if d.path == "/webhook/choreo-ingest"]:
        assert delivery.headers["content-type"] == "application/json"
        assert delivery.headers["x-choreo-instance"] == "my-instance"
        assert is_signed(delivery, secret)
        operation = log[delivery.json["op_id"] - 1]
        assert delivery.json == {"op_id": operation.pop("id"), **operation}


def test_operations_of_the_guide(my_instance, guide, client):
    created = json.loads(guide(CREATE))
    assert created["op"] == "INS" and created["pretty_id"] == f"NEW-{created['op_id']}"
    assert client.entity("my-instance", "places", "p1").json["status"] == "open"
    updated = json.loads(guide(UPDATE))
    assert updated["op_id"] == created["op_id"] + 1 and updated["ts"] >= created["ts"]
    assert client.entity("my-instance", "places", "p1").json["status"] == "closed"
    inserted = json.loads(guide(N8N_INSERT))
    assert client.entity("my-instance", "scraped-data", "7").json["name"] == "Scraped"
    stored = client.operations("my-instance")[inserted["op_id"] - 1]
    assert stored["context"] == {"table": "scraped-data", "source": "n8n-workflow-123"}


def test_snapshot_ingest_of_the_guide(my_instance, guide, client):
    first = json.loads(guide(INGEST))
    assert first["op"] == "REC" and first["generated_count"] == len(first["generated"])
    spot = client.entity("my-instance", "places", "New Spot").json
    assert (spot["name"], spot["hours"], spot["alive"]) == ("New Spot", "10a-8p", True)
    for generated in client.operations("my-instance")[first["op_id"] :][: first["generated_count"]]:
        assert generated["context"]["generated_by"] == first["op_id"]
    again = json.loads(guide(INGEST))
    assert again["generated_count"] == 0 and again["generated"] == []


def test_stream_of_the_guide(stack, my_instance, guide, client):
    for _ in range(6):
        guide(CREATE)
    head = client.head("my-instance")
    everything = stream_lines(stack, "curl -N https://choreo.yourdomain.com/my-instance/stream", head)
    assert [o["id"] for o in everything] == list(range(1, head + 1))
    assert everything == client.operations("my-instance")
    after = head - 4
    rest = stream_lines(stack, f"curl -N https://choreo.yourdomain.com/my-instance/stream?last_id={after}", 4)
    assert [o["id"] for o in rest] == list(range(after + 1, head + 1))


def test_instances_of_the_quick_reference(my_instance, guide, client):
    made = json.loads(guide(f"""curl -X POST {SERVER}/instances -d '{{"slug": "second"}}'"""))
    assert made == {"slug": "second", "created": True}
    listed = {one["slug"]: one for one in json.loads(guide(f"curl {SERVER}/instances"))["instances"]}
    assert listed["second"]["operations"] == listed["second"]["head"] == 0
    mine = listed["my-instance"]
    assert mine["operations"] == mine["head"] == client.head("my-instance") and mine["db_size"] == mine["file_size"] > 0
    assert json.loads(guide(f"curl -X DELETE {SERVER}/instances/second")) == {"slug": "second", "deleted": True}
    assert client.get("/second/operations").status == 404


def test_health_and_index(guide):
    for path in ("/health", "/api/health"):
        health = json.loads(guide(f"curl {LOCAL}{path}"))
        assert health["status"] == "ok" and health["version"] and health["uptime_secs"] >= 0
    assert "operations" in guide(f"curl {LOCAL}/")


@pytest.mark.parametrize(
    "entity_id",
    ["a/b", "a//b", "a b", "é", "a.b@example.org", "100%", "%2F", "?x=1", "#", "..", ".", "a+b", '"', "ü" * 256],
    ids=repr,
)
def test_ids_of_every_kind_can_be_read_back(client, instance, entity_id):
    """nginx passes the raw path, so that an encoded slash is part of an id."""
    client.insert(instance, entity_id, value=1)
    entity = client.ok(client.entity(instance, "things", entity_id))
    assert (entity["id"], entity["value"]) == (entity_id, 1)


def test_trace_ids(client, instance):
    made = client.get("/health").headers["X-Trace-ID"]
    assert made and made != client.get("/health").headers["X-Trace-ID"]
    for path in ("/health", "/ui", "/never-was/stream", "/never-was/operations"):
        assert client.get(path, X_Trace_ID="mine").headers["X-Trace-ID"] == "mine"
    body = {"op": "INS", "target": {"id": "a"}}
    client.ok(client.post(f"/{instance}/operations", body, headers={"X-Trace-ID": "mine"}))
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.ok(client.post(f"/{instance}/operations", body, headers={"traceparent": parent}))
    client.ok(client.post(f"/{instance}/operations", body))
    traces = [operation["context"].get("trace_id") for operation in client.operations(instance)]
    assert traces == ["mine", "0af7651916cd43dd8448eb211c80319c", None]


def test_files_are_where_the_guide_says(stack, my_instance):
    assert (stack.dir / "my-instance.db").exists()
    read = subprocess.run(
        ["sqlite3", "-readonly", stack.dir / "my-instance.db", "SELECT count(*), max(id) FROM operations"],
        capture_output=True,
        text=True,
    )
    count, last = read.stdout.strip().split("|")
    assert read.returncode == 0 and count == last


def test_an_endpoint_that_is_down_does_not_matter_to_the_log(client, instance, receiver):
    """The guide: "If the endpoint is down, the operation still succeeds"; unlike there, it is delivered later."""
    port = receiver.port
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url("/late")}))
    receiver.close()
    ids = [client.insert(instance, f"e{n}")["op_id"] for n in range(3)]

    def failing():
        hook = client.ok(client.get(f"/{instance}/webhooks"))["webhooks"][0]
        return json.dumps(hook) if hook.get("consecutive_failures") or hook.get("failures") else None

    wait_until(failing, "the failures are in the list")
    with Receiver(port=port) as back:
        back.wait_op_ids(ids, seconds=60)
