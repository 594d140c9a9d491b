"""nginx configurations from nginx/fragments: the private one of scripts/up and the production site."""

import os
import pwd
import re
import resource
from pathlib import Path

FRAGMENTS = Path(__file__).resolve().parents[2] / "nginx" / "fragments"

# An import goes to a temporary file first and is appended in one transaction; this bounds that file.
MAX_SEED_BYTES = 8 << 30
MAX_CONNECTIONS = 16384
LIMITS = "/etc/choreo/nginx"  # of the package

# Whatever went wrong is told as JSON. A location that has an error_page of its own inherits none, so it repeats these.
ERRORS = "error_page 400 401 403 404 405 408 411 412 413 414 415 416 421 429 500 502 503 504 /_choreo/error;"


def fragment(name, values):
    """The text of a fragment with each @NAME@ replaced; a value of several lines keeps the indentation of its place."""

    def replace(match):
        indent, before, name = match.group("indent"), match.group("before"), match.group("name")
        lines = str(values[name]).split("\n")
        return indent + before + "\n".join([lines[0]] + [indent + line if line else line for line in lines[1:]])

    text = (FRAGMENTS / name).read_text(encoding="utf-8").rstrip("\n")
    line = re.compile(r"^(?P<indent>[ ]*)(?P<before>.*?)@(?P<name>[A-Z_]+)@", re.MULTILINE)
    while line.search(text):
        text = line.sub(replace, text)
    return re.sub(r"^ +\n", "", text, flags=re.MULTILINE)  # what was replaced by nothing


def limit_zones(sizes):
    """Outside server {}: what is counted. A key that is empty is not."""
    lines = []
    if sizes.client_requests:
        lines.append(f"limit_req_zone $binary_remote_addr zone=choreo_clients:10m rate={sizes.client_requests}r/s;")
    if sizes.token_requests:
        lines.append(f"limit_req_zone $choreo_shown_token zone=choreo_tokens:10m rate={sizes.token_requests}r/s;")
    if sizes.client_streams:
        lines.append("limit_conn_zone $binary_remote_addr zone=choreo_streams:10m;")
    return "\n".join(lines) or "# No limits on rates: CHOREO_CLIENT_REQUESTS, CHOREO_TOKEN_REQUESTS, CHOREO_CLIENT_STREAMS."


def request_limits(sizes):
    """Inside server {}: a second's worth may come at once, what is beyond it is refused at once."""
    rates = {"choreo_clients": sizes.client_requests, "choreo_tokens": sizes.token_requests}
    lines = [f"limit_req zone={zone} burst={rate} nodelay;" for zone, rate in rates.items() if rate]
    return "\n".join(lines + ["limit_req_status 429;", "limit_conn_status 429;"])


def stream_limit(sizes):
    if sizes.client_streams:
        return f"limit_conn choreo_streams {sizes.client_streams};"
    return "# Any number of them for a client: CHOREO_CLIENT_STREAMS."


def trusted_proxies(sizes):
    """What they say of who asks is believed; the last address in their header that is none of theirs counts."""
    if not sizes.trusted_proxies:
        return "# Whoever connects is the client: CHOREO_TRUSTED_PROXIES."
    lines = [f"set_real_ip_from {network};" for network in sizes.trusted_proxies]
    return "\n".join([*lines, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;"])


def common(sizes, run, ui_root, error_log="/var/log/nginx/choreo.error.log", elsewhere="1", replaced=None):
    values = {
        "RUN": run,
        "UI_ROOT": ui_root,
        "ERROR_LOG": error_log,
        "ELSEWHERE": elsewhere,
        "LIMIT_ZONES": limit_zones(sizes),
        "REQUEST_LIMITS": request_limits(sizes),
        "STREAM_LIMIT": stream_limit(sizes),
        "TRUSTED_PROXIES": trusted_proxies(sizes),
        "BODY_LIMIT": "",  # that of the server {}
        "MAX_BODY_BYTES": sizes.max_body_bytes,
        "MAX_SEED_BYTES": MAX_SEED_BYTES,
    }
    values |= replaced or {}
    values["ERRORS"] = ERRORS
    values["MAY"] = fragment("may.conf", values)
    values["HTTP"] = fragment("http.conf", values)
    values["SERVER"] = fragment("server.conf", values)
    return values


def site(sizes, server_name, run="/run/choreo", ui_root="/usr/share/choreo"):
    values = common(sizes, run, ui_root)
    for name in ("HTTP", "SERVER"):  # the fragments say what each line is for
        values[name] = re.sub(r"^ *(#.*)?\n", "", values[name], flags=re.MULTILINE)
    values["SERVER_NAME"] = server_name
    return fragment("site.conf", values) + "\n"


def part(sizes, name, run="/run/choreo", ui_root="/usr/share/choreo"):
    """What the package's sites include: `http`, once, and `server`, in each server {}, where a bound on bodies may stand
    only once: it is in the site's own file, for whoever changes it. Limits are in files that `choreoctl nginx --limits` makes
    (packaging/choreo-nginx-limits); without them there are none."""
    included = {
        place: f"include {LIMITS}/{file}*.conf;"  # a pattern, since a file that is named must be there
        for place, file in {"LIMIT_ZONES": "zones", "STREAM_LIMIT": "streams", "BODY_LIMIT": "bodies"}.items()
    }
    included["TRUSTED_PROXIES"] = f"include {LIMITS}/requests*.conf;"
    included["REQUEST_LIMITS"] = request_limits(sizes)
    text = common(sizes, run, ui_root, replaced=included)[name.upper()]
    text = text.replace(f"at most {sizes.max_body_bytes} bytes", "at most CHOREO_MAX_BODY_BYTES")
    return re.sub(r"^client_max_body_size .*\n", "", text, count=1, flags=re.MULTILINE) + "\n"


def private(settings):
    """For nginx with the run directory as prefix and working directory; `ui` there is a link to the page."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if files == resource.RLIM_INFINITY:
        files = 2 * MAX_CONNECTIONS
    error_log = "stderr" if settings.log_to_output else "log/nginx.log"
    # An address that was asked for is that of a container's network: whoever publishes the port says who reaches it.
    elsewhere = "1" if settings.address == "127.0.0.1" else ""
    values = common(settings.sizes, ".", ".", error_log, elsewhere)
    values["WORKERS"] = settings.sizes.nginx_workers
    values["FILES"] = files
    values["CONNECTIONS"] = max(64, min(MAX_CONNECTIONS, files - 64))
    values["PORT"] = settings.port
    values["ADDRESS"] = settings.address
    values["ACCESS_LOG"] = "/dev/stdout choreo" if settings.log_to_output else "log/access.log choreo buffer=64k flush=1s"
    # As root nginx would give its workers another user, who could not reach the sockets.
    values["USER"] = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
    return fragment("private.conf", values) + "\n"
