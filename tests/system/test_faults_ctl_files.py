"""Files in and out of choreoctl: every line end, every entity, nothing taken in silence."""

import csv
import io
import json

import pytest

from support.ctl import failed
from support.model_json import loads

# --- B8: line ends, and files of which nothing is taken


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_faults_b8_each_line_end_ends_a_line(choreoctl, client, instance, end):
    text = end.join(["id,name", "a,x", 'b,"two' + end + 'lines"', ""])
    done = choreoctl.ok("--json", "import", instance, "--csv", "--table", "t", stdin=text).json
    assert done["imported"] == 2
    assert client.entity(instance, "t", "a").json["name"] == "x"
    assert client.entity(instance, "t", "b").json["name"] == f"two{end}lines", "a quoted cell keeps its line end"
    operations = end.join(json.dumps({"op": "INS", "target": {"id": each}}) for each in "cd")
    assert choreoctl.ok("--json", "import", instance, stdin=operations + end).json["imported"] == 2
    rows = end.join(json.dumps({"id": each}) for each in "ef")
    assert choreoctl.ok("--json", "ingest", instance, "--ndjson", "--table", "t", stdin=rows).json["generated_count"] == 2


def test_faults_b8_a_line_end_at_the_end_of_a_block(choreoctl, client, instance):
    """Files are read in blocks of 65,536 bytes; a CR LF may lie across two of them."""
    for length in range(65_525, 65_536):
        cell = "x" * (length - len('id,n\r\na,""'))
        text = f'id,n\r\na,"{cell}"\r\nb,"1\r\n2"\r\n'
        table = f"t{length}"
        choreoctl.ok("import", instance, "--csv", "--table", table, stdin=text)
        assert client.entity(instance, table, "a").json["n"] == cell
        assert client.entity(instance, table, "b").json["n"] == "1\r\n2"


@pytest.mark.parametrize(
    "text, words",
    [
        ("", ()),
        ("\n\r\n \n", ()),
        ('{"op":"INS","target":{"id":"a"},"context":{"generated_by":1}}\n', ()),
        ("id,name\n", ("--csv", "--table", "t")),
        ("id,name\r", ("--csv", "--table", "t")),
    ],
)
def test_faults_b8_a_file_of_which_nothing_is_taken(choreoctl, client, instance, text, words):
    failed(choreoctl("import", instance, *words, stdin=text), "standard input has nothing that could be taken")
    failed(choreoctl("ingest", instance, "--csv", "--table", "t", stdin="id,name\n"), "has no rows")
    assert client.head(instance) == 0


def test_faults_b8_headers_of_a_webhook_end_in_each_way(choreoctl, client, instance, tmp_path):
    (tmp_path / "headers").write_bytes(b"X-A: 1\rX-B: 2\r\nX-C: 3\n")
    words = ("--header", f"@{tmp_path}/headers", "--paused")
    choreoctl.ok("webhook", "register", instance, "http://127.0.0.1:9/x", *words)
    (webhook,) = client.ok(client.get(f"/{instance}/webhooks"))["webhooks"]
    assert set(webhook["headers"]) == {"X-A", "X-B", "X-C"}


# --- B9: there and back


ENTITIES = {
    "plain": {"name": "Lamp", "price": 19.90, "paid": True},
    "underscored": {"_x": "mine", "_y": 1, "__": "two"},
    "nested": {"list": [1, {"a": None}], "object": {"b": [True]}, "none": None, "empty-list": [], "empty": {}},
    "texts": {"n": "12", "t": "true", "z": "null", "e": "", "j": "[1]", "q": '"', "s": '"a"', "space": " 7", "zero": "007"},
    "12": {"of": "an id that looks like a number"},
    '"quoted" id': {"x": 1},
    "formulas": {"a": "=1+1", "b": "+1", "c": "-1", "d": "@x", "e": "\tx", "f": "\rx"},
    "lines": {"a": "one\ntwo", "b": "one\r\ntwo", "c": "one\rtwo", "d": "\u2028"},
    "names": {"": "no name", '"': "a quote", '"a"': "quotes", "a,b": 1, "x.y": 2, "two\nlines": 3, " ": 4},
}


def fields(client, slug, table):
    """{id: fields as sent} of the alive entities of a table."""
    own = {"id", "_ops", "_provenance", "_des", "_seg", "_syn_from"}
    entities = loads(client.get(f"/{slug}/state/{table}").text)["entities"]
    return {e["id"]: {name: value for name, value in e.items() if name not in own} for e in entities}


def insert_all(client, slug, entities, table="t"):
    for entity, members in entities.items():
        client.append(slug, "INS", {"id": entity, **members}, {"table": table})


