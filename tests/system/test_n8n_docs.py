"""docs/n8n.md and its workflow: what they send is taken, and says what it should. n8n itself is not run here."""

import json
import re
import subprocess

from support.stack import REPOSITORY
from support.waiting import wait_until
from support.webhooks import register

PAGE = (REPOSITORY / "docs" / "n8n.md").read_text(encoding="utf-8")
WORKFLOW = json.loads((REPOSITORY / "docs" / "n8n-workflow.json").read_text(encoding="utf-8"))


def node(kind):
    return next(one["parameters"] for one in WORKFLOW["nodes"] if one["type"] == f"n8n-nodes-base.{kind}")


def evaluated(expression, **variables):
    """What n8n makes of an expression that is one {{ … }}."""
    inner = re.fullmatch(r"=?\{\{(.*)\}\}\s*", expression, re.S).group(1)
    script = f"const {{{', '.join(variables)}}} = {json.dumps(variables)}; process.stdout.write({inner});"
    return subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout


def block(language, containing):
    return next(text for text in re.findall(rf" *```{language}\n(.*?)```", PAGE, re.S) if containing in text)


def test_faults_e4_values_with_quotes_and_breaks_are_taken(client, instance):
    item = {"sku": "m1", "name": 'A "blue"\nmug \\ cup', "price": 9.5}
    body = evaluated(block("javascript", "JSON.stringify").strip(), **{"$json": item})
    client.ok(client.post(f"/{instance}/operations", body=body.encode()))
    assert client.ok(client.get(f"/{instance}/state/products/m1"))["name"] == item["name"]


def test_faults_e4_the_workflow_hears_and_answers(stack, client, instance, receiver):
    registration = json.loads(block("json", "tables"))
    registration["url"] = receiver.url("/webhook/" + node("webhook")["path"])
    register(client, instance, **registration)
    stream = node("sseTrigger")["url"].removeprefix("http://localhost:8420/shop")
    with stack.stream(f"/{instance}{stream}") as heard:
        heard.wait_event("position")
        client.append(instance, "INS", {"id": "o1", "total": 3}, {"table": "orders"})
        assert heard.wait_event("message").json["target"]["id"] == "o1"
    delivery = receiver.wait_count(1)[0]
    assert delivery.headers["x-hook-key"] == registration["headers"]["X-Hook-Key"]
    assert delivery.headers["content-type"] == "application/json"
    answer = node("httpRequest")
    body = evaluated(answer["jsonBody"], **{"$json": {"body": json.loads(delivery.body)}})
    assert answer["url"].endswith("/operations")
    client.ok(client.post(f"/{instance}/operations", body=body.encode()))
    wait_until(lambda: client.ok(client.get(f"/{instance}/state/orders/o1"))["_des"] == {"seen_by": "n8n"}, "it is noted")
