"""JSON for the model: numbers keep their text, `==` compares as sent, `equal` as SPEC's JSON equality does."""

import json
from decimal import Decimal


class Num:
    """A JSON number. `==` is equality of text, so that a value that was rewritten on its way is found."""

    __slots__ = ("text",)

    def __init__(self, text):
        self.text = str(text)

    @property
    def value(self):
        return Decimal(self.text)

    @property
    def is_integer(self):
        return self.text.removeprefix("-").isdigit()

    def __eq__(self, other):
        return isinstance(other, Num) and self.text == other.text

    def __hash__(self):
        return hash(self.text)

    def __int__(self):
        return int(self.text)

    def __repr__(self):
        return f"#{self.text}"


def loads(text):
    """A repeated key is an error: no answer may have one."""

    def pairs(members):
        found = dict(members)
        assert len(found) == len(members), f"a key twice in {text[:500]!r}"
        return found

    return json.loads(text, parse_int=Num, parse_float=Num, object_pairs_hook=pairs)


def dumps(value, ascii_only=False):
    if isinstance(value, Num):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(dumps(k, ascii_only) + ":" + dumps(v, ascii_only) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dumps(v, ascii_only) for v in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def equal(a, b):
    """1 equals 1.0, true does not equal 1, the order of keys does not matter."""
    if isinstance(a, Num) and isinstance(b, Num):
        return a.value == b.value
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    return a == b


def by_bytes(text):
    """The order of ids and tables."""
    return text.encode("utf-8")


def holds(op, value, wanted):
    """What a condition says of one value; None where there is none."""
    if op == "=":
        return equal(value, wanted)
    if op == "!=":
        return not equal(value, wanted)
    if isinstance(value, Num) and isinstance(wanted, Num):
        a, b = value.value, wanted.value
    elif isinstance(value, str) and isinstance(wanted, str):
        a, b = by_bytes(value), by_bytes(wanted)
    else:
        return False
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


MISSING = object()


def at_path(value, path):
    """The member of that very name, dots included, else what following its parts into objects finds; or MISSING."""
    if not isinstance(value, dict):
        return MISSING
    if path in value:
        return value[path]
    dots = [at for at, character in enumerate(path) if character == "."]
    found = (at_path(value.get(path[:dot]), path[dot + 1 :]) for dot in dots)
    return next((value for value in found if value is not MISSING), MISSING)
