"""The Debian package: what is in it, what it needs, and that its scripts and nginx sites can be read by what runs them."""

import os
import re
import shutil
import subprocess

import pytest

from support.package import cannot_pack, pack
from support.stack import REPOSITORY, free_port

SCRIPTS = ["preinst", "postinst", "prerm", "postrm"]
PROGRAMS = ["choreo-broker", "choreo-dispatcher", "choreo-fcgi", "choreo-streamer"]
NAME = "choreo.example.org"


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package unpacked, with its control files in DEBIAN/."""
    if cannot_pack():
        pytest.skip(cannot_pack())
    directory = tmp_path_factory.mktemp("package")
    made = pack(tmp_path_factory)
    unpacked = run("dpkg-deb", "-R", made, directory / "root")
    assert unpacked.returncode == 0, unpacked.stderr
    return directory / "root"


def control_fields(package):
    text = (package / "DEBIAN" / "control").read_text()
    return dict(re.findall(r"^(\S+): (.*(?:\n .*)*)", text, re.MULTILINE))


def test_it_depends_on_what_its_programs_link(package):
    fields = control_fields(package)
    depends = fields["Depends"]
    for name in ("libsqlite3-0", "libzmq5", "libfcgi0ldbl", "libcurl4", "libssl3", "libsystemd0", "libc6", "nginx", "systemd", "ca-certificates"):
        assert re.search(rf"(^|, ){re.escape(name)}($|[, ])", depends), f"{name} is not in {depends}"
    assert re.fullmatch(r"[0-9.]+-[0-9]+", fields["Version"]) and fields["Package"] == "choreo"


def test_what_the_units_name_is_there(package):
    """Each program, page and include that a unit or site names, unless another package owns it."""
    units = list((package / "usr/lib/systemd/system").glob("*.service"))
    assert len(units) >= 4
    for unit in units:
        for path in re.findall(r"^Exec\w+=[-+!@]*(\S+)", unit.read_text(), re.MULTILINE):
            assert os.access(package / path.lstrip("/"), os.X_OK), f"{unit.name}: {path}"
    for path in re.findall(r"include (\S+);", (package / "etc/nginx/sites-available/choreo").read_text()):
        assert (package / path.lstrip("/")).is_file(), path
    for name in PROGRAMS:
        version = run(package / "usr/lib/choreo" / name, "--version")
        assert version.returncode == 0 and control_fields(package)["Version"].startswith(version.stdout.split()[1])
    for path in ("usr/share/choreo/ui/index.html", "usr/share/doc/choreo/configuration.md", "usr/lib/sysusers.d/choreo.conf"):
        assert (package / path).is_file(), path


def test_every_service_gets_the_hardening(package):
    units = package / "usr/lib/systemd/system"
    services = list(units.glob("*.service"))
    assert len(services) >= len(PROGRAMS)
    for unit in services:
        shared = units / f"{unit.name}.d" / "hardening.conf"
        assert shared.read_text() == (REPOSITORY / "systemd/hardening.conf").read_text()


def test_settings_in_etc_survive_upgrades(package):
    conffiles = (package / "DEBIAN/conffiles").read_text().split()
    in_etc = [f"/{path.relative_to(package)}" for path in (package / "etc").rglob("*") if path.is_file()]
    assert sorted(conffiles) == sorted(in_etc)


def test_the_shipped_settings_are_right_and_so_are_their_defaults(package, tmp_path):
    shipped = package / "etc/choreo/choreo.conf"
    everything = tmp_path / "choreo.conf"
    everything.write_text(re.sub(r"^#(CHOREO_)", r"\1", shipped.read_text(), flags=re.MULTILINE))
    assert everything.read_text() != shipped.read_text()
    for name in PROGRAMS:
        for config in (shipped, everything):
            checked = run(package / "usr/lib/choreo" / name, "--check", "--config", config)
            assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_maintainer_scripts_can_be_read(package, name):
    script = package / "DEBIAN" / name
    assert script.stat().st_mode & 0o777 == 0o755
    assert run("/bin/sh", "-n", script).returncode == 0
    if shutil.which("shellcheck"):
        checked = run("shellcheck", "--severity=warning", script)
        assert checked.returncode == 0, checked.stdout


def test_a_full_disk_is_refused_before_anything_changes(package, tmp_path):
    """preinst believes df; one that finds little stands before the real one."""
    (tmp_path / "df").write_text("#!/bin/sh\necho header\necho disk 1000 990 7168 99% /usr\n")
    (tmp_path / "df").chmod(0o755)
    refused = run("/bin/sh", package / "DEBIAN/preinst", "upgrade", "1", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert refused.returncode == 1
    assert "/usr has 7 MiB left" in refused.stderr and "Nothing was changed" in refused.stderr


def nginx_test(package, tmp_path, sites):
    """nginx -t of sites that include what the package ships; ports and logs are others, since tests need not be root."""
    text = "\n".join(sites).replace("/usr/share/choreo", str(package / "usr/share/choreo"))
    text = text.replace("/var/log/nginx", str(tmp_path)).replace("/etc/choreo/tls", str(tmp_path))
    text = re.sub(r"listen \[::\]:\d+.*;", "", text)
    text = re.sub(r"listen (127.0.0.1:)?\d+", lambda _: f"listen 127.0.0.1:{free_port()}", text)
    (tmp_path / "site.conf").write_text(text)
    main = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\ninclude /etc/nginx/mime.types;\ninclude {tmp_path}/site.conf;\n}}\n"
    (tmp_path / "nginx.conf").write_text(main)
    command = ["/usr/sbin/nginx", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-g", "error_log stderr;"]
    return run(*command)


def test_both_sites_are_valid_together(package, tmp_path):
    subject = ["-subj", "/", "-keyout", tmp_path / f"{NAME}.key", "-out", tmp_path / f"{NAME}.crt"]
    made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *subject)
    assert made.returncode == 0, made.stderr
    local = (package / "etc/nginx/sites-available/choreo").read_text()
    domain = (package / "usr/share/choreo/nginx/domain.conf").read_text().replace("@DOMAIN@", NAME)
    checked = nginx_test(package, tmp_path, [local, domain])
    assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr
    assert nginx_test(package, tmp_path, [local, domain, "}"]).returncode != 0
    larger = [text.replace("client_max_body_size 16777216;", "client_max_body_size 1g;") for text in (local, domain)]
    assert larger != [local, domain] and nginx_test(package, tmp_path, larger).returncode == 0


NO_NAMES = ["localhost", "a b.org", "-x.org", "x..org", "x.org;", "x.org\ny.org", "127.0.0.1", "--nope", ".".join(["x"] * 200)]


@pytest.mark.parametrize("arguments", [[], ["a.org", "b.org"], *([name] for name in NO_NAMES)])
def test_the_site_maker_refuses_what_is_no_name(package, arguments):
    refused = run(package / "usr/lib/choreo/choreo-nginx", *arguments)
    assert refused.returncode == 2 and "choreoctl nginx" in refused.stderr, refused.stderr
