"""What each operator does to the state (SPEC 3): the second opinion that tests hold the server against.

Written from SPEC alone, for clearness and not for speed: state at any point is had by applying the operations again."""

import copy

from .model_json import Num, by_bytes

ENDPOINTS = {"source", "from", "target", "to"}
# What answers say of an entity itself, and what the projection notes on it: no field has such a name.
RESERVED = {
    *("id", "table", "alive", "_table", "_alive", "_collapsed", "_suspended"),
    *("_ops", "_provenance", "_des", "_seg", "_syn_from"),
}
STANCES = ("accidental", "essential", "generative")


def as_id(value):
    """The id a JSON value stands for; None if it stands for none."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, Num) and value.is_integer:
        return value.text
    return None


def first_of(target, *names):
    return next((as_id(target[name]) for name in names if name in target), None)


def fields_of(target):
    return {name: value for name, value in target.items() if name not in RESERVED}


def table_of(operation):
    return operation["context"].get("table", "_default")


def is_nul(value):
    return isinstance(value, dict) and value.get("_nul") is True


def is_sup(value):
    return isinstance(value, dict) and isinstance(value.get("_sup"), list)


def has_marked(data, test):
    """Whether a field is superposed or destroyed. Names with `_` are the projection's own, and do not count."""
    return any(test(value) for name, value in data.items() if not name.startswith("_"))


class Entity:
    def __init__(self):
        self.data = {}
        self.alive = True
        self.last_op = 0


class Edge:
    def __init__(self, source, target, stance, coupling, data):
        self.source, self.target, self.stance, self.coupling, self.data = source, target, stance, coupling, data
        self.alive = True

    def shown(self):
        return {
            "source": self.source,
            "target": self.target,
            "stance": self.stance,
            "coupling": self.coupling,
            "data": self.data,
        }


def stance_of(target, coupling):
    if target.get("stance") is not None:
        return target["stance"]
    if coupling.value >= Num("0.7").value:
        return "essential"
    return "generative" if coupling.value >= Num("0.55").value else "accidental"


class Projection:
    def __init__(self, operations=()):
        self.tables = {}
        self.edges = []
        for operation in operations:
            self.apply(operation)

    # --- reading

    def find(self, table, entity_id):
        return self.tables.get(table, {}).get(entity_id)

    def alive(self, table):
        """(id, entity) of the alive ones, by id."""
        found = self.tables.get(table, {})
        return [(key, found[key]) for key in sorted(found, key=by_bytes) if found[key].alive]

    def tables_knowing(self, entity_id, alive_only=False):
        found = [name for name, entities in self.tables.items() if entity_id in entities]
        return sorted((t for t in found if self.tables[t][entity_id].alive or not alive_only), key=by_bytes)

    # --- the nine operators; each returns the entities whose `_ops` grows

    def apply(self, operation):
        for entity in getattr(self, operation["op"].lower())(operation, operation["target"], table_of(operation)):
            counts = entity.data.setdefault("_ops", {})
            counts[operation["op"]] = Num(int(counts.get(operation["op"], Num(0))) + 1)
            entity.last_op = operation["id"]

    def existing(self, table, entity_id):
        entity = self.find(table, entity_id)
        return [entity] if entity else []

    def ins(self, operation, target, table):
        entity_id = as_id(target.get("id"))
        if entity_id is None:
            return []
        entity = self.tables.setdefault(table, {}).setdefault(entity_id, Entity())
        entity.alive = True
        return self.set_fields(entity, operation)

    def alt(self, operation, target, table):
        entity = self.find(table, as_id(target.get("id")))
        return self.set_fields(entity, operation) if entity else []

    def set_fields(self, entity, operation):
        fields = fields_of(operation["target"])
        entity.data.update(fields)
        frame = operation["frame"]
        if any(frame.get(name) for name in ("epistemic", "source", "authority")):
            provenance = entity.data.setdefault("_provenance", {})
            for name in fields:
                provenance[name] = {"op_id": Num(operation["id"]), **seen_through(frame, name)}
        return [entity]

    def des(self, operation, target, table):
        entities = self.existing(table, as_id(target.get("id")))
        for entity in entities:
            fields = {name: value for name, value in fields_of(target).items() if name != "query"}
            entity.data.setdefault("_des", {}).update(fields)
        return entities

    def nul(self, operation, target, table):
        entity_id = first_of(target, "entity_id", "id")
        entities = self.existing(table, entity_id)
        for entity in entities:
            if isinstance(target.get("field"), str):
                entity.data[target["field"]] = {"_nul": True, "op_id": Num(operation["id"])}
                continue
            entity.alive = False
            for edge in self.edges:
                if entity_id in (edge.source, edge.target):
                    edge.alive = False
        return entities

    def con(self, operation, target, table):
        ends = first_of(target, "source", "from"), first_of(target, "target", "to")
        if None not in ends:
            coupling = target.get("coupling", Num("0.5"))
            known = ENDPOINTS | {"id", "stance", "coupling"}
            data = {name: value for name, value in target.items() if name not in known}
            self.edges.append(Edge(*ends, stance_of(target, coupling), coupling, data))
        # Each end counts: one that is both counts twice, and one alone, though it makes no edge, counts, too.
        tables = [(end, self.tables_knowing(end, alive_only=True)) for end in ends]
        return [self.tables[found[0]][end] for end, found in tables if found]

    def syn(self, operation, target, table):
        into_id, from_id = first_of(target, "merge_into", "primary"), first_of(target, "merge_from", "secondary")
        into, other = self.find(table, into_id), self.find(table, from_id)
        if not into or not other:
            return [into] if into else []  # the survivor took part, though nothing could be merged
        into.data = {**copy.deepcopy(other.data), **into.data}
        into.data["_syn_from"] = [*into.data.get("_syn_from", []), from_id]
        other.alive = False
        other.last_op = operation["id"]
        for edge in self.edges:
            if edge.alive:
                edge.source = into_id if edge.source == from_id else edge.source
                edge.target = into_id if edge.target == from_id else edge.target
        return [into]

    def sup(self, operation, target, table):
        entities = self.existing(table, as_id(target.get("id")))
        for entity in entities:
            if isinstance(target.get("field"), str) and isinstance(target.get("variants"), list):
                entity.data[target["field"]] = {"_sup": target["variants"], "op_id": Num(operation["id"])}
        return entities

    def seg(self, operation, target, table):
        entities = self.existing(table, as_id(target.get("id")))
        boundary = target.get("boundary", operation["context"].get("boundary"))
        for entity in entities:
            if boundary is not None:
                part = {"boundary": boundary, "op_id": Num(operation["id"])}
                entity.data["_seg"] = [*entity.data.get("_seg", []), part]
        return entities

    def rec(self, operation, target, table):
        if operation["context"].get("type") == "feedback_rule":
            self.store_rule(operation, target)
        return self.existing(table, as_id(target.get("id")))

    def store_rule(self, operation, target):
        rule_id = as_id(target.get("id")) or f"rule-{operation['id']}"
        rule = self.tables.setdefault("_rules", {}).setdefault(rule_id, Entity())
        rule.alive = True
        rule.data = fields_of(target)  # nothing stays of an earlier one
        rule.last_op = operation["id"]


def seen_through(frame, field):
    """The part of a frame that `_provenance` keeps for one field."""
    found = {}
    if frame.get("epistemic"):
        epistemic = frame["epistemic"]
        found["epistemic"] = epistemic.get(field, "unknown") if isinstance(epistemic, dict) else epistemic
    found.update({name: frame[name] for name in ("source", "authority") if frame.get(name)})
    return found
