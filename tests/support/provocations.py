"""For each route and status of openapi.json the request that gets this status. A `World` has what the requests need."""

import contextlib
import itertools
import json
from dataclasses import dataclass, field
from urllib.parse import quote

NEVER = "never-was"
BROKEN = "broken"
NOT_JSON = {"Content-Type": "text/html"}
BAD_ENCODING = "?x=%zz"
BODY_LIMIT = 65536  # CHOREO_MAX_BODY_BYTES and CHOREO_MAX_SEED_BYTES of the tests that use this
BEYOND_NGINX = str((8 << 30) + 1)  # nginx refuses this on every route, by Content-Length alone
LONG = "x" * 40_000  # longer than nginx's buffer for one line of a request's head
INS = {"op": "INS", "target": {"id": "a", "v": 1}, "context": {"table": "things"}}
URL = "http://127.0.0.1:9/hook"

# Documented, and not to be had in a test: of a route, of one route, and in front of every route.
NOT_PROVOKED = {
    401: "takes CHOREO_AUTH=token: test_access_routes",
    403: "the same",
    507: "a full disk takes a file system of its own, and root to make it",
}
NOT_PROVOKED_HERE = {
    ("POST", "/instances/{slug}/seed", 404): "only where the instance is deleted in the instant after it was made",
    ("POST", "/{instance}/webhooks", 409): "takes limits of its own: test_webhooks_limits",
    ("POST", "/demo/seed", 409): "takes a limit of instances: test_limits_instances",
    ("POST", "/demo/seed", 404): "only where demo is deleted in the instant after it was made",
}
NOT_PROVOKED_IN_FRONT = {
    401: "takes CHOREO_AUTH=token: test_access_routes",
    403: "the same",
    429: "takes limits of its own: test_limits_rates",
    500: "a defect: one that is known is mended",
    502: "a process ends in the middle of a request: test_faults_kill",
    503: "nginx is out of connections",
    504: "nothing answers for 120 s",
}


@dataclass
class Ask:
    method: str
    url: str
    body: bytes | None = None
    headers: dict = field(default_factory=dict)


class World:
    """A client; an instance with two entities; an instance whose file is no database."""

    def __init__(self, stack):
        self.stack = stack
        self.client = stack.client()
        self.numbers = itertools.count(1)
        self.slug = "asked"
        self.client.create(self.slug)
        self.client.ok(self.client.post(f"/{self.slug}/operations", INS, headers={"Idempotency-Key": "used"}))
        self.client.insert(self.slug, "b/c", table="two things", name="Two")
        (stack.dir / f"{BROKEN}.db").write_bytes(b"this is no database\n" * 300)

    def close(self):
        self.client.close()

    def fresh(self):
        """An instance that no other request uses."""
        slug = f"fresh-{next(self.numbers)}"
        self.client.create(slug)
        return slug

    def with_webhook(self):
        """Its id, registered anew where a request has removed it."""
        return self.client.ok(self.client.post(f"/{self.slug}/webhooks", {"url": URL}))["added"]["id"]

    def url(self, path, **values):
        known = {"slug": self.slug, "instance": self.slug, "table": "things", "id": "a", "webhook": "wh_0", **values}
        return path.format(**{name: quote(value, safe="") for name, value in known.items()})

    def send(self, ask):
        return self.client.request(ask.method, ask.url, body=ask.body, headers=ask.headers)

    @contextlib.contextmanager
    def without(self, path):
        """While the file or directory has another name."""
        away = path.with_name(path.name + ".away")
        path.rename(away)
        try:
            yield
        finally:
            away.rename(path)


