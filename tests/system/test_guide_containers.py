"""Dockerfile and compose files, read without an engine: what they name exists. scripts/test --site builds and runs them."""

import fnmatch
import re
import sys

import yaml

from support.stack import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "scripts"))

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")


def instructions(name):
    return re.findall(rf"^{name} +(.*)$", INSTRUCTIONS, re.MULTILINE)


def ignored():
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def compose(*names):
    """The files as compose merges them, as far as these files need it: lists and mappings are added up."""
    merged = {}
    for name in names:
        add(merged, yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8")))
    return merged


def add(into, more):
    for key, value in more.items():
        if isinstance(value, dict):
            add(into.setdefault(key, {}), value)
        else:
            into[key] = into.get(key, []) + value if isinstance(value, list) else value


def test_what_the_image_is_made_from_exists_and_is_not_left_out():
    sources = [word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]]
    sources += re.findall(r"add_subdirectory\((\w+)\)", (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8"))
    assert {"scripts/packages.txt", "ui/package-lock.json", ".", "core", "fcgi"} <= set(sources)
    for source in set(sources) - {"tests", "bench", "."}:  # CHOREO_TESTS and CHOREO_BENCH are off
        assert (REPOSITORY / source).exists(), source
        left_out = [pattern for pattern in ignored() if fnmatch.fnmatch(source.split("/")[0], pattern)]
        assert not left_out, f"{source} is left out by {left_out} in .dockerignore"


def test_the_image_has_every_program_that_scripts_up_runs():
    up = (REPOSITORY / "scripts" / "up").read_text(encoding="utf-8")
    [built] = re.findall(r'scripts/build .*? (ui (?:choreo[\w-]+ ?)+)', INSTRUCTIONS)
    [wanted] = re.findall(r'"\$here/build" --build-dir "\$build_dir" (ui .*)', up)
    assert set(wanted.split()) <= set(built.split())


def test_the_image_runs_unprivileged_and_is_asked_on_the_port_it_exposes():
    [user], [port], [volume], [command], [check] = map(instructions, ["USER", "EXPOSE", "VOLUME", "CMD", "HEALTHCHECK"])
    assert user == "choreo" and f'"--port", "{port}"' in command and f":{port}/health" in check
    assert f"CHOREO_DIR={volume.split()[0]}" in INSTRUCTIONS


def test_secrets_and_data_stay_out_of_the_build():
    for name in (".env", ".git", "secrets", "instances", "run", "build", "server.pem"):
        assert any(fnmatch.fnmatch(name, pattern) for pattern in ignored()), name


def test_compose_names_settings_that_exist_and_publishes_to_this_machine_only():
    services = compose("docker-compose.yml")["services"]
    documented = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
    for setting in services["choreo"]["environment"]:
        assert f"`{setting.partition('=')[0]}`" in documented, setting
    assert all(port.startswith("127.0.0.1:") and port.endswith(":8420") for port in services["choreo"]["ports"])
    assert services["tunnel"]["profiles"] == ["production"] and "ports" not in services["tunnel"]
    assert not re.search(r":latest$|cloudflared$", services["tunnel"]["image"]), "a version that does not change by itself"


def test_compose_passes_on_what_the_guide_has_operators_set():
    guide = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8").split("## In a container")[1].split("\n## ")[0]
    passed = {setting.partition("=")[0] for setting in compose("docker-compose.yml")["services"]["choreo"]["environment"]}
    told = {"CHOREO_AUTH", "CHOREO_CLIENT_REQUESTS", "CHOREO_CLIENT_STREAMS", "CHOREO_TOKEN_REQUESTS"}
    told |= {"CHOREO_TRUSTED_PROXIES", "CHOREO_WEBHOOK_ALLOW"}
    assert told <= set(re.findall(r"`?(CHOREO_\w+)`?", guide)) and told <= passed


def test_compose_waits_as_long_as_the_supervisor_may_take_to_stop():
    from stack.supervisor import STOP_SECONDS

    grace = compose("docker-compose.yml")["services"]["choreo"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) >= sum(STOP_SECONDS.values()) + 5


def test_traefik_is_told_the_port_and_a_network_that_choreo_is_in():
    merged = compose("docker-compose.yml", "docker-compose.traefik.yml")
    choreo = merged["services"]["choreo"]
    labels = dict(label.split("=", 1) for label in choreo["labels"])
    assert labels["traefik.http.services.choreo.loadbalancer.server.port"] == instructions("EXPOSE")[0]
    network = labels["traefik.docker.network"]
    assert network in {merged["networks"][name].get("name") for name in choreo["networks"]}
    assert "default" in choreo["networks"], "the tunnel and other services of this file still reach it"