def test_faults_b9_every_entity_comes_back_exactly(choreoctl, client, instance, tmp_path):
    insert_all(client, instance, ENTITIES)
    file = tmp_path / "t.csv"
    done = choreoctl.ok("export", instance, file, "--table", "t", "--csv", "--exact")
    assert done.err == ""
    choreoctl.ok("import", instance, file, "--csv", "--exact", "--table", "back")
    assert fields(client, instance, "back") == fields(client, instance, "t")
    # Nothing differs, so a snapshot of it changes nothing.
    done = choreoctl.ok("--json", "ingest", instance, file, "--exact", "--table", "t", "--absence-means", "deleted").json
    assert done["generated_count"] == 0
    log = tmp_path / "log.ndjson"
    choreoctl.ok("export", instance, log)
    choreoctl.ok("import", f"{instance}-copy", log)
    assert fields(client, f"{instance}-copy", "t") == fields(client, instance, "t")


def test_faults_b9_fields_of_the_user_that_begin_with_an_underscore(choreoctl, client, instance):
    insert_all(client, instance, {"a": {"_x": "mine"}})
    client.append(instance, "SEG", {"id": "a", "boundary": "b"}, {"table": "t"})
    client.append(instance, "DES", {"id": "a", "flag": "gift"}, {"table": "t"}, {"source": "s"})
    text = choreoctl.ok("export", instance, "--table", "t", "--csv").out
    assert list(csv.reader(io.StringIO(text))) == [["id", "_x"], ["a", "mine"]], "and no member of the server's"


def test_faults_b9_what_cannot_head_a_column_is_refused(choreoctl, client, instance, tmp_path):
    insert_all(client, instance, {"a": {"": 1}})
    failed(choreoctl("export", instance, tmp_path / "t.csv", "--table", "t", "--csv"), "a field whose name is empty", "--exact")
    assert list(tmp_path.iterdir()) == []
    failed(choreoctl("import", instance, "--csv", "--table", "t", stdin="id,\na,1\n"), "a column has no name")
    for name in ("alive", "table", "_ops"):
        refused = choreoctl("import", instance, "--csv", "--table", "t", stdin=f"id,{name}\na,1\n")
        failed(refused, f"a column '{name}', which no field can be called")


@pytest.mark.parametrize(
    "members, said",
    [
        ({"n": [1]}, "lists and objects"),
        ({"n": ""}, "empty texts"),
        ({"n": "12", "m": 12}, "texts that look like numbers"),
        ({"n": "12"}, ""),
        ({"n": "x", "m": 1.50}, ""),
    ],
)
def test_faults_b9_a_plain_export_says_what_would_not_come_back(choreoctl, client, instance, members, said):
    insert_all(client, instance, {"a": members})
    done = choreoctl.ok("export", instance, "--table", "t", "--csv")
    assert said in done.err and bool(done.err) == bool(said)


