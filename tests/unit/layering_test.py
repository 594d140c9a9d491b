"""The rules of the source tree that no compiler checks: who includes whom, clock and randomness, sizes.

tests/unit/layering_test.py is run by pytest; docs/ARCHITECTURE.md states the same rules in words.
"""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CORE = REPOSITORY / "core"
DAEMONS = ("fcgi", "broker", "streamer", "dispatcher", "ctl")
MAX_FILE_LINES = 400
MAX_MAIN_LINES = 120

SOURCE_DIRECTORIES = ("core", *DAEMONS, "tests", "bench", "scripts", "ui", "nginx", "systemd", "packaging", "cmake")
SUFFIXES = {".h", ".cpp", ".py", ".ts", ".tsx", ".mjs", ".js", ".css", ".html", ".cmake", ".conf", ".sh", ".service", ".socket"}
PROGRAMS = {path for path in (REPOSITORY / "scripts").iterdir() if path.is_file()}

# Reads of a clock, sleeps, and sources of randomness, which belong behind core/base's Clock and Random.
DIRECT_CALLS = re.compile(
    r"""\bstd::chrono::\w*(?:system|steady|high_resolution)_clock::now
      | \b(?:system|steady|high_resolution)_clock::now
      | \bstd::this_thread::sleep_(?:for|until)
      | \b(?:usleep|nanosleep|clock_nanosleep|clock_gettime|gettimeofday|getrandom|srand|random_r|arc4random\w*)\s*\(
      | (?<![\w:.>])(?:::|std::)?(?:time|sleep|rand|random|clock)\s*\(\s*(?:nullptr|NULL|0|\d+|)\s*\)
      | \bstd::random_device\b | \bstd::mt19937
      | \bRAND_(?:priv_)?bytes\b | /dev/u?random""",
    re.VERBOSE,
)


def sources(*directories, suffixes=(".h", ".cpp")):
    found = [p for d in directories for p in (REPOSITORY / d).rglob("*") if p.suffix in suffixes]
    return sorted(p for p in found if "node_modules" not in p.parts)


def name(path):
    return str(path.relative_to(REPOSITORY))


