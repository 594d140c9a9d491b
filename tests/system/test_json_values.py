"""Every valid class of the JSON corpus, wherever a value may stand, comes back as it was sent from wherever it is read.

Each place is checked twice: the text is the canonical one, and Python's own reader finds the value that was sent.
"""

from urllib.parse import quote

import pytest

from support.json_corpus import MAX_DEPTH, VALID, canonical, depth, exact, member

BODY_LEVELS = 2  # the body, and target, context or frame in it
VALUES = {file.stem: file for file in VALID if depth(exact(file.read_bytes())) + BODY_LEVELS <= MAX_DEPTH}
# Those that two levels more may hold: a snapshot has rows and row around them.
INNER = {name: file for name, file in VALUES.items() if depth(exact(file.read_bytes())) + BODY_LEVELS + 2 <= MAX_DEPTH}
STRINGS = {name: file for name, file in VALUES.items() if canonical(file).startswith(b'"')}


def operation(name, file, op=b"INS"):
    value = file.read_bytes()
    return b'{"op":"%s","target":{"id":"%s","v":%s},"context":{"table":"t","v":%s},"frame":{"v":%s}}' % (
        op,
        name.encode(),
        value,
        value,
        value,
    )


def check_value(name, text, found):
    """text: of the answer or a part of it; found: the value in it."""
    file = VALUES[name]
    assert b'"v":' + canonical(file) in text, f"{name}: {text[:500]}"
    assert found == exact(file.read_bytes()), name


def check_operation(name, text, op_id, id_name="id"):
    read = exact(text)
    assert member(read, id_name) == ("number", str(op_id))
    for part in ("target", "context", "frame"):
        check_value(name, text, member(read, part, "v"))


def check_table(text):
    entities = {member(entity, "id"): entity for entity in member(exact(text), "entities")}
    assert sorted(entities) == sorted(VALUES)
    for name, entity in entities.items():
        check_value(name, text, member(entity, "v"))


@pytest.fixture(scope="module")
def appended(stack):
    """An instance with one entity a class, in the order of VALUES."""
    client = stack.client()
    client.create("values")
    for name, file in VALUES.items():
        client.ok(client.post("/values/operations", body=operation(name, file)))
    client.close()
    return "values"


def test_the_corpus_is_there():
    assert len(VALUES) > 90 and len(STRINGS) > 30


def test_log(client, appended):
    text = client.get(f"/{appended}/operations?limit=1000").body
    assert len(member(exact(text), "operations")) == len(VALUES)
    for op_id, name in enumerate(VALUES, 1):
        page = client.get(f"/{appended}/operations?after={op_id - 1}&limit=1").body
        inner = page[page.index(b"[") + 1 : page.rindex(b"]")]
        assert inner in text, name
        check_operation(name, inner, op_id)


@pytest.mark.parametrize("query", ["", "?limit=1000", f"?at_op={len(VALUES)}", "?at=2099-01-01"])
def test_table(client, appended, query):
    check_table(client.get(f"/{appended}/state/t{query}").body)


def test_entities(client, appended):
    for name in VALUES:
        for path in (f"state/t/{name}", f"state/t/{name}?at_op={len(VALUES)}"):
            text = client.get(f"/{appended}/{path}").body
            check_value(name, text, member(exact(text), "v"))
        query = quote(f'state(context.table="t", target.id="{name}")')
        text = client.get(f"/{appended}/query?q={query}").body
        check_value(name, text, member(exact(text), "entities", 0, "v"))
        text = client.get(f"/{appended}/biography/{name}").body
        check_value(name, text, member(exact(text), "operations", 0, "target", "v"))
        check_value(name, text, member(exact(text), "current_state", "v"))


def test_stream_of_the_past(stack, appended):
    with stack.stream(f"/{appended}/stream") as stream:
        stream.wait_id(len(VALUES))
        events = stream.named("op")
    for (op_id, name), event in zip(enumerate(VALUES, 1), events, strict=True):
        check_operation(name, event.data.encode(), op_id)


