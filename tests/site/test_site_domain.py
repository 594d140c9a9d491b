"""The site for a name on the internet: choreoctl nginx NAME, then certbot."""

import re

import pytest

from support.waiting import wait_until

NAME = "choreo.example.org"


def curl(site, url, *options):
    resolve = [part for port in (80, 443) for part in ("--resolve", f"{NAME}:{port}:127.0.0.1")]
    return site.run("curl", "-sS", "--max-time", "20", *resolve, *options, url).stdout


def nginx_workers(site):
    master = site.main_pid("nginx")
    return set(site.run("cat", f"/proc/{master}/task/{master}/children").stdout.split())


@pytest.fixture(scope="module")
def domain(site):
    made = site.run("choreoctl", "nginx", NAME.upper())
    left = [line.strip() for line in made.stdout.splitlines() if line.startswith("  ")]
    assert left == ["nginx -t && systemctl reload nginx", f"certbot --nginx -d {NAME}"], made.stdout
    before = nginx_workers(site)
    site.run("sh", "-c", left[0])
    wait_until(lambda: before.isdisjoint(nginx_workers(site)), "nginx answers by its new configuration alone")
    return site


def test_it_answers_over_http2(domain):
    answer = curl(domain, f"https://{NAME}/health", "-k", "-w", "\n%{http_version} %{http_code}")
    assert answer.endswith("\n2 200") and '"status":"ok"' in answer
    assert curl(domain, f"https://{NAME}/ui", "-k", "-o", "/dev/null", "-w", "%{http_code}") == "200"


def test_plain_http_leads_to_tls_and_leaves_certbot_its_place(domain):
    moved = curl(domain, f"http://{NAME}/shop/operations?x=1", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}")
    assert moved == f"308 https://{NAME}/shop/operations?x=1"
    place = domain.root / "var/www/choreo/.well-known/acme-challenge"
    place.mkdir(parents=True)
    (place / "token").write_text("proof")
    assert curl(domain, f"http://{NAME}/.well-known/acme-challenge/token") == "proof"


def test_the_site_on_loopback_still_answers(domain):
    assert domain.health()["status"] == "ok"


def test_a_private_key_is_private(domain):
    assert (domain.root / f"etc/choreo/tls/{NAME}.key").stat().st_mode & 0o777 == 0o600


def test_certbot_puts_its_certificate_there(domain):
    """certbot's own installer for nginx, with a certificate that stands for the one it would get."""
    subject = ["-subj", "/CN=certbot", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", "/root/key.pem", "-out", "/root/cert.pem"]
    domain.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject)
    domain.run("cp", "/root/cert.pem", "/root/chain.pem")
    paths = ["--cert-path", "/root/cert.pem", "--key-path", "/root/key.pem", "--fullchain-path", "/root/chain.pem"]
    domain.run("certbot", "install", "--nginx", "-n", "--no-redirect", "-d", NAME, *paths)
    site_file = (domain.root / f"etc/nginx/sites-available/choreo-{NAME}").read_text()
    assert "ssl_certificate /root/chain.pem" in site_file and "/etc/choreo/tls" not in site_file
    answer = curl(domain, f"https://{NAME}/health", "--cacert", "/root/cert.pem", "-w", "\n%{http_version} %{http_code}")
    assert answer.endswith("\n2 200"), answer


def test_an_expired_certificate_is_found_and_its_mend_is_said(domain):
    """What certbot has put there was not renewed."""
    domain.run("cp", "/root/chain.pem", "/root/good.pem")
    command = ["openssl", "req", "-x509", "-key", "/root/key.pem", "-days", "90", "-subj", f"/CN={NAME}", "-out", "/root/chain.pem"]
    domain.run("faketime", "-f", "-100d", *command)
    found = domain.run("choreoctl", "doctor", check=False)
    domain.run("cp", "/root/good.pem", "/root/chain.pem")
    said = r"certificate: /root/chain.pem \(in /etc/nginx/sites-enabled/choreo-\S+\) expired (9|10) days ago\n +certbot renew"
    assert found.returncode == 4 and re.search(said, found.stdout), found.stdout
    assert "expired" not in domain.run("choreoctl", "doctor", check=False).stdout


def test_what_is_there_is_not_overwritten_by_chance(domain):
    site_file = domain.root / f"etc/nginx/sites-available/choreo-{NAME}"
    before = site_file.read_text()
    refused = domain.run("choreoctl", "nginx", NAME, check=False)
    assert refused.returncode != 0 and "--force replaces it" in refused.stderr and site_file.read_text() == before
    domain.run("choreoctl", "nginx", "--force", NAME)
    assert site_file.read_text() != before


def test_a_certificate_of_its_own_making_that_has_expired_is_made_anew(domain):
    key, certificate = (f"/etc/choreo/tls/{NAME}.{ending}" for ending in ("key", "crt"))
    command = ["openssl", "req", "-x509", "-key", key, "-days", "90", "-subj", "/", "-out", certificate]
    domain.run("faketime", "-f", "-100d", *command)
    domain.run("choreoctl", "nginx", "--force", NAME)
    domain.run("openssl", "x509", "-noout", "-checkend", "86400", "-in", certificate)


def test_removing_takes_the_site_along_and_installing_brings_it_back(domain, package):
    domain.run("dpkg", "-r", "choreo")
    assert domain.run("nginx", "-t").returncode == 0
    domain.install(package)
    domain.wait_healthy()
    assert curl(domain, f"https://{NAME}/health", "-k", "-o", "/dev/null", "-w", "%{http_code}") == "200"
