"""ETags with an epoch, pages of gaps, and queries with characters or names that only look right."""

from urllib.parse import quote

import pytest

HOOK = {"url": "http://127.0.0.1:9/hook"}


def refused(answer, status, code):
    assert answer.status == status, answer
    assert answer.json["code"] == code, answer
    return answer.json


def change(client, slug, value, **headers):
    body = {"op": "ALT", "target": {"id": "a", "v": value}, "context": {"table": "things"}}
    return client.post(f"/{slug}/operations", body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def test_faults_c14_an_etag_holds_for_one_epoch(client, instance):
    where = f"/{instance}/state/things/a"
    client.insert(instance, "a", v=1)
    old = client.get(where).headers["ETag"]
    epoch = client.get(f"/{instance}/operations").headers["X-Choreo-Epoch"]
    assert old == f'"{epoch}-1"'
    assert client.get(where, If_None_Match=old).status == 304
    assert client.get(where, If_None_Match=f'"x", W/{old}').status == 304
    assert client.get(f"{where}?at_op=1", If_None_Match=old).status == 304
    client.ok(client.delete(f"/instances/{instance}"))
    client.create(instance)
    client.insert(instance, "a", v=2)
    new = client.get(where)
    assert new.headers["ETag"] != old and new.json["v"] == 2
    assert client.get(where, If_None_Match=old).status == 200
    assert client.get(f"{where}?at_op=1", If_None_Match=old).status == 200
    body = refused(change(client, instance, 3, If_Match=old), 412, "last_op_mismatch")
    assert body["last_op"] == 1 and body["current"]["v"] == 2 and "epoch" in body["error"]
    assert change(client, instance, 3, If_Match=new.headers["ETag"]).status == 200
    refused(change(client, instance, 4, If_Match=new.headers["ETag"]), 412, "last_op_mismatch")


def test_faults_c14_a_bare_number_is_taken_and_never_gives_a_304(client, instance):
    where = f"/{instance}/state/things/a"
    client.insert(instance, "a", v=1)
    for tag in ('"1"', "1", 'W/"1"', '"0"', ""):
        assert client.get(where, If_None_Match=tag).status == 200
    epoch = client.get(f"/{instance}/operations").headers["X-Choreo-Epoch"]
    for number, tag in enumerate(('"1"', "2", f"{epoch}-3", f'"{epoch}-4"'), start=1):
        assert change(client, instance, number, If_Match=tag).status == 200, tag
    other = "f" * 32
    for tag in ('"4"', f'"{other}-5"', f"{other}-5", f'"{other}-0"'):
        refused(change(client, instance, 9, If_Match=tag), 412, "last_op_mismatch")
    for tag in ("*", '"x-5"', f'"{epoch}-"', f'"{epoch}"', f'"{epoch}--5"', '"-0"', f'W/"{epoch}-5"', f'"{epoch}-5", "x"', '"'):
        refused(change(client, instance, 9, If_Match=tag), 400, "bad_if_match")
    new = {"op": "INS", "target": {"id": "b"}, "context": {"table": "things"}}
    headers = {"If-Match": f'"{epoch}-0"'}
    assert client.ok(client.post(f"/{instance}/operations", new, headers=headers))["op_id"] == 6
    refused(client.post(f"/{instance}/operations", new, headers=headers), 412, "last_op_mismatch")


def test_faults_c18_gaps_come_in_pages(client, instance):
    operations = [{"op": "INS", "target": {"id": f"e{n:03}"}, "context": {"table": "t"}} for n in range(25)]
    operations += [{"op": "DES", "target": {"id": "e003", "flag": 1}, "context": {"table": "t"}}]
    operations += [{"op": "NUL", "target": {"id": "e010"}, "context": {"table": "t"}}]
    client.ok(client.post(f"/instances/{instance}/seed", {"operations": operations}))
    whole = client.ok(client.get(f"/{instance}/gaps/t"))
    assert "next_cursor" not in whole and len(whole["gaps"]["never_connected"]) == 24
    for limit in (1, 7, 12, 24, 25):
        pages, cursor = [], ""
        while cursor is not None:
            page = client.ok(client.get(f"/{instance}/gaps/t?limit={limit}&cursor={cursor}"))
            assert len(page["gaps"]["never_connected"]) <= limit
            pages.append(page)
            cursor = page.get("next_cursor")
        assert len(pages) == -(-24 // limit)
        for name, ids in whole["gaps"].items():
            assert [one for page in pages for one in page["gaps"][name]] == ids, name
    assert client.ok(client.get(f"/{instance}/gaps/t?cursor=e020"))["gaps"]["never_connected"] == [f"e{n:03}" for n in range(21, 25)]
    for limit in ("0", "10001", "x", "-1"):
        refused(client.get(f"/{instance}/gaps/t?limit={limit}"), 400, "bad_parameter")


ODD = {
    "\u00a0": "U+00A0 (no-break space)", "\u200b": "U+200B (zero width space)", "\ufeff": "U+FEFF (zero width no-break space",
    "\u3000": "U+3000 (ideographic space)", "\u2009": "U+2009 (thin space)", "\u202f": "U+202F (narrow no-break space)",
    "\u2028": "U+2028 (line separator)", "\u00ad": "U+00AD (soft hyphen)", "\u200e": "U+200E (left-to-right mark)",
    "\u0085": "U+0085 (next line)", "\v": "U+000B (line tabulation)", "\f": "U+000C (form feed)", "\u2060": "U+2060 (word joiner)",
    "\u201c": "U+201C (left double quotation mark)", "\u2019": "U+2019 (right single quotation mark)",
    "\u00ab": "U+00AB (left-pointing double angle quotation mark)", "\uff02": "U+FF02 (fullwidth quotation mark)",
    "\uff1d": "U+FF1D (fullwidth equals sign)", "\uff0c": "U+FF0C (fullwidth comma)", "\x01": "U+0001 (control character)",
}


@pytest.mark.parametrize("odd", ODD, ids=[f"{ord(one):04X}" for one in ODD])
def test_faults_c10_characters_that_look_like_others_are_named(client, instance, odd):
    client.insert(instance, "a", table="t", status="open")
    for text in (f"state(context.table=t,{odd}status=open)", f"state(context.table=t, status={odd}open)", f"{odd}state()",
                 f"state(context.table=t{odd})", f"t{odd}", f"stream(op=INS{odd})", f"state() >>{odd} CON()", f"meta(types{odd})"):
        body = refused(client.get(f"/{instance}/query?q={quote(text)}"), 400, "bad_query")
        assert ODD[odd] in body["error"] and body["position"] == len(text[: text.index(odd)].encode()), (text, body)
        asked = {"op": "DES", "target": {"query": text}, "context": {"type": "query"}}
        assert ODD[odd] in refused(client.post(f"/{instance}/operations", asked), 400, "bad_query")["error"]
    for where in (f"target.status=open,{odd}context.table=t", f"{odd}target.status=open", f"target.status={odd}open{odd}"):
        body = refused(client.post(f"/{instance}/webhooks", {**HOOK, "where": where}), 400, "bad_where")
        assert ODD[odd] in body["error"] and body["position"] == len(where[: where.index(odd)].encode()), body
    # Between quotes it is data.
    client.insert(instance, "b", table="t", status=f"{odd}x")
    text = f'state(context.table=t, status="{odd}x")'
    found = client.ok(client.get(f"/{instance}/query?q={quote(text)}"))
    assert [one["id"] for one in found["entities"]] == ["b"]


def test_faults_c10_other_scripts_need_no_quotes(client, instance):
    client.insert(instance, "a", table="orte", straße="Grün-Weg", 名前="店", mood="❤️")
    for text in ("state(context.table=orte, straße=Grün-Weg)", "state(context.table=orte, 名前=店)", "state(context.table=orte, mood=❤️)"):
        assert client.ok(client.get(f"/{instance}/query?q={quote(text)}"))["count"] == 1


@pytest.mark.parametrize(
    "text, meant",
    [
        ("state(table=orders)", "context.table"), ("state(orders)", "context.table=orders"), ("state(orders, limit=3)", "context.table=orders"),
        ("state(context.table=t, offset=10)", "limit"), ("state(context.table=t, cursor=a)", "cursor of GET"), ("stream(ALT)", "op=ALT"),
        ("stream(table=t)", "context.table"), ("stream(offset=10)", "limit"),
    ],
)
def test_faults_f9_what_was_meant_is_named(client, instance, text, meant):
    body = refused(client.get(f"/{instance}/query?q={quote(text)}"), 400, "bad_query")
    assert meant in body["error"] and "position" in body


@pytest.mark.parametrize("where, meant", [("table=orders", "context.table"), ("orders", "context.table=orders"), ("op=ALT", "filter")])
def test_faults_f9_conditions_name_what_was_meant(client, instance, where, meant):
    assert meant in refused(client.post(f"/{instance}/webhooks", {**HOOK, "where": where}), 400, "bad_where")["error"]


def test_faults_f9_fields_of_these_names_are_still_asked_for(client, instance):
    client.insert(instance, "a", table="t", offset=10)
    for text in ("state(context.table=t, target.offset=10)", 'state(context.table=t, "target.offset">=10)'):
        assert client.ok(client.get(f"/{instance}/query?q={quote(text)}"))["count"] == 1
