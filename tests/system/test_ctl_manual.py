"""choreoctl's manual page and completion: made of what the commands say, so that none is missing."""

import re
import shutil
import subprocess

import pytest

from support.ctl import Ctl, commands_of_help, ctl, environment
from support.stack import REPOSITORY, build_dir

MAN = REPOSITORY / "ctl" / "man"
DAEMONS = ["choreo-broker", "choreo-dispatcher", "choreo-fcgi", "choreo-streamer"]


def rendered(text):
    """As man shows it, in plain letters, and what groff complains of."""
    if shutil.which("groff") is None:
        pytest.skip("groff-base is not installed")
    done = subprocess.run(
        ["groff", "-k", "-man", "-ww", "-Tutf8", "-P-cbou"], input=text.encode(), capture_output=True
    )
    return done.stdout.decode().replace("\u2010", "-").replace("\u2212", "-"), done.stderr.decode()


def test_every_command_and_option_is_in_the_manual():
    page = ctl("manual")
    assert page.status == 0
    text = page.out.replace("\\-", "-")
    assert {"backup", "doctor", "webhook rotate-secret", "log dump", "instance list"} <= set(commands_of_help())
    for name in commands_of_help():
        assert re.search(rf"^\.SS {re.escape(name)}( |$)", text, re.MULTILINE), name
        own = ctl(*name.split(), "--help").out.split("With every command")[0]
        for option in re.findall(r"^  (--[a-z-]+)", own, re.MULTILINE):
            assert f".B {option}" in text, f"{name} {option}"


def test_the_manual_can_be_shown():
    shown, complaints = rendered(ctl("manual").out)
    assert complaints == ""
    assert "EXIT STATUS" in shown and "--then COMMAND" in shown and "$CHOREO_BACKUP" in shown


@pytest.mark.parametrize("name", DAEMONS)
def test_each_daemon_has_a_page(name):
    program = build_dir() / "bin" / name
    page = subprocess.run([MAN / "with-options", program, MAN / f"{name}.8"], capture_output=True, text=True, check=True)
    shown, complaints = rendered(page.stdout)
    assert complaints == ""
    own = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    assert own.startswith(f"{name}: ") and re.search(rf"NAME\n +{name} +- \w", shown)
    assert sorted(DAEMONS) == sorted(path.stem for path in MAN.glob("*.8"))
    words = " ".join(shown.split())
    options = re.findall(r"^  (--[a-z-]+(?: [A-Z]+)?)(?:   \((\w+)\))?((?:\n      .+)*)", own, re.MULTILINE)
    assert len(options) >= 6
    for option, variable, told in options:
        assert " ".join([option, variable, *told.split()]).replace("  ", " ").strip() in words, option


def options_of_help(name):
    """{option: whether it takes a value}: the command's own, and those of every command."""
    texts = ctl(*name.split(), "--help").out.split("With every command")
    found = [dict(re.findall(r"(--[a-z-]+)( [A-Z]+)?(?=,| {2,}|\n)", text)) for text in texts]
    return found if len(found) == 2 else [{}, *found]


def complete(*words, **settings):
    return ctl("complete", "--", *words, **settings).lines


def test_every_command_and_option_is_completed():
    """What --help says of each command, and nothing else."""
    names = commands_of_help()
    assert set(complete("")) == {name.split()[0] for name in names}
    for name in names:
        first, *second = name.split()
        assert not second or second[0] in complete(first, "")
        own, common = options_of_help(name)
        assert len(common) >= 9 and set(complete(*name.split(), "--")) == {*own, *common}, name
        for option, value in {**own, **(common if name == "backup" else {})}.items():
            # The word after it is its own, or an option again.
            assert bool(complete(*name.split(), option, "--")) != bool(value), (name, option)


def test_words_that_may_follow():
    assert "instance" in complete("") and "webhook" in complete("we")
    assert complete("webhook", "ro") == ["rotate-secret"]
    assert complete("instance", "x") == []
    assert "--keep" in complete("backup", "--") and "--url" in complete("backup", "--u")
    assert complete("backup", "--then", "") == [], "an option's value is the operator's"
    assert complete("nonsense", "more", "") == []


def test_instances_and_webhooks_are_asked_for(stack, client, instance):
    added = client.ok(client.post(f"/{instance}/webhooks", {"url": "http://127.0.0.1:9/x", "active": False}))["added"]
    settings = Ctl(stack).settings
    assert complete("tail", instance[:8], **settings) == [instance]
    assert complete("webhook", "show", "--json", instance, "wh", **settings) == [added["id"]]
    assert complete("webhook", "show", "not-there", "", **settings) == []
    assert complete("tail", "", CHOREO_URL="http://127.0.0.1:1") == []


def test_bash_completes(stack, instance):
    path = REPOSITORY / "ctl" / "completion" / "choreoctl"
    script = f"""PATH={build_dir() / "bin"}:$PATH; source {path}
    COMP_WORDS=(choreoctl query {instance[:8]}); COMP_CWORD=2; _choreoctl; echo "${{COMPREPLY[@]}}"
    COMP_WORDS=(choreoctl instance ""); COMP_CWORD=2; _choreoctl; echo "${{COMPREPLY[@]}}"
    COMP_LINE='choreoctl --url=http://127.0.0.1:1  --port 1 inst'
    COMP_WORDS=(choreoctl --url = http : //127.0.0.1 : 1 --port 1 inst); COMP_CWORD=10; _choreoctl; echo "${{COMPREPLY[@]}}"
    COMP_LINE='choreoctl instance '; COMP_WORDS=(choreoctl instance ""); COMP_CWORD=2; _choreoctl; echo "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment(Ctl(stack).settings))
    commands = "create delete info list rebuild"
    assert done.stdout.splitlines() == [instance, commands, "instance", commands], done
    assert done.stderr == ""
