"""The image of Dockerfile, built and run by podman; docker-compose.yml and its Traefik override, by podman-compose."""

import contextlib
import itertools
import json
import os
import subprocess
from pathlib import Path

import pytest

from support import containers
from support.containers import STORAGE, Container, podman, run
from support.http_client import Client
from support.sse import Stream
from support.stack import REPOSITORY, free_port
from support.waiting import wait_until

IMAGE = "localhost/choreo"
BUILD_SECONDS = 3600
numbers = itertools.count(1)
pytestmark = pytest.mark.skipif(bool(containers.missing()), reason=containers.missing())


def compose(project, *arguments, files=("docker-compose.yml",), settings=None, seconds=120, options=()):
    named = [part for file in files for part in ("-f", file)]
    return run("podman-compose", *options, "-p", project, *named, *arguments, settings=settings, seconds=seconds)


def build_volumes():
    """What makes a build possible or fast here, and is no part of the image."""
    compiled = Path.home() / ".cache" / "ccache"
    compiled.mkdir(parents=True, exist_ok=True)
    # What was compiled from the same sources elsewhere, with CCACHE_BASEDIR set, need not be compiled again.
    (STORAGE / "ccache.conf").write_text("base_dir = /src\nhash_dir = false\nmax_size = 10G\n", encoding="utf-8")
    mounts = {compiled: "/root/.cache/ccache", STORAGE / "ccache.conf": "/root/.config/ccache/ccache.conf"}
    authorities = os.environ.get("NODE_EXTRA_CA_CERTS")
    if authorities:  # a network with a certificate authority of its own
        (STORAGE / "npmrc").write_text("cafile=/root/authorities.crt\n", encoding="utf-8")
        mounts |= {STORAGE / "npmrc": "/root/.npmrc", authorities: "/root/authorities.crt"}
    return [f"--volume {source}:{target}" for source, target in mounts.items()]


@pytest.fixture(scope="module")
def storage():
    with containers.claimed():
        yield


@pytest.fixture(scope="module", autouse=True)
def image(storage):
    """Built as `docker compose build` does. --network=host: some machines have no names to resolve on the bridge."""
    containers.make_base()
    arguments = f"--podman-build-args=--format=docker --network=host {' '.join(build_volumes())}"
    built = compose("choreo-build", "build", "choreo", options=[arguments], seconds=BUILD_SECONDS)
    text = built.stdout + built.stderr
    assert "exit code: 0" in text.splitlines(), text[-4000:]  # podman-compose itself ends with 0 in any case


@pytest.fixture
def volume():
    name = f"choreo-test-{os.getpid()}-{next(numbers)}"
    podman("volume", "create", name)
    yield name
    podman("volume", "rm", "--force", name)


@contextlib.contextmanager
def choreo(volume, *options):
    """A container as docker-compose.yml would run it; yields it and a client."""
    name, port = f"choreo-test-{os.getpid()}-{next(numbers)}", free_port()
    arguments = ["--publish", f"127.0.0.1:{port}:8420", "--volume", f"{volume}:/var/lib/choreo", "--cap-drop", "ALL"]
    podman("run", "--detach", "--name", name, *arguments, "--security-opt", "no-new-privileges", *options, IMAGE)
    with Container(name) as container:
        container.wait_healthy()
        client = Client(port)
        container.port = port
        yield container, client
        client.close()


def stop(container):
    podman("stop", "--time", "40", container.name, seconds=60)
    return container.inspect()["State"]["ExitCode"]


def test_the_main_job_from_outside_and_the_data_outlives_the_container(volume):
    with choreo(volume) as (container, client):
        client.create("shop")
        with Stream(container.port, "/shop/stream?last_id=0") as stream:
            for n in range(10):
                client.insert("shop", f"o{n}", table="orders")
            stream.wait(lambda _: len(stream.ids()) == 10, "all events")
        assert client.get("/ui").status in (200, 301), "the page is in the image"
        podman("restart", "--time", "40", container.name)
        wait_until(lambda: container.logs().count('"the stack is up"') == 2, "it is up again")
        assert Client(container.port).head("shop") == 10
        assert stop(container) == 0, container.logs()
    with choreo(volume) as (_, client):
        assert client.head("shop") == 10