def test_stream_and_webhook_as_they_happen(stack, client, instance, receiver):
    client.ok(client.post(f"/{instance}/webhooks", {"url": receiver.url()}), 200)
    with stack.stream(f"/{instance}/stream") as stream:
        stream.wait_open()
        for name, file in VALUES.items():
            client.ok(client.post(f"/{instance}/operations", body=operation(name, file)))
        stream.wait_id(len(VALUES))
        events = {int(event.id): event.data.encode() for event in stream.named("op")}
    deliveries = receiver.wait_op_ids(range(1, len(VALUES) + 1))
    delivered = {delivery.json["op_id"]: delivery.body for delivery in deliveries}
    for op_id, name in enumerate(VALUES, 1):
        check_operation(name, events[op_id], op_id)
        check_operation(name, delivered[op_id], op_id, id_name="op_id")


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_seed(client, slug, form):
    operations = [operation(name, file) for name, file in VALUES.items()]
    if form == "json":
        body, media = b'{"operations":[' + b",".join(operations) + b"]}", "application/json"
    else:  # a line end between tokens is a space as any other
        lines = [line.replace(b"\n", b" ").replace(b"\r", b" ") for line in operations]
        body, media = b"\n".join(lines), "application/x-ndjson"
    answer = client.post(f"/instances/{slug}/seed", body=body, headers={"Content-Type": media})
    assert client.ok(answer) == {"appended": len(VALUES)}
    check_table(client.get(f"/{slug}/state/t").body)
    for op_id, name in enumerate(VALUES, 1):
        page = client.get(f"/{slug}/operations?after={op_id - 1}&limit=1").body
        check_operation(name, page[page.index(b"[") + 1 : page.rindex(b"]")], op_id)


def test_dot_form_and_rebuild(client, instance):
    for name, file in VALUES.items():
        body = b'{"op":"INS","target":"tables.t.%s","operand":{"fields.v":%s}}' % (name.encode(), file.read_bytes())
        client.ok(client.post(f"/{instance}/operations", body=body))
    before = client.get(f"/{instance}/state/t").body
    check_table(before)
    client.ok(client.post(f"/instances/{instance}/rebuild"))
    assert client.get(f"/{instance}/state/t").body == before


def test_what_the_other_operators_keep(client, instance):
    """DES, SUP, SEG and edges hold values too."""
    for name, file in INNER.items():
        for op, target in (
            (b"INS", b'"id":"%s"'),
            (b"DES", b'"id":"%s","v":$'),
            (b"SUP", b'"id":"%s","field":"both","variants":[$,{"v":$}]'),
            (b"SEG", b'"id":"%s","boundary":{"v":$}'),
            (b"CON", b'"source":"%s","target":"end","v":$'),
        ):
            members = (target % name.encode()).replace(b"$", file.read_bytes())
            body = b'{"op":"%s","target":{%s},"context":{"table":"t"}}' % (op, members)
            client.ok(client.post(f"/{instance}/operations", body=body))
    for name, file in INNER.items():
        sent = exact(file.read_bytes())
        text = client.get(f"/{instance}/state/t/{name}").body
        read = exact(text)
        check_value(name, text, member(read, "_des", "v"))
        assert member(read, "both", "_sup") == [sent, ("object", [("v", sent)])], name
        assert member(read, "_seg", 0, "boundary", "v") == sent, name
        query = quote(f'state(target.id="{name}") >> CON(hops=1)')
        text = client.get(f"/{instance}/query?q={query}").body
        check_value(name, text, member(exact(text), "con_chain", "edges", 0, "data", "v"))


def test_snapshots(client, instance):
    rows = b",".join(b'{"id":"%s","v":%s}' % (name.encode(), file.read_bytes()) for name, file in INNER.items())
    body = b'{"op":"REC","target":{"rows":[%s]},"context":{"type":"snapshot_ingest","table":"t"}}' % rows
    assert client.ok(client.post(f"/{instance}/operations", body=body))["generated_count"] == len(INNER)
    for name, file in INNER.items():
        text = client.get(f"/{instance}/state/t/{name}").body
        if exact(file.read_bytes()) is None:
            assert all(key != "v" for key, _ in exact(text)[1]), "a null of a row is not inserted"
        else:
            check_value(name, text, member(exact(text), "v"))
    again = client.ok(client.post(f"/{instance}/operations", body=body))
    assert again["generated_count"] == 0, "each value equals itself"


def test_strings_as_names_of_fields(client, instance):
    for name, file in STRINGS.items():
        key = file.read_bytes()
        body = b'{"op":"INS","target":{"id":"%s",%s:1,"inside":{%s:{%s:2}}},"context":{"table":"t"}}'
        client.ok(client.post(f"/{instance}/operations", body=body % (name.encode(), key, key, key)))
    for op_id, (name, file) in enumerate(STRINGS.items(), 1):
        key = exact(file.read_bytes())
        expected = b'%s:1,"inside":{%s:{%s:2}}' % ((canonical(file),) * 3)
        for path in (f"state/t/{name}", f"operations?after={op_id - 1}&limit=1"):
            text = client.get(f"/{instance}/{path}").body
            assert expected in text, name
        read = exact(client.get(f"/{instance}/state/t/{name}").body)
        assert member(read, key) == ("number", "1")
        assert member(read, "inside", key, key) == ("number", "2")