def fitting(world, method, path, slug=None, **values):
    """The request that succeeds."""
    slug = slug or world.slug
    if (method, path) == ("DELETE", "/instances/{slug}") and slug == world.slug:
        slug = world.fresh()
    if path.startswith("/{instance}/webhooks/{webhook}") and slug == world.slug:
        values.setdefault("webhook", world.with_webhook())
    if (method, path) == ("DELETE", "/{instance}/webhooks") and slug == world.slug:
        world.with_webhook()
    bodies = {
        "POST /auth/session": {"token": "none is asked for"},
        "POST /instances": {"slug": f"made-{next(world.numbers)}"},
        "POST /instances/{slug}/seed": {"operations": [INS]},
        "POST /{instance}/operations": INS,
        "POST /{instance}/webhooks": {"url": URL},
        "DELETE /{instance}/webhooks": {"url": URL},
        "PATCH /{instance}/webhooks/{webhook}": {"description": "changed"},
        "POST /{instance}/webhooks/{webhook}/replay": {"from": 1},
        "POST /{instance}/webhooks/{webhook}/rotate-secret": {"overlap_seconds": 60},
    }
    body = bodies.get(f"{method} {path}")
    url = world.url(path, slug=slug, instance=slug, **values)
    if path == "/{instance}/query":
        url += "?q=state()"
    return Ask(method, url, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"})


def changed(ask, **changes):
    return Ask(**{**ask.__dict__, **changes})


def with_headers(ask, **headers):
    return changed(ask, headers={**ask.headers, **{name.replace("_", "-"): value for name, value in headers.items()}})


def conflict(world, ask, path):
    if path == "/instances":
        return changed(ask, body=json.dumps({"slug": world.slug}).encode())
    if path.endswith("/seed"):
        guid = "0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e7f"
        both = [{**INS, "guid": guid}, {**INS, "guid": guid, "target": {"id": "other"}}]
        return changed(ask, body=json.dumps({"operations": both}).encode())
    if path == "/{instance}/webhooks/{webhook}":
        world.client.ok(world.client.post(f"/{world.slug}/webhooks", {"url": URL + "/taken"}))
        return changed(ask, body=json.dumps({"url": URL + "/taken"}).encode())
    if path.endswith("/replay"):
        return too_many_replays(world, path)
    other = json.dumps({**INS, "target": {"id": "other"}}).encode()
    return with_headers(changed(ask, body=other), Idempotency_Key="used")


def too_many_replays(world, path):
    """Those of a webhook that is paused wait."""
    hook = world.client.ok(world.client.post(f"/{world.slug}/webhooks", {"url": URL + "/paused", "active": False}))
    ask = fitting(world, "POST", path, webhook=hook["added"]["id"])
    for _ in range(100):
        assert world.send(ask).status in (200, 409)
    return ask


def request_for(world, method, path, status):
    """None: there is no request for this status here."""
    ask = fitting(world, method, path)
    if status in (200, 201, 204):
        return ask
    if status == 304:
        return with_headers(ask, If_None_Match=world.client.get(ask.url).headers["ETag"])
    if status == 400:
        return changed(ask, url=ask.url.partition("?")[0] + BAD_ENCODING)
    if status == 404 and path.startswith(("/{instance}", "/instances/{slug}")):
        return fitting(world, method, path, slug=NEVER)
    if status == 409:
        return conflict(world, ask, path)
    if status == 412:
        return with_headers(ask, If_Match='"9999"')
    if status == 413:
        return changed(ask, body=b" " * (BODY_LIMIT + 1))
    if status == 415:
        return with_headers(changed(ask, body=ask.body or b"{}"), **{"Content-Type": "text/html"})
    if status == 431:
        return with_headers(ask, X_A="x" * 20_000, X_B="x" * 20_000)
    if status == 503 and path.startswith(("/{instance}", "/instances/{slug}/")):
        return fitting(world, method, path, slug=BROKEN)
    return None


def missing_for_503(world, method, path):
    """What the server has to miss to answer 503 where no instance's file is to blame."""
    reads_directory = method != "POST" and path in ("/instances", "/health", "/api/health")
    return world.stack.dir if reads_directory else world.stack.dir / ".control" / "locks"


def any_route(ask, status):
    """The answers that come from in front of every route."""
    plain = changed(ask, body=None)
    if status == 413:
        return with_headers(plain, Content_Length=BEYOND_NGINX)
    if status == 414:
        return changed(plain, url=ask.url.partition("?")[0] + "?x=" + LONG)
    if status == 431:
        return with_headers(plain, X_Long=LONG)
    return None
