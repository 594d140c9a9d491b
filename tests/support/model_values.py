"""Names and values for random logs: few, so that operations meet, and many of them awkward."""

TABLES = [
    "t", "u", "T", "_default", "50%/x?", "..", "tab'le \"q\" \\ >> x", "ключ)",
]  # fmt: skip
IDS = [
    "e1", "e2", "e3", "e4", "a.b@example.org", "fields.x", "7", "007", "o'brien", "say \"hi\"", "back\\slash",
    "a)b,c", "x >> CON(hops=2)", "k=v", "  padded  ", "😀", "e\u0301", "\u00e9", "line\u2028end", "50%+a&b?c#d", "a/b",
    "L" * 512, "E1", "..", ".", " ", "%2e", "~\u00a0", "\U0001f468\u200d\U0001f469", "{id}", "-5", "null", "true",
    "profile-p1",
]  # fmt: skip
FIELDS = [
    "x", "y", "z", "a b", "q'\"\\", "ключ", "dot.ted", "😀,)", "status", "source", "name", "limit", "_note", "alive",
    "table", "_ops", "_seg", "_des", "_syn_from", "_provenance", "coupling", "field", "boundary", "type", "order", "value", "op", "Status",
    "F" * 200, "\u0000", "new\nline", "\u00e9", "e\u0301",
]  # fmt: skip
TEXTS = [
    "", "open", "Open", "true", "1", "null", "a, b", ")", "') >> CON(", "\"", "'", "\\", "\\\"", "\\n", "two\nlines",
    "tab\t", "e\u0301", "\u00e9", "😀", "\u2028", "\u0000", "\u007f", "\ufeff", "  lead", "=", "{trigger.target.x}",
    "%41", "S" * 3000,
]  # fmt: skip
NUMBERS = [
    "0", "-0", "1", "1.0", "1.10", "1e2", "100", "1E+2", "-1", "0.5", "5e-1", "3.14159", "1" * 40, "1" * 39 + "2",
    "1e400", "9007199254740993", "9007199254740992",
]  # fmt: skip
# JSON whose inner names are awkward too, and pairs that are equal though written otherwise.
NESTED = [
    '{"a":{"b":[1,1.0,{"c d":null}]}}',
    '{"ключ":1,"q\\"":2,"":3}',
    "[]",
    "{}",
    '[null,true,"x"]',
    '{"b":1,"a":1.0}',
    '{"a":1,"b":1}',
]
BOUNDARIES = ["north", "south", "a'b\"c"]
SOURCES = ["walk", "s'o\"u\\r)ce", "news"]
