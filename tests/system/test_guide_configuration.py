"""The nginx configurations that are shipped, parsed by nginx; the settings of the stack."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from support.stack import REPOSITORY, free_port
from support.waiting import wait_until

sys.path.insert(0, str(REPOSITORY / "scripts"))

from stack import settings as stack_settings  # noqa: E402

SITE = REPOSITORY / "nginx" / "choreo.conf"


def nginx_test(directory, site):
    """nginx -t as on a Debian server that includes the site; port and logs are others, since tests need not be root."""
    assert "listen 80;" in site and "listen [::]:80;" in site
    text = site.replace("/var/log/nginx", str(directory)).replace("listen [::]:80;", "")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    (directory / "site.conf").write_text(text)
    main = f"pid {directory}/pid;\nevents {{}}\nhttp {{\ninclude /etc/nginx/mime.types;\ninclude {directory}/site.conf;\n}}\n"
    (directory / "nginx.conf").write_text(main)
    command = ["/usr/sbin/nginx", "-t", "-p", directory, "-c", directory / "nginx.conf", "-g", "error_log stderr;"]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_production_site_is_valid(tmp_path):
    checked = nginx_test(tmp_path, SITE.read_text())
    assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr


def test_a_broken_site_would_be_noticed(tmp_path):
    assert nginx_test(tmp_path, SITE.read_text() + "}").returncode != 0


def test_the_production_site_is_what_the_fragments_make():
    printed = subprocess.run([REPOSITORY / "scripts" / "nginx-site"], capture_output=True, text=True, check=True)
    assert printed.stdout == SITE.read_text(), "run: scripts/nginx-site > nginx/choreo.conf"


def test_the_guides_sed_changes_the_server_name(tmp_path):
    shutil.copy(SITE, tmp_path / "choreo")
    subprocess.run(["sed", "-i", "s/choreo.yourdomain.com/choreo.example.org/", tmp_path / "choreo"], check=True)
    changed = (tmp_path / "choreo").read_text()
    assert "server_name choreo.example.org;" in changed
    printed = subprocess.run([REPOSITORY / "scripts" / "nginx-site", "choreo.example.org"], capture_output=True, text=True)
    assert re.search(r"^\s*server_name choreo.example.org;$", printed.stdout, re.MULTILINE)
    assert nginx_test(tmp_path, changed).returncode == 0


@pytest.mark.parametrize("name", ["a b", "x;", "a{", ""])
def test_nginx_site_refuses_names_that_would_break_the_file(name):
    assert subprocess.run([REPOSITORY / "scripts" / "nginx-site", name], capture_output=True).returncode == 2


def test_the_private_configuration_is_valid(stack):
    command = ["/usr/sbin/nginx", "-t", "-p", ".", "-c", "nginx.conf", "-g", "pid tested.pid;"]
    checked = subprocess.run(command, cwd=stack.run_dir, capture_output=True, text=True)
    # The second `pid` is the only thing wrong with it: without -g the running nginx's own file would be emptied.
    assert '"pid" directive is duplicate' in checked.stderr, checked.stderr
    text = (stack.run_dir / "nginx.conf").read_text().replace("pid nginx-master.pid;", "pid tested.pid;")
    (stack.run_dir / "tested.conf").write_text(text)
    checked = subprocess.run([*command[:5], "tested.conf"], cwd=stack.run_dir, capture_output=True, text=True)
    assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr


def test_the_access_log_has_no_query_strings(stack):
    client = stack.client()
    client.get("/health?token=hidden", X_Trace_ID="seen-in-the-log")
    log = stack.run_dir / "log" / "access.log"
    line = wait_until(lambda: [line for line in log.read_text().splitlines() if "seen-in-the-log" in line], "it is logged")
    entry = json.loads(line[0])
    assert (entry["path"], entry["method"], entry["status"]) == ("/health", "GET", "400")
    assert "hidden" not in log.read_text()


@pytest.mark.parametrize(
    "environment, complaint",
    [
        ({"CHOREO_PORT": "http"}, "CHOREO_PORT is 'http'; allowed: a whole number from 1 to 65535"),
        ({"CHOREO_PORT": "0"}, "CHOREO_PORT is '0'"),
        ({"CHOREO_FCGI_PROCESSES": "0"}, "CHOREO_FCGI_PROCESSES is '0'"),
        ({"CHOREO_CONFIG": "/no/such/file"}, "CHOREO_CONFIG is '/no/such/file'"),
    ],
)
def test_bad_settings_are_named(environment, complaint):
    with pytest.raises(stack_settings.SettingError, match=re.escape(complaint)):
        stack_settings.resolve({}, environment)


def test_a_settings_file_of_another_encoding_is_named(tmp_path):
    config = tmp_path / "choreo.conf"
    config.write_text("\ufeffCHOREO_PORT=1001\r\n", encoding="utf-8", newline="")
    assert stack_settings.resolve({}, {"CHOREO_CONFIG": str(config)}).port == 1001
    config.write_text("CHOREO_PORT=1001\n", encoding="utf-16")
    with pytest.raises(stack_settings.SettingError, match="choreo.conf: byte 0 is not UTF-8"):
        stack_settings.resolve({}, {"CHOREO_CONFIG": str(config)})


def test_command_line_then_environment_then_file_then_default(tmp_path):
    config = tmp_path / "choreo.conf"
    config.write_text("# comment\nCHOREO_PORT=1001\nCHOREO_DIR=/from/file\nCHOREO_WEBHOOK_ALLOW=10.0.0.0/8\n")
    environment = {"CHOREO_CONFIG": str(config)}
    resolved = stack_settings.resolve({}, environment)
    assert (resolved.port, str(resolved.dir)) == (1001, "/from/file")
    assert "CHOREO_WEBHOOK_ALLOW" not in resolved.environment, "the file's value must reach the dispatcher"
    assert stack_settings.resolve({}, {**environment, "CHOREO_PORT": "1002"}).port == 1002
    assert stack_settings.resolve({"port": "1003"}, {**environment, "CHOREO_PORT": "1002"}).port == 1003
    assert stack_settings.resolve({}, {}).environment["CHOREO_WEBHOOK_ALLOW"] == "loopback"
