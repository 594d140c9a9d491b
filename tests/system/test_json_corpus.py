"""Every class of the JSON corpus through append, state, log, stream and webhook: valid values unchanged, invalid ones 400."""

from pathlib import Path

import pytest

from support.receiver import Receiver

CORPUS = Path(__file__).resolve().parents[1] / "golden" / "json"
VALID = sorted((CORPUS / "valid").glob("*.json"))
INVALID = sorted((CORPUS / "invalid").glob("*/*.json"))
MAX_DEPTH = 128  # the body is the first level, its target the second


def canonical(file):
    expected = file.with_suffix(".canonical")
    return (expected if expected.exists() else file).read_bytes()


def depth(text):
    """Nesting levels of canonical JSON."""
    deepest = level = 0
    in_string = escaped = False
    for byte in text:
        if in_string:
            in_string = escaped or byte != ord('"')
            escaped = byte == ord("\\") and not escaped
        elif byte == ord('"'):
            in_string, escaped = True, False
        elif byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def body_with(identifier, value):
    return b'{"op":"INS","target":{"id":"%s","v":%s},"context":{"table":"t"},"frame":{}}' % (identifier.encode(), value)


EMBEDDED = [file for file in VALID if depth(canonical(file)) + 2 <= MAX_DEPTH]


def holds(text, value):
    """Whether the member v has exactly that text."""
    at = text.find(b'"v":')
    return at >= 0 and text[at + 4 :].startswith(value) and text[at + 4 + len(value) :][:1] in (b"}", b",")


def test_valid_values_survive_everywhere(stack, client, instance):
    assert len(EMBEDDED) > 60
    with Receiver() as receiver, stack.stream(f"/{instance}/stream") as stream:
        client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}))
        for file in EMBEDDED:
            client.ok(client.post(f"/{instance}/operations", body=body_with(file.stem, file.read_bytes())))
        stream.wait_id(len(EMBEDDED))
        receiver.wait_op_ids(range(1, len(EMBEDDED) + 1))
        pages = client.get(f"/{instance}/operations?limit=10000").body.split(b'{"id":')[1:]
        delivered = {delivery.json["op_id"]: delivery.body for delivery in receiver.deliveries}
        events = {int(event.id): event.data.encode() for event in stream.events if event.name == "op"}
        for number, file in enumerate(EMBEDDED, 1):
            value = canonical(file)
            where = {
                "entity": client.get(f"/{instance}/state/t/{file.stem}").body,
                "query": client.get(f"/{instance}/query?q=state(context.table=t,id=%22{file.stem}%22)").body,
                "event": events[number],
                "webhook": delivered[number],
            }
            for place, text in where.items():
                assert holds(text, value), f"{file.name} in the {place}: {text}"
        assert len(pages) >= len(EMBEDDED)


def test_valid_values_survive_seeds_and_tables(client, slug):
    operations = [body_with(file.stem, file.read_bytes()) for file in EMBEDDED]
    whole = b'{"operations":[' + b",".join(operations) + b"]}"
    lines = b"\n".join(line.replace(b"\n", b" ").replace(b"\r", b" ") for line in operations)
    for name, body, media in (("json", whole, "application/json"), ("lines", lines, "application/x-ndjson")):
        answer = client.post(f"/instances/{slug}-{name}/seed", body=body, headers={"Content-Type": media})
        assert client.ok(answer) == {"appended": len(EMBEDDED)}
        table = client.get(f"/{slug}-{name}/state/t").body
        for file in EMBEDDED:
            entity = table[table.index(b'{"id":"%s"' % file.stem.encode()) :]
            assert holds(entity, canonical(file)), file.name


@pytest.mark.parametrize("file", INVALID, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_invalid_ones_are_refused_and_leave_no_trace(client, shared, file):
    text = file.read_bytes()
    # As the body itself, and as a value in one, where it cannot close what it did not open.
    for body in (text, b'{"op":"INS","target":{"id":"x","v":[' + text):
        answer = client.post(f"/{shared}/operations", body=body)
        assert answer.status == 400, answer
        assert answer.json["code"] and answer.json["error"]
    seed = client.post(f"/instances/{shared}/seed", body=b'{"operations":[' + text, headers={"Content-Type": "application/json"})
    assert seed.status == 400, seed
    assert client.ok(client.get(f"/{shared}/operations"))["head"] == 0


@pytest.fixture(scope="module")
def shared(stack):
    connected = stack.client()
    connected.create("corpus")
    connected.close()
    return "corpus"
