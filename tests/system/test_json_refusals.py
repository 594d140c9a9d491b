"""Every invalid class of the JSON corpus is 400 with its code and a sentence wherever it stands, without a trace."""

import pytest

from support.json_corpus import INVALID, MAX_DEPTH, VALID, exact, member

NDJSON = {"Content-Type": "application/x-ndjson"}
GOOD = b'{"op":"INS","target":{"id":"good"},"context":{"table":"t"}}'

# A body may begin with a byte order mark, and one in another encoding is named.
OTHER_ENCODING = ("byte_order_mark_utf16", "utf16_big_endian", "utf16_little_endian")
AS_A_BODY = {"byte_order_mark": {"missing_op"}, **{stem: {"bad_utf8"} for stem in OTHER_ENCODING}}


def as_value(text):
    """The rest of the body is whole, so that only the class itself can be what is refused."""
    return b'{"op":"INS","target":{"id":"x","v":%s},"context":{"table":"t"}}' % text


def code_of(file):
    return file.parent.name


@pytest.fixture(scope="module")
def untouched(stack):
    client = stack.client()
    client.create("untouched")
    client.append("untouched", "INS", {"id": "a", "v": 1})
    yield "untouched"
    client.close()


def look(client, slug):
    summary = next(one for one in client.ok(client.get("/instances"))["instances"] if one["slug"] == slug)
    kept = {name: summary[name] for name in ("operations", "entities", "tables", "head", "last_op_ts")}
    return kept, client.get(f"/{slug}/operations").body, client.get(f"/{slug}/state/things").body


def check_refused(answer, codes):
    assert answer.status == 400, answer
    refusal = exact(answer.body)  # our own answer is JSON, whatever it quotes
    assert refusal[0] == "object"
    body = answer.json
    assert body["code"] in codes, body
    assert body["error"].endswith(".") and " " in body["error"], "a whole sentence"
    return body


@pytest.mark.parametrize("file", INVALID, ids=lambda file: f"{code_of(file)}-{file.stem}")
def test_refused_everywhere(client, untouched, file):
    text, before = file.read_bytes(), look(client, untouched)
    operations, seed = f"/{untouched}/operations", f"/instances/{untouched}/seed"
    body = check_refused(client.post(operations, body=text), AS_A_BODY.get(file.stem, {code_of(file)}))
    assert body["code"] == "missing_op" or 0 <= body["position"] <= len(text)
    # Inside a body what comes after it may be what is wrong first: an open string takes the rest into itself.
    codes = {code_of(file), "bad_json"}
    for part in (as_value(text), b'{"op":"INS","target":{"id":"x"},"context":{"table":"t"},"ignored":%s}' % text):
        check_refused(client.post(operations, body=part), codes)
    whole = b'{"operations":[%s,%s,%s]}' % (GOOD, as_value(text), GOOD)
    check_refused(client.post(seed, body=whole), codes)
    lines = b"\n".join([GOOD, as_value(text), GOOD])
    assert check_refused(client.post(seed, body=lines, headers=NDJSON), codes)["index"] == 1
    assert look(client, untouched) == before


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_document_that_is_no_operation(client, untouched, file):
    text, before = file.read_bytes(), look(client, untouched)
    value = exact(text)
    if isinstance(value, tuple) and value[0] == "object":
        keys = [key for key, _ in value[1]]
        expected = {"missing_op"} if len(set(keys)) == len(keys) else {"duplicate_key"}
    else:
        expected = {"not_an_object"}
    check_refused(client.post(f"/{untouched}/operations", body=text), expected)
    assert look(client, untouched) == before


# How each form opens and closes one level.
NESTED = {"arrays": (b"[", b"]"), "objects": (b'{"a":', b"}")}


def nested(form, levels):
    opening, closing = NESTED[form]
    return opening * levels + b"1" + closing * levels


@pytest.mark.parametrize("form", NESTED)
@pytest.mark.parametrize("way", ["append", "seed", "lines"])
def test_the_operation_and_its_target_count_as_levels(client, instance, form, way):
    """…and what a seed has around its operations does not."""

    def send(levels):
        body = as_value(nested(form, levels))
        if way == "append":
            return client.post(f"/{instance}/operations", body=body)
        if way == "seed":
            return client.post(f"/instances/{instance}/seed", body=b'{"operations":[%s,%s]}' % (GOOD, body))
        return client.post(f"/instances/{instance}/seed", body=GOOD + b"\n" + body, headers=NDJSON)

    check_refused(send(MAX_DEPTH - 1), {"too_deep"})
    assert client.head(instance) == 0
    client.ok(send(MAX_DEPTH - 2))
    text = client.get(f"/{instance}/state/t/x").body
    assert member(exact(text), "v") == exact(nested(form, MAX_DEPTH - 2))
