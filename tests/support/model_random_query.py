"""Random queries over the names and values of a model_random.Random."""

from .model_checks import time_of
from .model_json import Num
from .model_projection import STANCES
from .model_query import Bare, Meta, Param, State, Stream, Table

COMPARISONS = ["=", "=", "=", "!=", "<", "<=", ">", ">="]
OPERATORS = ["NUL", "DES", "INS", "SEG", "CON", "SYN", "ALT", "SUP", "REC"]
# What is a key of state() itself; a field of that name is asked for as target.<name>.
RESERVED = {"limit", "order", "at", "at_op", "table", "offset", "cursor"}


class RandomQueries:
    def __init__(self, draw):
        self.draw = draw

    def param(self, key, value, op=None):
        style, space = self.draw.pick(["plain", "plain", "json", "ascii"]), self.draw.pick(["", "", " ", "\n\t "])
        return Param(key, op or self.draw.pick(COMPARISONS), value, self.draw.pick("\"'"), style, space)

    def literal(self):
        """A value that EOQL can write: no arrays and objects."""
        while True:
            value = self.draw.value()
            if value == "open" and self.draw.chance(0.5):
                return Bare(value)
            if not isinstance(value, (list, dict)):
                return value

    def table(self):
        return self.draw.pick([*self.draw.tables, "_rules", "_emergent"])

    def filter(self):
        kind = self.draw.random.randrange(12)
        if kind < 6:
            name = self.draw.pick(self.draw.fields)
            bare = name not in RESERVED and "." not in name and not name.startswith("_") and self.draw.chance(0.5)
            return self.param(name if bare else "target." + name, self.literal())
        if kind == 6:
            return self.param(self.draw.pick(["target.id", "id"]), self.draw.pick(self.draw.ids))
        if kind == 7:
            return self.param(self.draw.pick(["_has_sup", "_has_nul"]), self.draw.chance(0.5), "=")
        if kind == 8:
            return self.param("_seg.boundary", self.draw.pick(["north", "south", "a'b\"c"]))
        if kind == 9:
            return self.param("_ops." + self.draw.pick(OPERATORS), Num(self.draw.random.randrange(4)))
        key = self.draw.pick(["frame.source", "frame.authority", "frame.epistemic"])
        return self.param(key, self.draw.pick(["walk", "seen", "unknown", "s'o\"u\\r)ce"]))

    def query(self):
        """A function that makes the query for a session: times are those of operations of its log."""
        kind = self.draw.random.randrange(20)
        if kind == 0:
            return lambda session, name=self.table(): Table(name)
        if kind == 1:
            return lambda session, name=self.draw.pick(["types", "rules", "fields", "emergent"]): Meta(name)
        return self.stream() if kind < 6 else self.state()

    def state(self):
        params = [self.param("context.table", self.table(), "=")] if self.draw.chance(0.85) else []
        filters = [self.filter() for _ in range(self.draw.random.choice([0, 1, 1, 1, 2, 3]))]
        once = {param.key: param for param in filters if param.key.startswith("_has_")}
        params += [param for param in filters if once.get(param.key, param) is param]
        if self.draw.chance(0.25):
            params.append(self.param(self.draw.pick(["_include_dead", "_only_dead"]), self.draw.chance(0.8), "="))
        if self.draw.chance(0.3):
            order = self.draw.pick(["", "-"]) + self.draw.pick(["id", *self.draw.fields])
            params.append(self.param("order", order, "="))
        if self.draw.chance(0.2):
            params.append(self.param("limit", Num(self.draw.random.randint(1, 4)), "="))
        if self.draw.chance(0.25):
            params.append(self.param("at_op", Num(self.draw.random.randrange(60)), "="))
        at = self.draw.random.randrange(60) if self.draw.chance(0.15) else None
        chain = self.chain() if self.draw.chance(0.35) else None
        self.draw.random.shuffle(params)
        return lambda session: State(params + self.time(session, "at", at), chain)

    def chain(self):
        options = {
            "hops": Num(self.draw.random.randint(1, 16)),
            "min_coupling": self.draw.coupling(),
            "stance": self.draw.pick(STANCES),
            "exclude": self.draw.pick(STANCES),
        }
        return [self.param(name, value, "=") for name, value in options.items() if self.draw.chance(0.3)]

    @staticmethod
    def time(session, key, number):
        return [] if number is None else [Param(key, "=", time_of(session, number))]

    def stream(self):
        params = []
        if self.draw.chance(0.4):
            params.append(self.param("op", self.draw.pick(OPERATORS), self.draw.pick(["=", "!="])))
        for _ in range(self.draw.random.randrange(3)):
            params.append(self.stream_filter())
        if self.draw.chance(0.4):
            params.append(self.param("limit", Num(self.draw.random.randint(1, 20)), "="))
        times = [(key, self.draw.random.randrange(60)) for key in ("after", "before") if self.draw.chance(0.15)]
        return lambda session: Stream(params + [p for key, number in times for p in self.time(session, key, number)])

    def stream_filter(self):
        name = self.draw.pick(self.draw.fields)
        return self.draw.pick([
            lambda: self.param("target." + name, self.literal()),
            lambda: self.param("target." + self.draw.pick(["id", "source"]), self.draw.pick([*self.draw.ids, Num(7)])),
            lambda: self.param("context.table", self.draw.table(), self.draw.pick(["=", "!="])),
            lambda: self.param("frame." + self.draw.pick(["source", "reason"]), self.draw.pick(["walk", None])),
            lambda: self.param("context.trace_id", self.draw.pick(["trace-1", 'tr"a\\ce', None])),
            lambda: self.param("context.generated_by", Num(self.draw.random.randrange(40))),
        ])()  # fmt: skip