def test_faults_b9_more_columns_than_a_limit(choreoctl, client, instance):
    most = 16_384
    names = [f"f{n}" for n in range(most - 1)]
    insert_all(client, instance, {"a": dict.fromkeys(names[: most // 2], 1), "b": dict.fromkeys(names[most // 2 :], 1)})
    assert len(choreoctl.ok("export", instance, "--table", "t", "--csv").lines) == 3
    insert_all(client, instance, {"c": {"one-more": 1}})
    failed(choreoctl("export", instance, "--table", "t", "--csv"), f"more than {most} fields")


# --- E8: formulas


def test_faults_e8_no_cell_is_a_formula(choreoctl, client, instance):
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "a=1", "'=1", ""]
    insert_all(client, instance, {f"{n}": {"v": text} for n, text in enumerate(texts)} | {"=id": {"=heading": -5}})
    plain = list(csv.reader(io.StringIO(choreoctl.ok("export", instance, "--table", "t", "--csv").out, newline="")))
    safe = list(csv.reader(io.StringIO(choreoctl.ok("export", instance, "--table", "t", "--csv", "--safe").out, newline="")))
    assert "=1+1" in [row[1] for row in plain]
    assert safe[0] == ["id", "v", "'=heading"]
    by_id = {row[0]: row for row in safe}
    assert [by_id[f"{n}"][1] for n in range(len(texts))] == [
        "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "'\uff1d1", "a=1", "'=1", "",
    ]  # fmt: skip
    assert by_id["'=id"] == ["'=id", "", "-5"], "a number is no formula"
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for row in safe for cell in row)
    for words in (("--safe",), ("--exact",), ("--csv", "--table", "t", "--safe", "--exact")):
        assert choreoctl("export", instance, *words).status == 2


# --- F2: what was appended, what was there, what was left out; lists that recur


def products(**changes):
    rows = {f"p{n}": f"{n}.50" for n in range(20)} | changes
    return "id,price\n" + "".join(f"{name},{price}\n" for name, price in rows.items())


def test_faults_f2_import_says_what_became_of_each_line(choreoctl, client, instance):
    words = ("import", instance, "--csv", "--table", "products")
    assert choreoctl.ok(*words, stdin=products()).out == (
        f"{instance}: 20 operations appended, 0 were there already, 0 lines left out\n"
    )
    done = choreoctl.ok("--json", *words, stdin=products(p3="9.99")).json
    assert done == {"instance": instance, "imported": 20, "appended": 1, "already_there": 19, "left_out": 0}
    again = choreoctl.ok(*words, stdin=products())
    assert f"{instance}: 0 operations appended, 20 were there already" in again.out and "choreoctl ingest" in again.err
    assert client.entity(instance, "products", "p3").json["price"] == "9.99", "which it says, and does not hide"


def test_faults_f2_a_list_that_recurs(choreoctl, client, instance):
    words = ("ingest", instance, "--csv", "--table", "products")
    assert f"{instance}: 20 rows, 20 changes appended: 20 INS" in choreoctl.ok(*words, stdin=products()).out
    assert "20 rows, 0 changes appended" in choreoctl.ok(*words, stdin=products()).out
    assert "20 rows, 1 changes appended: 1 ALT" in choreoctl.ok(*words, stdin=products(p3="9.99")).out
    assert "20 rows, 1 changes appended: 1 ALT" in choreoctl.ok(*words, stdin=products()).out
    assert client.entity(instance, "products", "p3").json["price"] == "3.50", "changed, and changed back"
    assert "21 rows, 1 changes appended: 1 INS" in choreoctl.ok(*words, stdin=products(p20="1")).out


def test_faults_f2_a_dry_run_shows_what_would_be(choreoctl, client, instance):
    words = ("ingest", instance, "--csv", "--table", "products")
    choreoctl.ok(*words, stdin=products())
    head = client.head(instance)
    done = choreoctl.ok(*words, "--dry-run", stdin=products(p3="9.99", p20="1"))
    assert "ALT  products/p3" in done.out and "INS  products/p20" in done.out
    assert "21 rows, 2 changes would be appended: 1 ALT, 1 INS" in done.out
    assert client.head(instance) == head


def test_faults_f2_the_options_of_a_snapshot(choreoctl, client, instance, tmp_path):
    rows = [{"sku": "a", "n": 1, "note": "x"}, {"sku": "b", "n": 2, "note": None}]
    (tmp_path / "rows.json").write_text(json.dumps({"rows": rows}))
    (tmp_path / "rows.ndjson").write_text("\n".join(map(json.dumps, rows)))
    words = ("--table", "goods", "--match-on", "sku", "--source", "shop system")
    choreoctl.ok("ingest", instance, tmp_path / "rows.json", *words)
    assert "2 rows, 0 changes" in choreoctl.ok("ingest", instance, tmp_path / "rows.ndjson", *words).out
    assert client.operations(instance)[0]["frame"]["source"] == "shop system"
    more = ("--ndjson", "--null-fields-mean", "cleared", "--absence-means", "deleted", "--ignore-fields", "n, other")
    stdin = json.dumps({"sku": "a", "n": 9, "note": None})
    done = choreoctl.ok("--json", "ingest", instance, *words, *more, stdin=stdin).json
    assert sorted(each["op"] for each in done["generated"]) == ["NUL", "NUL"]
    # Of CSV: an empty cell as null, numbers as numbers.
    csv_words = ("ingest", instance, "--csv", "--typed", "--table", "typed", "--id", "nr")
    choreoctl.ok(*csv_words, stdin="nr,n,m\n1,1.50,x\n")
    done = choreoctl.ok(*csv_words, "--empty-means", "null", "--null-fields-mean", "cleared", "--json", stdin="nr,n,m\n1,1.50,\n")
    assert [each["target"] for each in done.json["generated"]] == [{"entity_id": "1", "field": "m"}]
    # A key.
    for expected in ("1 rows, 1 changes appended", "the key was used before"):
        assert expected in choreoctl.ok(*csv_words, "--key", "k", stdin="nr,n,m\n2,1,x\n").out


@pytest.mark.parametrize(
    "words, stdin, status, said",
    [
        (("--table", "t"), "", 2, "does not tell its format"),
        (("--csv",), "", 2, "--table TABLE is missing"),
        (("--csv", "--ndjson", "--table", "t"), "", 2, "exclude each other"),
        (("--ndjson", "--typed", "--table", "t"), "", 2, "--typed is only for CSV"),
        (("--csv", "--typed", "--exact", "--table", "t"), "", 2, "exclude each other"),
        (("--csv", "--table", "t", "--empty-means", "no"), "id\n1\n", 2, "allowed: absent, null"),
        (("--csv", "--table", "t", "--absence-means", "no"), "id\n1\n", 1, "absence_means"),
        (("--csv", "--table", "t"), "name\nx\n", 1, "has no column 'id'"),
        (("--ndjson", "--table", "t"), "{}\n[]\n", 1, "line 2: a row is a JSON object"),
        (("--json-rows", "--table", "t"), "{}", 1, "has no list of rows"),
        (("--json-rows", "--table", "t"), "[{}, 1]", 1, "row 2 is no JSON object"),
        (("--json-rows", "--table", "t"), "[", 1, "standard input"),
    ],
)
def test_faults_f2_what_an_ingest_refuses(choreoctl, client, instance, words, stdin, status, said):
    failed(choreoctl("ingest", instance, *words, stdin=stdin), said, status=status)
    assert client.head(instance) == 0