def code_of(path):
    """The text without comments, with its line breaks."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.DOTALL)
    return re.sub(r"(^|\s)//[^\n]*", r"\1", text)


def includes(path):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)


def direct_layers():
    """folder → the core folders that core/CMakeLists.txt gives it."""
    direct = {}
    for folder, dependencies in re.findall(r"choreo_core\((\w+) DEPS ([^)]*)\)", (CORE / "CMakeLists.txt").read_text()):
        direct[folder] = {d.removeprefix("choreo_") for d in dependencies.split() if d.startswith("choreo_")}
    return direct


def layers():
    """folder → the core folders it may use, itself and what those may use included."""
    direct = direct_layers()

    def reachable(folder):
        found = {folder}
        for dependency in direct[folder]:
            found |= reachable(dependency)
        return found

    return {folder: reachable(folder) for folder in direct}


def daemon_layers(daemon):
    text = (REPOSITORY / daemon / "CMakeLists.txt").read_text(encoding="utf-8")
    declared = re.findall(r"\bchoreo_(\w+)", text.partition("DEPS")[2])
    allowed = layers()
    return set().union(*(allowed[folder] for folder in declared if folder in allowed))


def test_every_core_folder_is_a_declared_library():
    folders = {path.name for path in CORE.iterdir() if path.is_dir() and any(path.iterdir())}
    assert folders == set(layers())


def test_the_architecture_page_says_the_same():
    page = (REPOSITORY / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    told = {}
    for folder, uses in re.findall(r"^    (\w+) +\S.*\(([a-z, ]+)\)$", page, re.MULTILINE):
        told[folder] = set() if uses == "nothing" else set(uses.split(", "))
    assert told == direct_layers()


@pytest.mark.parametrize("folder", sorted(layers()))
def test_core_folder_includes_only_what_it_declares(folder):
    allowed = layers()[folder]
    wrong = [
        f"{name(path)} includes {header}"
        for path in sources(f"core/{folder}")
        for header in includes(path)
        if header.split("/")[0] not in allowed
    ]
    assert not wrong, f"core/{folder} may use {sorted(allowed)}: {wrong}"


def test_the_fastcgi_layer_knows_nothing_of_choreo():
    """fcgi/server depends on its own handler interface, on base and on service; nothing else of fcgi includes libfcgi."""
    wrong = [
        f"{name(path)} includes {header}"
        for path in sources("fcgi/server")
        for header in includes(path)
        if not header.startswith("fcgi/server/") and header.split("/")[0] not in ("base", "service")
    ]
    others = [p for p in sources("core", *DAEMONS) if p.parent != REPOSITORY / "fcgi" / "server"]
    wrong += [name(path) for path in others if re.search(r"#\s*include\s+<fcgi", code_of(path))]
    assert not wrong, wrong


@pytest.mark.parametrize("daemon", DAEMONS)
def test_daemon_includes_core_as_declared_and_no_other_daemon(daemon):
    allowed = daemon_layers(daemon)
    wrong = []
    for path in sources(daemon):
        for header in includes(path):
            first = header.split("/")[0]
            if (CORE / header).exists():
                if first not in allowed:
                    wrong.append(f"{name(path)} includes {header}")
            elif first in DAEMONS and first != daemon:
                wrong.append(f"{name(path)} includes {header}")
    assert not wrong, wrong


def test_clock_and_randomness_are_used_through_base():
    found = []
    for path in sources("core", *DAEMONS):
        if path.parent == CORE / "base":
            continue
        for number, line in enumerate(code_of(path).splitlines(), 1):
            if DIRECT_CALLS.search(line):
                found.append(f"{name(path)}:{number}: {line.strip()}")
    assert not found, found


@pytest.mark.parametrize(
    "line",
    [
        "auto t = std::chrono::steady_clock::now();",
        "std::this_thread::sleep_for(1s);",
        "time(nullptr)",
        "return ::time(0);",
        "std::random_device seed;",
        "usleep(10);",
        "sleep(1);",
        "if (rand() % 2) x();",
    ],
)
def test_the_pattern_finds_direct_calls(line):
    assert DIRECT_CALLS.search(line)


@pytest.mark.parametrize("line", ["clock.wall_ms()", "operation_time(0)", "retry.time(0)", "randomize()", "x->clock()"])
def test_the_pattern_leaves_other_names_alone(line):
    assert not DIRECT_CALLS.search(line)


def test_only_the_log_knows_sqlite():
    """A second store must be possible: SQL stays in core/log, below it core/sqlite, and control's own registrations."""
    allowed = {CORE / "sqlite", CORE / "log", CORE / "control"}
    wrong = [
        f"{name(path)} includes {header}"
        for path in sources("core", *DAEMONS)
        if path.parent not in allowed
        for header in re.findall(r'#\s*include\s+[<"]((?:sqlite/)[^>"]+|sqlite3\.h)[>"]', path.read_text(encoding="utf-8"))
    ]
    assert not wrong, wrong


def test_faults_a6_no_hash_of_text_that_a_client_could_foresee():
    """base/text_map.h has the containers for text; others may hash numbers and pointers of the process's own."""
    pattern = re.compile(r"unordered_(?:multi)?(?:map|set)<\s*(?:const\s+)?std::(?:string|string_view|pair|tuple)|std::hash<")
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in sources("core", *DAEMONS)
        if path.name != "text_map.h"
        for number, line in enumerate(code_of(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, found


def test_no_file_is_too_long():
    paths = sources(*SOURCE_DIRECTORIES, suffixes=SUFFIXES)
    long = {}
    for path in {*paths, *PROGRAMS}:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_FILE_LINES:
            long[name(path)] = lines
    assert not long, long


@pytest.mark.parametrize("daemon", DAEMONS)
def test_main_only_parses_builds_and_runs(daemon):
    main = REPOSITORY / daemon / "main.cpp"
    assert len(main.read_text(encoding="utf-8").splitlines()) <= MAX_MAIN_LINES


def test_headers_are_guarded_and_say_what_they_are_for():
    for path in sources("core", *DAEMONS, suffixes=(".h",)):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("//"), f"{name(path)} does not begin with its purpose"
        assert "#pragma once" in lines, f"{name(path)} has no #pragma once"
