"""A small HTTP client on http.client: one kept connection, answers with status, headers and JSON."""

import http.client
import json as json_module
from dataclasses import dataclass
from urllib.parse import quote

TIMEOUT_SECONDS = 60.0


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json_module.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:2000]!r}>"


class Client:
    """Not for several threads: each takes its own (Stack.client()). headers: of every request."""

    def __init__(self, port, host="127.0.0.1", timeout=TIMEOUT_SECONDS, headers=None):
        self.headers = dict(headers or {})
        self.connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def close(self):
        self.connection.close()

    def request(self, method, path, body=None, headers=None, json=None):
        """One request, never repeated: whoever calls decides what a lost connection means (OSError, HTTPException)."""
        headers = {**self.headers, **(headers or {})}
        if json is not None:
            body = json_module.dumps(json)
        if isinstance(body, str):
            body = body.encode("utf-8")
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            self.connection.request(method, path, body=body, headers=headers)
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except BaseException:
            self.connection.close()
            raise

    def get(self, path, **headers):
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, json=None, body=None, headers=None):
        return self.request("POST", path, body=body, headers=headers, json=json)

    def patch(self, path, json):
        return self.request("PATCH", path, json=json)

    def delete(self, path, json=None):
        return self.request("DELETE", path, json=json)

    # --- what most tests do

    def ok(self, answer, status=200):
        assert answer.status == status, answer
        return answer.json

    def create(self, slug):
        return self.ok(self.post("/instances", {"slug": slug}), 201)

    def append(self, slug, op, target, context=None, frame=None, headers=None):
        body = {"op": op, "target": target, "context": context or {"table": "things"}}
        if frame is not None:
            body["frame"] = frame
        return self.ok(self.post(f"/{slug}/operations", body, headers=headers))

    def insert(self, slug, entity_id, table="things", **fields):
        return self.append(slug, "INS", {"id": entity_id, **fields}, {"table": table})

    def operations(self, slug):
        """The whole log, page by page."""
        after, found = 0, []
        while True:
            page = self.ok(self.get(f"/{slug}/operations?after={after}&limit=1000"))
            found += page["operations"]
            if not page["operations"] or found[-1]["id"] >= page["head"]:
                return found
            after = found[-1]["id"]

    def head(self, slug):
        return self.ok(self.get(f"/{slug}/operations?limit=1"))["head"]

    def entity(self, slug, table, entity_id):
        return self.get(f"/{slug}/state/{quote(table, safe='')}/{quote(entity_id, safe='')}")
