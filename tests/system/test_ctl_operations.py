"""choreoctl op, query, tail, webhook, import, export, log dump at a real server."""

import csv
import io
import json
import subprocess

import pytest

from support.ctl import command, environment
from support.receiver import is_signed
from support.stack import end_with_parent
from support.waiting import wait_until

SETTINGS = {"CHOREO_WEBHOOK_ALLOW": "loopback"}


def insert(entity, **fields):
    return json.dumps({"op": "INS", "target": {"id": entity, **fields}, "context": {"table": "orders"}})


# --- op and query


def test_an_operation_from_each_source(choreoctl, client, instance, tmp_path):
    file = tmp_path / "operation.json"
    file.write_text(insert("b"))
    assert choreoctl.ok("op", instance, insert("a", total=1)).json["op_id"] == 1
    assert choreoctl.ok("op", instance, file).json["op_id"] == 2
    assert choreoctl.ok("op", instance, "-", stdin=insert("c")).json["op_id"] == 3
    assert choreoctl.ok("op", instance, stdin=insert("d")).json["op_id"] == 4
    assert [o["target"]["id"] for o in client.operations(instance)] == ["a", "b", "c", "d"]


def test_keys_conditions_and_dry_runs(choreoctl, client, instance):
    first = choreoctl.ok("op", instance, insert("a"), "--key", "k").json
    again = choreoctl.ok("op", instance, insert("a"), "--key", "k").json
    assert again == {**first, "duplicate": True}
    late = choreoctl("op", instance, insert("a"), "--if-match", "0")
    assert late.status == 1 and "last operation is 1" in late.err
    assert choreoctl.ok("op", instance, insert("a"), "--if-match", "1").json["op_id"] == 2
    assert choreoctl.ok("op", instance, insert("x"), "--dry-run").json["dry_run"] is True
    assert client.head(instance) == 2
    refused = choreoctl("op", instance, '{"op": "ADD"}')
    assert refused.status == 1 and "ADD" in refused.err
    assert choreoctl("op", instance, "/nonexistent/file").status == 1


def test_queries(choreoctl, instance):
    choreoctl.ok("op", instance, insert("a", total=19.5, name="Lamp"))
    choreoctl.ok("op", instance, insert("b", place="Ä"))
    assert [line.split() for line in choreoctl.ok("query", instance, "orders").lines] == [
        ["id", "total", "name", "place"],
        ["a", "19.5", "Lamp"],
        ["b", "Ä"],
    ]
    assert choreoctl.ok("--json", "query", instance, "state(context.table=orders, total>=10)").json["count"] == 1
    assert json.loads(choreoctl.ok("query", instance, "stream(op=INS, limit=1)").out)["target"]["id"] == "b"
    wrong = choreoctl("query", instance, "state(total>=)")
    assert wrong.status == 1 and "Expected a value" in wrong.err


# --- tail


def test_tail_prints_what_is_there_and_ends_after_count(choreoctl, instance):
    for name in ("a", "b", "c"):
        choreoctl.ok("op", instance, insert(name))
    shown = choreoctl.ok("tail", instance, "--after", "0", "--count", "3").lines
    assert [line.split()[0] for line in shown] == ["1", "2", "3"] and "INS  orders/a" in shown[0]
    last = choreoctl.ok("--json", "tail", instance, "--last", "1", "--count", "1").json
    assert last["target"] == {"id": "c"}
    assert choreoctl("tail", "not-there", "--count", "1").status == 1
    assert choreoctl("tail", instance, "--last", "1", "--after", "0").status == 2


