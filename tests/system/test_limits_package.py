"""The limits of an installed site: what `choreoctl nginx --limits` makes of choreo.conf, held by an nginx that includes it as the
package's sites do; clients behind a proxy."""

import contextlib
import subprocess

import pytest

from support.ctl import ctl
from support.http_client import Client
from support.stack import REPOSITORY, Stack, free_port
from support.waiting import wait_until

SCRIPT = REPOSITORY / "packaging" / "choreo-nginx-limits"
FILES = ["bodies.conf", "requests.conf", "streams.conf", "zones.conf"]
MANY = 40
MAIN = """
daemon off;
pid {directory}/pid;
error_log {directory}/error.log;
{user}
events {{}}
http {{
    client_body_temp_path {directory}/body;
    fastcgi_temp_path {directory}/fastcgi;
    proxy_temp_path {directory}/proxy;
    scgi_temp_path {directory}/scgi;
    uwsgi_temp_path {directory}/uwsgi;
    {http}
    server {{
        listen 127.0.0.1:{port};
        access_log off;
        client_max_body_size 16777216;
        {server}
    }}
}}
"""


def limits(tmp_path, text):
    config = tmp_path / "choreo.conf"
    config.write_text(text)
    command = [SCRIPT, "--config", config, "--to", tmp_path / "limits"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


@contextlib.contextmanager
def site(stack, tmp_path):
    """A client of an nginx that has the parts which the package's sites include."""
    (tmp_path / "limits").mkdir(exist_ok=True)

    def part(name):
        command = [REPOSITORY / "scripts" / "nginx-site", "--part", name, "--run-dir", stack.run_dir]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return text.replace("/etc/choreo/nginx", str(tmp_path / "limits")).replace("/var/log/nginx", str(tmp_path))

    port = free_port()
    user = "user root;" if subprocess.run(["id", "-u"], capture_output=True, text=True).stdout == "0\n" else ""
    text = MAIN.format(directory=tmp_path, user=user, port=port, http=part("http"), server=part("server"))
    (tmp_path / "nginx.conf").write_text(text)
    running = subprocess.Popen(["/usr/sbin/nginx", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"])
    client = Client(port)

    def answers():
        assert running.poll() is None, (tmp_path / "error.log").read_text()
        try:
            return client.request("OPTIONS", "/ui/").status
        except OSError:
            return None

    try:
        wait_until(answers, "nginx answers")
        yield client
    finally:
        client.close()
        running.terminate()
        running.wait(30)


def statuses(client, path="/instances", count=MANY, **headers):
    return {client.get(path, **headers).status for _ in range(count)}


def test_without_them_there_are_none(stack, tmp_path):
    with site(stack, tmp_path) as client:
        assert statuses(client) == {200}


def test_defaults_are_no_limits(stack, tmp_path):
    done = limits(tmp_path, "# nothing\n")
    assert done.returncode == 0 and done.stdout.count("any number") == 3, done
    assert sorted(path.name for path in (tmp_path / "limits").iterdir()) == FILES
    with site(stack, tmp_path) as client:
        assert statuses(client) == {200}


def test_each_is_held(stack, tmp_path, instance):
    text = "CHOREO_TOKEN_REQUESTS = 2\nCHOREO_CLIENT_STREAMS='1'\nCHOREO_MAX_BODY_BYTES=\"2000\"\n"
    assert limits(tmp_path, text).returncode == 0
    with site(stack, tmp_path) as client:
        assert statuses(client) == {200}
        assert statuses(client, Authorization="Bearer some.to.ken") == {200, 429}
        refused = client.post("/instances", body="x" * 2001)
        assert refused.status == 413 and refused.json["code"] == "body_too_large", refused
        assert "CHOREO_MAX_BODY_BYTES" in refused.json["error"]
        assert client.post("/instances", body="x" * 2000).status == 400
        path = f"/{instance}/stream"
        other = Client(client.connection.port)
        other.connection.request("GET", path)
        assert other.connection.getresponse().status == 200
        assert client.get(path).status == 429
        other.close()
    assert limits(tmp_path, "CHOREO_CLIENT_REQUESTS=2\n").returncode == 0
    with site(stack, tmp_path) as client:
        assert statuses(client) == {200, 429}
        assert client.post("/instances", body="x" * 2001).status in (400, 429), "what is not said any more is gone"


def others(client):
    """The statuses of requests that each came from another client."""
    return {client.get("/instances", X_Forwarded_For=f"203.0.113.{n}").status for n in range(1, MANY)}


def test_clients_behind_a_trusted_proxy_have_a_rate_each(stack, tmp_path):
    assert limits(tmp_path, "CHOREO_CLIENT_REQUESTS=1\nCHOREO_TRUSTED_PROXIES=10.0.0.0/8, 127.0.0.1\n").returncode == 0
    with site(stack, tmp_path) as client:
        assert 429 in statuses(client, X_Forwarded_For="198.51.100.1")
        assert 429 not in others(client)
    assert limits(tmp_path, "CHOREO_CLIENT_REQUESTS=1\nCHOREO_TRUSTED_PROXIES=10.0.0.0/8\n").returncode == 0
    with site(stack, tmp_path) as client:
        assert 429 in others(client), "nobody else is believed"


def test_clients_of_the_private_nginx_too():
    stack = Stack(CHOREO_CLIENT_REQUESTS="1", CHOREO_TRUSTED_PROXIES="127.0.0.0/8,::1").start()
    try:
        client = stack.client()
        assert 429 in statuses(client, X_Forwarded_For="198.51.100.1")
        assert 429 not in others(client)
        client.close()
    finally:
        stack.stop()


@pytest.mark.parametrize("value", ["proxy.example.org", "10.0.0.0/33", "10.0.0.1/8", "all", "1.2.3.4; x"])
def test_a_stack_does_not_start_with_proxies_that_are_none(value):
    stack = Stack(CHOREO_TRUSTED_PROXIES=value)
    with pytest.raises(RuntimeError, match="CHOREO_TRUSTED_PROXIES is .*; allowed: addresses and networks"):
        stack.start()


@pytest.mark.parametrize(
    "line, said",
    [
        ("CHOREO_CLIENT_REQUESTS=many", "allowed: a whole number from 0 to 1000000"),
        ("CHOREO_CLIENT_REQUESTS=", "allowed: a whole number from 0 to 1000000"),
        ("CHOREO_TOKEN_REQUESTS=1000001", "CHOREO_TOKEN_REQUESTS is '1000001'"),
        ("CHOREO_CLIENT_STREAMS=-1", "from 0 to 60000"),
        ("CHOREO_CLIENT_STREAMS=99999999999999999999", "from 0 to 60000"),
        ("CHOREO_MAX_BODY_BYTES=16m", "from 1024 to 1073741824"),
        ("CHOREO_TRUSTED_PROXIES=10.0.0.1; include /etc/passwd", "separated by commas"),
        ("CHOREO_TRUSTED_PROXIES=proxy.example.org", "separated by commas"),
    ],
)
def test_a_wrong_value_gets_a_sentence_and_changes_nothing(tmp_path, line, said):
    assert limits(tmp_path, "CHOREO_CLIENT_REQUESTS=7\n").returncode == 0
    before = {path.name: path.read_text() for path in (tmp_path / "limits").iterdir()}
    refused = limits(tmp_path, line + "\n")
    assert refused.returncode == 2 and said in refused.stderr and not refused.stdout, refused
    assert line.partition("=")[0] in refused.stderr and str(tmp_path / "choreo.conf") in refused.stderr
    assert {path.name: path.read_text() for path in (tmp_path / "limits").iterdir()} == before


def test_a_file_that_is_missing_gets_a_sentence(tmp_path):
    missing = subprocess.run([SCRIPT, "--config", tmp_path / "none", "--to", tmp_path], capture_output=True, text=True)
    assert missing.returncode == 1 and "cannot be read" in missing.stderr


@pytest.mark.parametrize("words", [(), ("--limits", "choreo.example.org")])
def test_choreoctl_asks_for_one_of_both(words):
    refused = ctl("nginx", *words)
    assert refused.status == 2 and "either a NAME or --limits" in refused.err
