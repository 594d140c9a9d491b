"""Random requests over few tables, ids, fields and values, so that they meet; many of them awkward."""

from .model_json import Num, dumps, loads
from .model_projection import RESERVED
from .model_values import BOUNDARIES, FIELDS, IDS, NESTED, NUMBERS, SOURCES, TABLES, TEXTS


class Random:
    """Draws for requests and for queries, all from one random.Random."""

    def __init__(self, random):
        self.random = random
        # Each log has some of the awkward names, so that its operations meet.
        self.tables = ["t", *random.sample(TABLES[1:], random.choice([1, 2, 2]))]
        self.ids = random.sample(IDS, random.choice([3, 6, 6, 8]))
        self.fields = ["x", *random.sample(FIELDS[1:], 3)]
        self.values = [self.any_value() for _ in range(10)]
        usual = {"INS": 24, "ALT": 14, "DES": 7, "NUL": 8, "CON": 14, "SYN": 7, "SUP": 10, "SEG": 6, "REC": 12}
        # Some logs are mostly of a few operators.
        self.weights = {op: weight * random.choice([1, 1, 1, 0.2, 4]) for op, weight in usual.items()}

    def chance(self, share):
        return self.random.random() < share

    def pick(self, things):
        return self.random.choice(things)

    # --- values

    def any_value(self):
        kind = self.random.randrange(10)
        if kind < 4:
            return self.pick(TEXTS)
        if kind < 7:
            return Num(self.pick(NUMBERS))
        return loads(self.pick(NESTED)) if kind < 9 else self.pick([True, False, None])

    def value(self):
        return self.pick(self.values) if self.chance(0.8) else self.any_value()

    def entity_id(self):
        name = self.pick(self.ids)
        return Num(name) if name == "7" and self.chance(0.5) else name

    def some_fields(self, most=3):
        names = self.random.sample(self.fields, self.random.randint(0, min(most, len(self.fields))))
        return {name: self.value() for name in names}

    def field(self):
        """One that may be named: not what the server keeps itself."""
        return self.pick([name for name in self.fields if name not in RESERVED])

    def coupling(self):
        return Num(self.pick(["0", "0.5", "0.55", "0.549", "0.7", "0.70", "0.6999", "1", "1.0", "5e-1"]))

    def table(self):
        return self.pick(self.tables)

    # --- operations

    def operation(self):
        """A body in either wire form that no server may refuse."""
        op = self.random.choices(list(self.weights), list(self.weights.values()))[0]
        make = getattr(self, op.lower(), None)
        target, context, frame = make() if make else self.plain(op)
        table = context.get("table", self.table())
        if self.chance(0.25) and "." not in table and op != "REC":
            return self.dots(op, table, target, context, frame)
        if table != "_default" or self.chance(0.5):
            context = {"table": table, **context}
        body = {"op": op, "target": target}
        if context or self.chance(0.5):
            body["context"] = context
        if frame or self.chance(0.5):
            body["frame"] = frame
        if self.chance(0.05):
            body["comment"] = {"ignored": self.value()}
        return body

    def plain(self, op):
        target = {"id": self.entity_id(), **self.some_fields()}
        if self.chance(0.03):
            del target["id"]
        return target, {"source": "test"} if self.chance(0.1) else {}, self.frame()

    def frame(self):
        frame = {}
        if self.chance(0.2):
            frame["source"] = self.pick(SOURCES)
        if self.chance(0.15):
            frame["authority"] = self.pick(SOURCES)
        if self.chance(0.2):
            by_field = {name: self.pick(["seen", "told"]) for name in self.random.sample(self.fields, 2)}
            frame["epistemic"] = by_field if self.chance(0.5) else "seen"
        if self.chance(0.1):
            frame["reason"] = self.value()
        return frame

    def nul(self):
        name = self.entity_id()
        if self.chance(0.5):
            return {"id": name}, {}, self.frame()
        target = {"entity_id" if self.chance(0.6) else "id": name, "field": self.field()}
        return target, {}, self.frame()

    def con(self):
        names = self.pick([("source", "target"), ("from", "to"), ("source", "to")])
        target = {names[0]: self.entity_id(), names[1]: self.entity_id()}
        if self.chance(0.7):
            target["coupling"] = self.coupling()
        if self.chance(0.3):
            target["stance"] = self.pick(["accidental", "essential", "generative"])
        if self.chance(0.3):
            known = {"source", "coupling", "id"}
            target |= {name: value for name, value in self.some_fields(2).items() if name not in known}
        if self.chance(0.1):
            target["id"] = self.entity_id()
        if self.chance(0.03):
            del target[names[0]]
        return target, {}, self.frame()

    def syn(self):
        names = self.pick([("merge_into", "merge_from"), ("primary", "secondary"), ("merge_into", "secondary")])
        into, other = self.random.sample(self.ids, 2)
        return {names[0]: into, names[1]: other}, {}, self.frame()

    def sup(self):
        variants = [self.variant() for _ in range(self.random.randrange(4))]
        return {"id": self.entity_id(), "field": self.field(), "variants": variants}, {}, self.frame()

    def variant(self):
        if self.chance(0.15):
            return self.value()
        return {"source": self.pick(SOURCES), "value": self.value()}

    def seg(self):
        target = {"id": self.entity_id()}
        context = {"boundary": self.pick(BOUNDARIES)} if self.chance(0.4) else {}
        if self.chance(0.7):
            target["boundary"] = self.pick(BOUNDARIES)
        return target, context, self.frame()

    def dots(self, op, table, target, context, frame):
        prefix = {"CON": "conn.", "SYN": "merge."}.get(op, "fields.")
        text, operand = f"tables.{table}", {}
        field = target.get("field")
        if op == "NUL" and field is not None and "id" not in target and isinstance(target["entity_id"], str):
            text += f".{target['entity_id']}.fields.{field}"
            target = {}
        elif isinstance(target.get("id"), str) and ".fields." not in target["id"] and op not in ("CON", "SYN"):
            text += "." + target["id"]
            target = {name: value for name, value in target.items() if name != "id"}
        for name, value in target.items():
            # A bare key with a dot would be read as prefix and name, if it were one of the prefixes.
            with_prefix = name not in ("id", "entity_id") and self.chance(0.8) or "." in name
            operand[prefix + name if with_prefix else name] = value
        operand |= {"meta." + name: value for name, value in context.items() if name != "table"}
        body = {"op": op, "target": text}
        if operand or self.chance(0.5):
            body["operand"] = operand
        if frame:
            body["frame"] = frame
        return body

    # --- REC

    def rec(self):
        kind = self.random.randrange(10)
        if kind < 5:
            return self.snapshot()
        if kind < 7:
            return self.rule()
        if kind < 9:
            return self.scan()
        context = {"type": "other"} if self.chance(0.5) else {}
        return {"id": self.entity_id(), "note": self.value()}, context, {}

    def snapshot(self):
        match_on = self.pick(["id", "id", self.field()])
        rows = []
        for _ in range(self.random.randrange(5)):
            row = self.some_fields(4)
            row["id"] = self.entity_id()
            if match_on != "id" and self.chance(0.7):
                row[match_on] = self.pick([self.entity_id(), self.value()])
            if self.chance(0.1):
                del row["id"]
            row |= {name: None for name in self.random.sample(self.fields, 1) if self.chance(0.4) and name != match_on}
            if match_on != "id" and not self.keylike(row.get(match_on)):
                row.pop(match_on, None)
            rows.append(row)
        if not any(self.keylike(row.get(match_on)) or isinstance(row.get(match_on), (bool, Num)) for row in rows):
            rows = []  # refused otherwise
        frame = {}
        if match_on != "id" or self.chance(0.2):
            frame["match_on"] = match_on
        if self.chance(0.6):
            frame["absence_means"] = self.pick(["unchanged", "deleted", "investigate"])
        if self.chance(0.7):
            frame["null_fields_mean"] = self.pick(["unchanged", "cleared", "unknown"])
        if self.chance(0.3):
            frame["ignore_fields"] = self.random.sample(self.fields, 1)
        return {"rows": rows}, {"type": "snapshot_ingest"}, frame

    @staticmethod
    def keylike(value):
        if isinstance(value, Num):
            return value.is_integer
        return isinstance(value, str) and 0 < len(value) <= 512 and min(value) >= " " and "\x7f" not in value

    def rule(self):
        op = self.pick(list(self.weights))
        match = {}
        if self.chance(0.5):
            match["context.table"] = self.table()
        if self.chance(0.3):
            match[self.pick(["target.x", "x", "target." + self.pick(self.fields)])] = self.expectation()
        trigger = {"op": op} if self.chance(0.8) else {}
        if self.chance(0.2):
            trigger["where"] = self.where()
        if match or self.chance(0.3):
            trigger["match"] = match
        action = {"op": self.pick(list(self.weights)[:-1])}
        ids = ["{trigger.target.id}", "{trigger.id}", "made-{trigger.target.id}", self.pick(self.ids)]
        template = {"id": self.pick(ids)}
        if action["op"] == "CON":
            coupling = self.pick(["{trigger.x}", Num("0.9")])
            template = {"source": self.pick(ids), "to": self.pick(self.ids), "coupling": coupling}
        elif action["op"] == "SYN":
            template = {"merge_into": self.pick(self.ids), "merge_from": self.pick(ids)}
        elif action["op"] == "SUP":
            variants = self.pick(["{trigger.variants}", ["{trigger.x}"]])
            template |= {"field": self.pick(self.fields), "variants": variants}
        elif action["op"] != "NUL" or self.chance(0.5):
            template |= {name: self.template() for name in self.random.sample(self.fields, 2) if name != "field"}
        action["target_template"] = template
        if self.chance(0.8):
            action["context"] = {"table": self.pick([*self.tables, "{trigger.context.table}"])}
        target = {"id": self.pick(["r1", "r2", "r'3\""]), "trigger": trigger, "action": action}
        if self.chance(0.1):
            del target["id"]
        return target, {"type": "feedback_rule", "table": self.pick(["_rules", "t"])}, {}

    def expectation(self):
        """What a rule's match may say of one member: a value, or a comparison."""
        if self.chance(0.4):
            return self.comparison() + self.pick(["", " "]) + dumps(self.ordered())
        value = self.value()
        return f"={dumps(value)}" if isinstance(value, str) and value[:1] and value[0] in "=!<>" else value

    def comparison(self):
        return self.pick(["=", "!=", "<", "<=", ">", ">="])

    def ordered(self):
        """What has an order: a number or a text."""
        return next(value for value in iter(self.value, self) if isinstance(value, (Num, str)))

    def where(self):
        of_target = f"target.{self.pick(['x', 'id', 'status'])}{self.comparison()}{dumps(self.pick(['1', '7', 'open', self.ordered()]))}"
        return self.pick([
            of_target,
            f"{of_target}, context.table!={dumps(self.table())}",
            "target.x<=100",
            "frame.source = walk,target.x!=null",
        ])  # fmt: skip

    def template(self):
        whole = "{trigger.target." + self.pick(self.fields) + "}"
        parts = ["<{trigger.target.x}|{trigger.x}>", "{trigger.frame.source}", "{} " + whole, "plain"]
        return self.pick([whole, [whole], *parts])

    def scan(self):
        target = {}
        if self.chance(0.4):
            target["min_internal_coupling"] = self.coupling()
        if self.chance(0.4):
            target["min_stance"] = self.pick(["accidental", "essential", "generative"])
        if self.chance(0.7):
            target["min_cluster_size"] = Num(self.pick(["1", "2", "3", "4"]))
        return target, {"type": "emergence_scan"}, self.frame()
