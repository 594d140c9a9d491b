"""Operations as tests of their meaning write them, and what is asked most of an instance."""

from urllib.parse import quote


def post(client, instance, body, status=200):
    answer = client.post(f"/{instance}/operations", body)
    assert answer.status == status, answer
    return answer.json


def operation(op, target, table="t", frame=None):
    return {"op": op, "target": target, "context": {"table": table}, "frame": frame or {}}


def entity(client, instance, table, name):
    return client.get(f"/{instance}/state/{table}/{name}").json


def query(client, instance, text):
    return client.ok(client.get(f"/{instance}/query?q={quote(text)}"))


def head(client, instance):
    return client.get(f"/{instance}/operations?limit=1").json["head"]


def ingest(rows, table="t", **frame):
    return {
        "op": "REC",
        "target": {"rows": rows},
        "context": {"type": "snapshot_ingest", "table": table},
        "frame": frame,
    }


def rule(trigger, name="r", action=None):
    action = action or {"op": "DES", "target_template": {"id": "{trigger.id}", "flag": "large"}, "context": {"table": "orders"}}
    return {"op": "REC", "target": {"id": name, "trigger": trigger, "action": action}, "context": {"type": "feedback_rule"}}
