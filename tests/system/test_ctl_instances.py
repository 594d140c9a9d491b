"""choreoctl: its command line, and the commands about instances."""

import pytest

from support.ctl import ctl
from support.stack import free_port


def test_make_look_and_delete(choreoctl, client, slug):
    assert choreoctl.ok("instance", "create", slug).out == f"{slug}: created\n"
    client.insert(slug, "a", n=1)
    row = [line.split() for line in choreoctl.ok("instance", "list").lines if line.split()[0] == slug]
    assert row[0][1:3] == ["1", "1"]
    listed = choreoctl.ok("instance", "list", "--json").json
    assert slug in [each["slug"] for each in listed["instances"]]
    assert choreoctl.ok("--json", "instance", "info", slug).json["operations"] == 1
    assert choreoctl.ok("instance", "rebuild", slug).status == 0
    refused = choreoctl("instance", "delete", slug)
    assert refused.status == 2 and "--yes" in refused.err
    assert client.get(f"/{slug}/operations").status == 200
    assert choreoctl.ok("instance", "delete", slug, "--yes").out == f"{slug}: deleted\n"
    assert client.get(f"/{slug}/operations").status == 404


def test_what_the_server_refuses_is_said_in_its_words(choreoctl, instance):
    again = choreoctl("instance", "create", instance)
    assert (again.status, again.out) == (1, "")
    assert again.err == f"choreoctl: Instance '{instance}' already exists.\n"
    as_json = choreoctl("--json", "instance", "create", instance)
    assert as_json.status == 1 and '"code":"instance_exists"' in as_json.err
    assert choreoctl("instance", "info", "not-there").status == 1


def test_without_a_server_it_says_where_it_looked():
    url = f"http://127.0.0.1:{free_port()}"
    away = ctl("instance", "list", CHOREO_URL=url)
    assert away.status == 3 and url in away.err and away.out == ""
    given = ctl("instance", "list", "--url", url, CHOREO_URL="http://127.0.0.1:1")
    assert given.status == 3 and url in given.err, "the command line wins"


def test_what_answers_must_be_choreo(stack):
    other = ctl("instance", "list", CHOREO_URL=f"{stack.url}/ui/nothing")
    assert other.status == 1 and other.err


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "a command is missing"),
        (("instances",), "there is no command 'instances'"),
        (("instance",), "a command is missing"),
        (("instance", "lost"), "there is no command 'instance lost'"),
        (("instance", "info"), "an argument is missing"),
        (("instance", "list", "more"), "unexpected argument 'more'"),
        (("instance", "list", "--fast"), "unknown option '--fast'"),
        (("instance", "list", "-x"), "unknown option '-x'"),
        (("instance", "list", "--url"), "--url needs a value"),
        (("instance", "delete", "x", "--yes=1"), "--yes takes no value"),
        (("instance", "list", "--url", "ftp://x"), "an address that begins with http:// or https://"),
        (("instance", "list", "--url", "http://x", "--url", "http://y"), "--url was given twice"),
        (("instance", "list", "--port", "0"), "1..65535"),
        (("instance", "list", "--config", "/nonexistent/choreo.conf"), "/nonexistent/choreo.conf"),
    ],
)
def test_wrong_usage_is_told(words, said):
    wrong = ctl(*words)
    assert (wrong.status, wrong.out) == (2, "")
    assert said in wrong.err


def test_help_names_every_command():
    general = ctl("--help")
    assert general.status == 0
    for name in ("instance list", "instance create", "--json", "--token", "Exit status"):
        assert name in general.out
    assert "Usage: choreoctl instance delete [option…] SLUG" in ctl("instance", "delete", "--help").out
    assert "instance rebuild" in ctl("instance", "--help").out
    assert ctl("--version").out.startswith("choreoctl ")


def test_settings_come_from_a_file(stack, tmp_path):
    config = tmp_path / "choreo.conf"
    config.write_text(f"CHOREO_PORT={stack.port}\nCHOREO_FCGI_THREADS=40\n", encoding="utf-8")
    assert ctl("instance", "list", CHOREO_CONFIG=str(config)).status == 0
    config.write_text("CHOREO_PROT=1\n", encoding="utf-8")
    wrong = ctl("instance", "list", "--config", config)
    assert wrong.status == 2 and "CHOREO_PROT" in wrong.err and "line 1" in wrong.err
