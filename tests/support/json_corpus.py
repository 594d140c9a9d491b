"""The corpus of tests/golden/json, and reading JSON so that nothing of it is lost."""

import json
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "golden" / "json"
VALID = sorted((CORPUS / "valid").glob("*.json"))
INVALID = sorted((CORPUS / "invalid").glob("*/*.json"))
MAX_DEPTH = 128


def no_constant(text):
    raise ValueError(f"{text} is no JSON")


def exact(text):
    """A value in which everything that JSON can tell apart differs: numbers keep their text, members order and repeats.

    Python's reader, which knows nothing of ours.
    """
    return json.loads(
        text,
        parse_int=lambda number: ("number", number),
        parse_float=lambda number: ("number", number),
        parse_constant=no_constant,
        object_pairs_hook=lambda members: ("object", members),
    )


def member(value, *names):
    """What exact() has under these names and indexes, one inside the other."""
    for name in names:
        if isinstance(name, int):
            value = value[name]
        else:
            (value,) = [found for key, found in value[1] if key == name]
    return value


def canonical(file):
    """The text as core/json/canonical.h writes it."""
    expected = file.with_suffix(".canonical")
    return (expected if expected.exists() else file).read_bytes()


def depth(value):
    """Levels of an exact() value."""
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    if isinstance(value, tuple) and value[0] == "object":
        return 1 + max((depth(inner) for _, inner in value[1]), default=0)
    return 0