def test_no_process_is_root_or_may_become_it(volume):
    with choreo(volume) as (container, _):
        status = container.exec("sh", "-c", "cat /proc/[0-9]*/status")
        users = {line for line in status.splitlines() if line.startswith("Uid:")}
        assert users == {"Uid:\t8420\t8420\t8420\t8420"}
        assert {line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")} == {"0" * 16}
        # Its own programs are not its to change.
        refused = run("podman", "exec", container.name, "touch", "/opt/choreo/bin/choreo-fcgi", check=False)
        assert refused.returncode != 0


@pytest.mark.parametrize("name", ["broker", "fcgi-1", "streamer", "dispatcher", "nginx"])
def test_a_killed_process_comes_back_and_the_container_stays(volume, name):
    with choreo(volume) as (container, client):
        client.create("shop")
        before = container.inspect()["State"]["Pid"]
        pid = container.exec("cat", f"/run/choreo/pids/{name}.pid")
        container.exec("sh", "-c", f"kill -9 {pid}")
        container.replaced = lambda: podman("exec", container.name, "cat", f"/run/choreo/pids/{name}.pid", check=False)
        wait_until(lambda: container.replaced() not in ("", pid), f"{name} was started again")
        container.wait_healthy()
        assert Client(container.port).insert("shop", "one")["op_id"] == 1
        assert container.inspect()["State"]["Pid"] == before


def test_every_line_of_the_log_is_json_and_names_its_process(volume):
    with choreo(volume) as (container, client):
        client.get("/nowhere?token=hidden", X_Trace_ID="seen-outside")
        wait_until(lambda: "seen-outside" in container.logs(), "the request is in the log")
        assert stop(container) == 0
        lines = [json.loads(line) for line in container.logs().splitlines()]
        assert {"supervisor", "choreo-fcgi", "choreo-broker"} <= {line.get("process") for line in lines}
        [request] = [line for line in lines if line.get("path") == "/nowhere"]
        assert (request["status"], request["answer_trace_id"]) == ("404", "seen-outside")


def test_the_health_check_fails_while_appends_cannot_be_taken(volume):
    with choreo(volume) as (container, client):
        container.exec("chmod", "500", "/var/lib/choreo")
        assert not container.healthy() and client.get("/health").status == 503
        container.exec("chmod", "700", "/var/lib/choreo")
        assert container.healthy()


def test_a_directory_that_it_may_not_write_is_named(tmp_path):
    tmp_path.chmod(0o555)
    done = run("podman", "run", "--rm", "--volume", f"{tmp_path}:/var/lib/choreo", IMAGE, check=False)
    assert done.returncode == 1
    assert "/var/lib/choreo" in done.stderr + done.stdout and "Permission denied" in done.stderr + done.stdout


def test_a_wrong_setting_ends_it_with_a_sentence():
    done = run("podman", "run", "--rm", "--env", "CHOREO_FCGI_THREADS=many", IMAGE, check=False)
    assert done.returncode not in (0, 137)
    assert "CHOREO_FCGI_THREADS: the value 'many' is not allowed; allowed: 1..1000" in done.stdout + done.stderr


# --- compose


@contextlib.contextmanager
def composed(*services, files=("docker-compose.yml",), keys=False, **settings):
    """The services of a project of its own; yields its name and a client of choreo's published port. keys: made before."""
    project, port = f"choreotest{os.getpid()}x{next(numbers)}", free_port()
    settings = {"CHOREO_PORT": str(port), **settings}
    try:
        if keys:  # as `docker compose run --rm choreo generate-secrets`; podman-compose would build the image again for it
            podman("run", "--rm", "--volume", f"{project}_choreo-keys:/etc/choreo/keys", IMAGE, "generate-secrets")
        compose(project, "up", "--detach", "--no-build", *services, files=files, settings=settings)
        Container(f"{project}_choreo_1").wait_healthy()
        yield project, Client(port)
    finally:
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            compose(project, "down", files=files, settings=settings)
        podman("volume", "rm", "--force", f"{project}_choreo-data", f"{project}_choreo-keys", check=False)
        podman("network", "rm", "--force", f"{project}_default", check=False)


def test_compose_up_down_and_up_again_keeps_the_data():
    with composed("choreo") as (project, client):
        client.create("shop")
        client.insert("shop", "one")
        inspected = Container(f"{project}_choreo_1").inspect()
        assert inspected["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
        [published] = inspected["HostConfig"]["PortBindings"]["8420/tcp"]
        assert published["HostIp"] == "127.0.0.1", "other machines do not reach it"
        port = published["HostPort"]
        compose(project, "down", settings={"CHOREO_PORT": port})
        compose(project, "up", "--detach", "--no-build", "choreo", settings={"CHOREO_PORT": port})
        Container(f"{project}_choreo_1").wait_healthy()
        assert Client(int(port)).head("shop") == 1


# Stands in for cloudflared, which cannot be pulled here: it takes the same arguments and the token in the same way, and
# asks the address that the tunnel's public name points to.
STAND_IN = f"""\
FROM {IMAGE}
COPY cloudflared /
ENTRYPOINT ["/bin/sh", "/cloudflared"]
"""
CLOUDFLARED = """\
echo "$TUNNEL_TOKEN $*"
curl -sS --retry 30 --retry-all-errors http://choreo:8420/health
exec sleep 600
"""


def test_who_comes_through_a_proxy_needs_a_token():
    """As docs/deploy.md says: keys, then CHOREO_AUTH=token, then a token."""
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    with composed("choreo") as (_, client):
        refused = client.request("GET", "/instances", headers=forwarded)
        assert refused.status == 403 and refused.json["code"] == "auth_needed", refused
        assert client.get("/instances").status == 200
    with composed("choreo", keys=True, CHOREO_AUTH="token") as (project, client):
        assert client.request("GET", "/instances", headers=forwarded).status == 401
        create = ["choreoctl", "token", "create", "--subject", "ann", "--scope", "*:admin"]
        token = Container(f"{project}_choreo_1").exec(*create).splitlines()[-1]
        headers = {**forwarded, "Authorization": f"Bearer {token}"}
        assert client.request("POST", "/instances", headers=headers, json={"slug": "shop"}).status == 201
        container = Container(f"{project}_choreo_1")
        assert container.healthy()
        container.exec("choreoctl", "backup", "/tmp/backups")
        saved = container.exec("sh", "-c", "cd /tmp/backups/choreo-*; ls instances settings/keys")
        assert "shop.db" in saved and "jwt_private.pem" in saved, saved


def tunnel_image():
    text = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if "image: cloudflare/" in line]
    return "docker.io/" + line.split()[-1]


def test_the_tunnel_of_the_production_profile_gets_its_token_and_reaches_choreo(tmp_path):
    (tmp_path / "Dockerfile").write_text(STAND_IN, encoding="utf-8")
    (tmp_path / "cloudflared").write_text(CLOUDFLARED, encoding="utf-8")
    podman("build", "--format=docker", "--tag", tunnel_image(), tmp_path)
    with composed("choreo", "tunnel", CLOUDFLARE_TUNNEL_TOKEN="secret-of-the-tunnel") as (project, _):
        tunnel = Container(f"{project}_tunnel_1")
        wait_until(lambda: '"status"' in tunnel.logs(), "the tunnel reached choreo")
        assert tunnel.logs().startswith("secret-of-the-tunnel tunnel --no-autoupdate run")
        assert '"status":"ok"' in tunnel.logs()
        assert not any((tunnel.inspect()["HostConfig"]["PortBindings"] or {}).values()), "it needs no open port"


def test_traefik_finds_its_labels_and_reaches_choreo_in_its_own_network():
    network = f"traefik{os.getpid()}"
    podman("network", "create", network)
    try:
        files = ("docker-compose.yml", "docker-compose.traefik.yml")
        with composed("choreo", files=files, TRAEFIK_NETWORK=network, CHOREO_HOST="log.example.org") as (project, _):
            inspected = Container(f"{project}_choreo_1").inspect()
            labels = inspected["Config"]["Labels"]
            assert labels["traefik.http.routers.choreo.rule"] == "Host(`log.example.org`)"
            assert labels["traefik.docker.network"] == network
            port = labels["traefik.http.services.choreo.loadbalancer.server.port"]
            address = inspected["NetworkSettings"]["Networks"][network]["IPAddress"]
            answer = podman("run", "--rm", "--network", network, IMAGE, "curl", "-sS", f"http://{address}:{port}/health")
            assert json.loads(answer)["status"] == "ok"
    finally:
        podman("network", "rm", "--force", network)
