"""What leaves through a file comes back: random logs as NDJSON, random tables as CSV.

CHOREO_ROUND_TRIP_SEEDS="7 8 9" runs these seeds instead."""

import csv
import io
import json
import os
import random

import pytest

from support.ctl import failed
from support.model_json import dumps, loads
from support.model_random import Random
from support.promises import derived

# A checkpoint is derived too; these logs are short.
SETTINGS = {"CHOREO_SNAPSHOT_INTERVAL": "7"}

SEEDS = [int(seed) for seed in os.environ.get("CHOREO_ROUND_TRIP_SEEDS", "1 2 3").split()]
OPERATIONS = 120


def random_log(client, slug, seed):
    draw = Random(random.Random(seed))
    for _ in range(OPERATIONS):
        answer = client.post(f"/{slug}/operations", body=dumps(draw.operation()))
        assert answer.status == 200, answer
    return draw


def said(operations):
    """What others generated is generated again, with a guid and a time of its own."""
    of_all = ("id", "op", "target", "context", "frame")
    return [
        {name: o[name] for name in (of_all if "generated_by" in o["context"] else (*of_all, "guid", "ts"))} for o in operations
    ]


def projection(path):
    """All that is derived of the log, but for times."""
    found = derived(path)
    del found["late_runs"], found["state"], found["zones"]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_log_through_a_file(stack, choreoctl, client, instance, tmp_path, seed):
    draw = random_log(client, instance, seed)
    file, copy = tmp_path / "log.ndjson", f"{instance}-copy"
    choreoctl.ok("export", instance, file)
    operations = client.operations(instance)
    assert len(file.read_bytes().splitlines()) == len(operations) >= OPERATIONS
    made = sum("generated_by" in o["context"] for o in operations)
    # Cut off somewhere, and done again.
    lines = file.read_bytes().splitlines(keepends=True)
    part = tmp_path / "part.ndjson"
    part.write_bytes(b"".join(lines[: draw.random.randrange(len(lines))]))
    choreoctl.ok("import", copy, part, "--batch", draw.random.choice([1, 3, 7]))
    done = choreoctl.ok("--json", "import", copy, file, "--batch", draw.random.choice([1, 10, 1000])).json
    assert done["left_out"] == made
    assert said(client.operations(copy)) == said(operations)
    assert projection(stack.dir / f"{copy}.db") == projection(stack.dir / f"{instance}.db")
    choreoctl.ok("verify")


# --- CSV


CELLS = ["", " ", "a", "a,b", 'say "hi"', '"', "two\nlines", "two\r\nlines", "tab\t", "Ä", "e\u0301", "😀", "\u2028", "\ufeff", "-",
         "0", "-0", "1", "01", "+1", "1.50", "1e400", "1E+2", ".5", "0x10", "NaN", "true", "True", "null", "NULL", "[1]", '{"a":1}',
         "12345678901234567890", "2026-11-21", "=1+1", " 7", "7 ", "x" * 5000, "a;b", "\\", "'"]  # fmt: skip
NAMES = ["name", "a b", "Ä", 'q"', "a,b", "two\nlines", "x.y", "true", "0", "😀"]


def is_bare(cell):
    """What --typed takes for more than a text: a JSON number, true, false or null, also with space around it."""
    try:
        return not isinstance(json.loads(cell, parse_constant=str), (str, list, dict))
    except ValueError:
        return False


def random_table(draw):
    names = draw.sample(NAMES, draw.randint(1, 5))
    rows = [[f"r{n}", *draw.choices(CELLS, k=len(names))] for n in range(60)]
    text = io.StringIO()
    quoting = draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(text, quoting=quoting, lineterminator=draw.choice(["\n", "\r\n"]))
    writer.writerows([["id", *names], *rows])
    mark = draw.choice(["", "\ufeff"])
    return names, rows, (mark + text.getvalue()).encode()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_through_csv(choreoctl, instance, tmp_path, seed):
    draw = random.Random(seed)
    names, rows, content = random_table(draw)
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_bytes(content)
    choreoctl.ok("import", instance, file, "--csv", "--table", "texts")
    choreoctl.ok("export", instance, out, "--csv", "--table", "texts")
    with open(out, newline="", encoding="utf-8") as exported:
        found = list(csv.DictReader(exported))
    # The order of columns is that in which they are met, and a column of empty cells is met nowhere.
    assert [{name: row.get(name, "") for name in ("id", *names)} for row in found] == [
        dict(zip(("id", *names), row)) for row in sorted(rows)
    ]
    assert set(found[0]) == {"id", *(name for at, name in enumerate(names, 1) if any(row[at] for row in rows))}


@pytest.mark.parametrize("seed", SEEDS)
def test_typed_cells_are_what_they_look_like(choreoctl, instance, tmp_path, seed):
    names, rows, content = random_table(random.Random(seed))
    file = tmp_path / "in.csv"
    file.write_bytes(content)
    choreoctl.ok("import", instance, file, "--csv", "--typed", "--table", "typed")
    entities = [loads(line) for line in choreoctl.ok("export", instance, "--table", "typed").out.split("\n") if line]
    assert len(entities) == len(rows)
    for entity, (entity_id, *cells) in zip(entities, sorted(rows)):
        expected = {name: loads(cell) if is_bare(cell) else cell for name, cell in zip(names, cells) if cell}
        shown = {name: value for name, value in entity.items() if not name.startswith("_") and name != "id"}
        assert entity["id"] == entity_id and dumps(shown) == dumps(expected)


def test_a_cell_that_is_no_utf8(choreoctl, client, instance, tmp_path):
    file = tmp_path / "in.csv"
    file.write_bytes(b"id,n\na,b\nb,\xff\n")
    failed(choreoctl("import", instance, file, "--csv", "--table", "t"), "line 3: column 'n' is not UTF-8")
    file.write_bytes(b"id,\xff\na,b\n")
    failed(choreoctl("import", instance, file, "--csv", "--table", "t"), "a column has no name, or one that is not UTF-8")
    for heading, said_of in (("id,n,n", "two columns for 'n'"), ("sku,id", "two columns for 'id'")):
        words = ("--csv", "--table", "t", *(("--id", "sku") if "sku" in heading else ()))
        failed(choreoctl("import", instance, *words, stdin=f"{heading}\na,b,c\n"), said_of)
    assert client.head(instance) == 0


def test_a_quote_that_is_never_closed(choreoctl, client, instance):
    lines = "x,y\n" * 200_000
    failed(choreoctl("import", instance, "--csv", "--table", "t", stdin=f'id,n\na,"b\n{lines}'), "line 2: a quote is not closed")
    assert client.head(instance) == 0
