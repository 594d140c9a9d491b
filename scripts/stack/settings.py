"""Settings of the stack: command line, then environment, then configuration file, then default (SPEC 8).

The daemons read the same environment and file by themselves; what stands here is only what the supervisor and nginx
need to know.
"""

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path

CONFIG_FILE = "/etc/choreo/choreo.conf"
KEYS_DIR = "/etc/choreo/keys"
NETWORKS = "addresses and networks such as 10.1.0.0/16 or fd00::/8, separated by commas"


class SettingError(Exception):
    """A bad setting; the text names it, its value and what is allowed."""


@dataclass(frozen=True)
class Sizes:
    """How many processes there are, and what nginx and they must agree on."""

    fcgi_processes: int = 1
    nginx_workers: int = 2
    max_body_bytes: int = 16 << 20
    client_requests: int = 0  # a second, of one address; 0: any number, as for the next two
    token_requests: int = 0  # a second, of one token
    client_streams: int = 0  # at once, of one address
    trusted_proxies: tuple = ()  # networks whose X-Forwarded-For says which address that is


@dataclass(frozen=True)
class Settings:
    port: int
    address: str  # where nginx listens: 127.0.0.1 or 0.0.0.0
    log_to_output: bool  # every process writes its log to our output, not to a file of its own
    dir: Path
    run_dir: Path
    auth: str  # CHOREO_AUTH, as the daemons read it: they refuse what it may not be
    keys_dir: str
    sizes: Sizes
    environment: dict  # for the daemons


def read_file(path):
    """NAME=value lines as the daemons read them (docs/configuration.md)."""
    values = {}
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: byte {error.start} is not UTF-8; the file is text, lines NAME=value") from error
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingError(f"{path}, line {number}: expected NAME=value, found {line!r}")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name.strip()] = value
    return values


def whole_number(name, text, low, high):
    if not re.fullmatch(r"[0-9]{1,18}", str(text)) or not low <= int(text) <= high:
        raise SettingError(f"{name} is {str(text)!r}; allowed: a whole number from {low} to {high}")
    return int(text)


def networks(name, text):
    """Addresses and networks, separated by commas."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        try:
            ipaddress.ip_network(part)
        except ValueError as error:
            raise SettingError(f"{name} is {text!r}; allowed: {NETWORKS}, and {part!r} is none: {error}") from error
    return tuple(parts)


def resolve(arguments, environment):
    """arguments: name → text or None from the command line, e.g. {"port": "8420"}."""
    config = environment.get("CHOREO_CONFIG") or (CONFIG_FILE if os.path.exists(CONFIG_FILE) else None)
    try:
        file = read_file(config) if config else {}
    except OSError as error:
        raise SettingError(f"CHOREO_CONFIG is {config!r}, which cannot be read: {error.strerror}") from error

    def value(name, default):
        variable = "CHOREO_" + name.upper()
        for source in (arguments.get(name), environment.get(variable), file.get(variable)):
            if source is not None:
                return source
        return default

    def number(name, default, low, high):
        return whole_number("CHOREO_" + name.upper(), value(name, default), low, high)

    sizes = Sizes(
        fcgi_processes=number("fcgi_processes", Sizes.fcgi_processes, 1, 64),
        nginx_workers=number("nginx_workers", Sizes.nginx_workers, 1, 64),
        max_body_bytes=number("max_body_bytes", Sizes.max_body_bytes, 1 << 10, 1 << 30),
        client_requests=number("client_requests", Sizes.client_requests, 0, 1_000_000),
        token_requests=number("token_requests", Sizes.token_requests, 0, 1_000_000),
        client_streams=number("client_streams", Sizes.client_streams, 0, 60_000),
        trusted_proxies=networks("CHOREO_TRUSTED_PROXIES", value("trusted_proxies", "")),
    )
    children = dict(environment)
    # The stack is for one machine: a receiver on loopback is what a first webhook is sent to.
    if "CHOREO_WEBHOOK_ALLOW" not in environment and "CHOREO_WEBHOOK_ALLOW" not in file:
        children["CHOREO_WEBHOOK_ALLOW"] = "loopback"
    if config:
        children["CHOREO_CONFIG"] = os.path.abspath(config)
    children["CHOREO_MAX_BODY_BYTES"] = str(sizes.max_body_bytes)
    return Settings(
        port=number("port", 8420, 1, 65535),
        address=arguments.get("address") or "127.0.0.1",
        log_to_output=bool(arguments.get("log_to_output")),
        dir=Path(os.path.abspath(value("dir", "instances"))),
        run_dir=Path(os.path.abspath(value("run_dir", "run"))),
        auth=value("auth", "none"),
        keys_dir=os.path.abspath(value("keys_dir", KEYS_DIR)),
        sizes=sizes,
        environment=children,
    )