def test_tail_goes_on_over_a_restart_of_the_streamer_and_ends_with_the_instance(stack, choreoctl, client, instance):
    running = subprocess.Popen(
        command("--json", "tail", instance, "--after", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(choreoctl.settings),
        preexec_fn=end_with_parent,
    )
    try:
        client.insert(instance, "before")
        assert json.loads(running.stdout.readline())["id"] == 1
        stack.kill_and_wait("streamer")
        client.insert(instance, "meanwhile")
        client.insert(instance, "after")
        assert [json.loads(running.stdout.readline())["id"] for _ in range(2)] == [2, 3]
        client.ok(client.delete(f"/instances/{instance}"))
        assert running.wait(60) == 1
        assert "the instance was deleted" in running.stderr.read()
    finally:
        running.kill()
        running.communicate()


# --- webhooks


def test_a_webhooks_whole_life(choreoctl, client, instance, receiver):
    added = choreoctl.ok("webhook", "register", instance, receiver.url(), "--filter", "ALT,INS", "--header", "X-Mine: 1")
    webhook = added.out.strip()
    assert webhook.startswith("wh_") and "whsec_" in added.err
    client.insert(instance, "a")
    receiver.wait_op_ids([1])
    shown = choreoctl.ok("webhook", "show", instance, webhook).json
    assert shown["filter"] == ["ALT", "INS"] and list(shown["headers"]) == ["X-Mine"]
    assert webhook in choreoctl.ok("webhook", "list", instance).out
    assert choreoctl.ok("webhook", "change", instance, webhook, "--delivery", "ordered").json["delivery"] == "ordered"
    assert choreoctl("webhook", "change", instance, webhook).status == 2
    assert choreoctl.ok("webhook", "test", instance, webhook).json["attempt"]["result"] == "delivered"
    attempts = choreoctl.ok("webhook", "attempts", instance, webhook).lines
    assert {json.loads(line)["op_id"] for line in attempts} == {1, None}
    assert choreoctl.ok("webhook", "dead", instance, webhook).out == ""
    assert choreoctl.ok("webhook", "replay", instance, webhook, "--op-ids", "1").json["operations"] == 1
    assert choreoctl("webhook", "replay", instance, webhook).status == 2
    wait_until(lambda: len(choreoctl.ok("webhook", "attempts", instance, webhook).lines) == 3, "it was sent again")
    assert choreoctl.ok("webhook", "rotate-secret", instance, webhook).json["secret"].startswith("whsec_")
    assert choreoctl.ok("webhook", "enable", instance, webhook).json["state"] == "active"
    assert choreoctl.ok("webhook", "remove", instance, webhook).json["remaining"] == 0
    assert choreoctl("webhook", "show", instance, webhook).status == 1


def test_secrets_need_not_stand_on_the_command_line(choreoctl, client, instance, receiver, tmp_path):
    secret = "whsec_" + "A" * 43 + "="
    (tmp_path / "headers").write_text("Authorization: Bearer 7aa1\r\nX-Mine: 1\n")
    words = ("--secret", "@-", "--header", f"@{tmp_path}/headers", "--header", "X-More: 2")
    added = choreoctl.ok("--json", "webhook", "register", instance, receiver.url(), *words, stdin=f"{secret}\n").json["added"]
    client.insert(instance, "a")
    (got,) = receiver.wait_op_ids([1])
    assert got.headers["authorization"] == "Bearer 7aa1" and got.headers["x-mine"] == "1" and got.headers["x-more"] == "2"
    assert is_signed(got, secret)
    (tmp_path / "secret").write_text("whsec_" + "B" * 43 + "=")
    choreoctl.ok("webhook", "rotate-secret", instance, added["id"], "--secret", f"@{tmp_path}/secret", "--overlap-seconds", "0")
    (tmp_path / "headers").write_text("7aa1")
    wrong = choreoctl("webhook", "change", instance, added["id"], "--header", f"@{tmp_path}/headers")
    assert wrong.status == 2 and "has a line that is not 'Name: value'" in wrong.err and "7aa1" not in wrong.err
    assert choreoctl("webhook", "change", instance, added["id"], "--header", "@/nonexistent").status == 1


def test_a_webhook_that_refuses_fails_its_test(choreoctl, instance, receiver):
    added = choreoctl.ok("webhook", "register", instance, "http://127.0.0.1:9/none", "--paused", "--json").json["added"]
    assert added["active"] is False
    failed = choreoctl("webhook", "test", instance, added["id"])
    assert failed.status == 1 and "did not accept" in failed.err
    bad = choreoctl("webhook", "register", instance, "http://127.0.0.1:9/x", "--filter", "ADD")
    assert bad.status == 1 and "ADD" in bad.err
    assert choreoctl("webhook", "register", instance, "http://127.0.0.1:9/x", "--header", "none").status == 2


# --- export, import, log dump


def contents(client, slug):
    return [{key: o[key] for key in ("guid", "ts", "op", "target", "context", "frame")} for o in client.operations(slug)]


def test_a_log_goes_through_a_file_and_back(choreoctl, client, instance, tmp_path):
    for n in range(25):
        client.append(instance, "INS", {"id": f"e{n}", "n": 1.10}, {"table": "things"}, {"source": "Ä"})
    file = tmp_path / "log.ndjson"
    choreoctl.ok("export", instance, file)
    again = choreoctl("export", instance, file)
    assert again.status == 1 and "nothing is overwritten" in again.err
    copy = f"{instance}-copy"
    assert f"{copy}: 25 operations" in choreoctl.ok("import", copy, file, "--batch", "7").out
    assert contents(client, copy) == contents(client, instance)
    choreoctl.ok("import", copy, file)
    assert client.head(copy) == 25, "a repeated import appends nothing"
    assert choreoctl.ok("log", "dump", instance).out == file.read_text()
    assert len(choreoctl.ok("log", "dump", instance, "--after", "20", "--limit", "3").lines) == 3
    assert choreoctl("log", "dump", "not-there").status == 1
    client.ok(client.delete(f"/instances/{copy}"))


def test_an_import_that_was_cut_off_goes_on(choreoctl, client, slug, tmp_path):
    file = tmp_path / "rows.ndjson"
    lines = [json.dumps({"op": "INS", "target": {"id": f"e{n}"}}) for n in range(30)]
    file.write_text("\n".join([*lines[:22], '{"op": "ADD", "target": {}}', *lines[23:]]) + "\n")
    stopped = choreoctl("import", slug, file, "--batch", "10")
    assert stopped.status == 1 and "line 23: " in stopped.err and "(20 operations are in the log" in stopped.err
    assert client.head(slug) == 20
    file.write_text("\n".join(lines) + "\n")
    choreoctl.ok("import", slug, file, "--batch", "8")
    assert [o["target"]["id"] for o in client.operations(slug)] == [f"e{n}" for n in range(30)]


def test_what_others_generated_is_generated_again(choreoctl, client, instance, tmp_path):
    rule = {"id": "r", "trigger": {"op": "ALT"}, "action": {"op": "INS", "target_template": {"id": "made"}}}
    client.append(instance, "REC", rule, {"type": "feedback_rule"})
    client.append(instance, "ALT", {"id": "x"})
    assert client.head(instance) == 3
    file = tmp_path / "log.ndjson"
    choreoctl.ok("export", instance, file)
    done = choreoctl.ok("import", f"{instance}-copy", file, "--json").json
    assert (done["imported"], done["left_out"]) == (2, 1)
    assert [o["op"] for o in client.operations(f"{instance}-copy")] == ["REC", "ALT", "INS"]


def test_csv_there_and_back(choreoctl, client, instance, tmp_path):
    rows = [["sku", "name", "n"], ["a,1", 'say "hi"\nthere', "007"], ["b", "Ä", "1.50"], ["c", "", ""]]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    file = tmp_path / "in.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    choreoctl.ok("import", instance, file, "--csv", "--table", "goods", "--id", "sku")
    assert client.entity(instance, "goods", "a%2C1".replace("%2C", ",")).json["name"] == 'say "hi"\nthere'
    out = tmp_path / "out.csv"
    choreoctl.ok("export", instance, out, "--table", "goods", "--csv")
    with open(out, newline="", encoding="utf-8") as exported:
        assert list(csv.reader(exported)) == [["id", *rows[0][1:]], *rows[1:]]
    choreoctl.ok("import", instance, "--csv", "--typed", "--table", "typed", stdin="id,n,b\n1,1.50,true\n2,007,no\n")
    answer = client.get(f"/{instance}/state/typed").text
    assert '"n":1.50,"b":true' in answer and '"n":"007","b":"no"' in answer
    assert len(choreoctl.ok("export", instance, "--table", "typed").lines) == 2


@pytest.mark.parametrize(
    "text, words, said",
    [
        ("not json\n", (), "line 1"),
        ('{"op": "INS", "target": {"id": "a"}}\n[]\n', (), "line 2: an operation is a JSON object"),
        ("id,n\na\n", ("--csv", "--table", "t"), "line 2: 1 cells under a heading of 2"),
        ('id,n\na,"b\n', ("--csv", "--table", "t"), "a quote is not closed"),
        ('id,n\na,"b"c\n', ("--csv", "--table", "t"), "line 2: text follows a closing quote"),
        ("name\na\n", ("--csv", "--table", "t"), "has no column 'id'"),
        ("", ("--csv", "--table", "t"), "there is no heading"),
        ("id,n\n,1\n", ("--csv", "--table", "t"), "line 2: column 'id' is empty"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(choreoctl, client, instance, text, words, said):
    refused = choreoctl("import", instance, *words, stdin=text)
    assert refused.status == 1 and said in refused.err, refused
    assert client.head(instance) == 0
    assert choreoctl("import", instance, "--csv", stdin=text).status == 2
    assert choreoctl("export", instance, "--csv").status == 2
