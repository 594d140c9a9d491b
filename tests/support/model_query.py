"""EOQL over the model (SPEC 5). A query is a structure that prints itself, so that nothing here parses."""

import json
import re
from dataclasses import dataclass, field

from .model_json import MISSING, Num, at_path, by_bytes, dumps, holds
from .model_projection import Projection, has_marked, is_nul, is_sup, table_of
from .model_profile import replayed
from .model_wire import NAMES


class Bare(str):
    """A word without quotes."""


def quoted(text, quote='"', style="plain"):
    """style: plain, all but quote and backslash as they are; json, as JSON has it; ascii, with \\u."""
    if style == "plain":
        return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote
    inner = json.dumps(text, ensure_ascii=style == "ascii")[1:-1]
    return quote + (inner if quote == '"' else inner.replace("'", "\\'")) + quote


@dataclass
class Param:
    key: str
    op: str
    value: object
    quote: str = '"'
    style: str = "plain"
    space: str = ""

    def text(self):
        shown = self.value
        if isinstance(shown, str) and not isinstance(shown, Bare):
            shown = quoted(shown, self.quote, self.style)
        elif self.style == "ascii" and isinstance(shown, bool):
            shown = str(shown)  # True and False, as Python has them
        elif not isinstance(shown, str):
            shown = dumps(shown)
        plain_key = re.fullmatch(r"[A-Za-z0-9_.-]+", self.key)
        key = self.key if plain_key else quoted(self.key, self.quote, self.style)
        return f"{key}{self.space}{self.op}{self.space}{shown}"


def listed(params):
    return ", ".join(param.text() for param in params)


@dataclass
class State:
    params: list
    chain: list = None

    def text(self):
        chain = "" if self.chain is None else f" >> CON({listed(self.chain)})"
        return f"state({listed(self.params)}){chain}"


@dataclass
class Stream:
    params: list = field(default_factory=list)

    def text(self):
        return f"stream({listed(self.params)})"


@dataclass
class Meta:
    name: str

    def text(self):
        return f"meta({self.name})"


@dataclass
class Table:
    name: str

    def text(self):
        plain_name = re.fullmatch(r"[A-Za-z0-9_-]+", self.name)
        return self.name if plain_name else quoted(self.name)


def variant_values(sup):
    return [v.get("value") if isinstance(v, dict) else v for v in sup["_sup"]]


def field_holds(param, value):
    wanted = plain(param.value)
    if is_sup(value):
        return any(holds(param.op, variant, wanted) for variant in variant_values(value))
    return holds(param.op, None if is_nul(value) else value, wanted)


def plain(value):
    return str(value) if isinstance(value, Bare) else value


def member(value, path):
    found = at_path(value, path)
    return None if found is MISSING else found


# --- state()

OPTIONS = {"context.table", "at", "at_op", "limit", "order", "_include_dead", "_only_dead"}


def entity_holds(param, entity_id, entity):
    name, data = param.key.removeprefix("target."), entity.data
    wanted = plain(param.value)
    if param.key in ("target.id", "id"):
        return holds(param.op, entity_id, wanted.text if isinstance(wanted, Num) else wanted)
    if param.key == "_seg.boundary":
        return any(holds(param.op, part["boundary"], wanted) for part in data.get("_seg", []))
    if param.key in ("_has_sup", "_has_nul"):
        test = is_sup if param.key == "_has_sup" else is_nul
        return holds(param.op, has_marked(data, test), wanted)
    if param.key.startswith("_ops."):
        return holds(param.op, data.get("_ops", {}).get(param.key[5:], Num(0)), wanted)
    if param.key.startswith("frame."):
        entries = data.get("_provenance", {}).values()
        return any(holds(param.op, member(entry, param.key[6:]), wanted) for entry in entries)
    return field_holds(param, member(data, name))


def run_state(model, query, profile=None):
    options = {param.key: param.value for param in query.params if param.key in OPTIONS}
    filters = [param for param in query.params if param.key not in OPTIONS]
    if (profile or {}).get("boundary") == "unified":
        filters = [param for param in filters if param.key != "_seg.boundary"]
    projection = past(model, options)
    dead = options.get("_include_dead") is True or options.get("_only_dead") is True
    by_id = any(param.key in ("target.id", "id") and param.op == "=" for param in filters)
    cross = "context.table" not in options and by_id
    tables = sorted(projection.tables, key=by_bytes) if cross else [options.get("context.table", "_default")]
    found = []
    for table in tables:
        for key in sorted(projection.tables.get(table, {}), key=by_bytes):
            entity = projection.find(table, key)
            if not wanted_alive(entity.alive, options) or not all(entity_holds(f, key, entity) for f in filters):
                continue
            extra = {"_table": table} if cross else {}
            extra |= {"_alive": entity.alive} if dead else {}
            found.append((key, entity, extra))
    if "order" in options:
        found = ordered(found, options["order"])
    if "limit" in options:
        found = found[: int(options["limit"])]
    entities = [{"id": key, **replayed(entity.data, profile), **extra} for key, entity, extra in found]
    answer = {"type": "state", "table": "_cross" if cross else tables[0], "count": Num(len(entities))}
    answer["entities"] = entities
    if query.chain is not None:
        answer["con_chain"] = chain(projection, [key for key, _, _ in found], query.chain)
    return answer


def past(model, options):
    operations = model.operations
    if "at_op" in options:
        operations = [operation for operation in operations if operation["id"] <= int(options["at_op"])]
    if "at" in options:
        operations = [operation for operation in operations if operation["ts"] <= options["at"]]
    return model.now if len(operations) == len(model.operations) else Projection(operations)


def wanted_alive(alive, options):
    if options.get("_only_dead") is True:
        return not alive
    return alive or options.get("_include_dead") is True


def rank(value):
    """Absent, null and destroyed, then false, true, numbers, texts, and the rest, which stays by id."""
    if is_nul(value) or value is None:
        return (0, 0)
    if is_sup(value):
        values = variant_values(value)
        return rank(values[0]) if values else (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, Num):
        return (2, value.value)
    if isinstance(value, str):
        return (3, by_bytes(value))
    return (4, 0)


def ordered(found, order):
    name = order.removeprefix("-")


    def value(row):
        return rank(row[0] if name == "id" else member(row[1].data, name))

    return sorted(found, key=value, reverse=order.startswith("-"))


# --- >> CON()


def chain(projection, base, params):
    options = {param.key: plain(param.value) for param in params}
    hops, least = int(options.get("hops", Num(1))), options.get("min_coupling", Num(0))
    edges = []
    for edge in projection.edges:
        if not edge.alive or edge.coupling.value < least.value:
            continue
        if options.get("stance", edge.stance) == edge.stance and options.get("exclude") != edge.stance:
            edges.append(edge)
    reached, crossed, border = dict.fromkeys(base), {}, set(base)
    for _ in range(hops):
        beyond = {}
        for number, edge in enumerate(edges):
            for here, there in ((edge.source, edge.target), (edge.target, edge.source)):
                if here in border:
                    crossed[number] = edge
                    if there not in reached:
                        beyond[there] = None
        reached.update(beyond)
        border = set(beyond)
    shown = []
    for entity_id in reached:
        tables = projection.tables_knowing(entity_id, alive_only=True)
        if entity_id not in base and tables:
            data = projection.find(tables[0], entity_id).data
            shown.append({"id": entity_id, "table": tables[0], **data})
    told = {name: options[name] for name in ("stance", "exclude") if name in options}
    return {
        "hops": Num(hops),
        "min_coupling": least,
        **told,
        "reached": shown,
        "edges": [edge.shown() for edge in crossed.values()],
        "reached_count": Num(len(shown)),
    }


# --- stream()


def run_stream(model, query):
    limit = 100
    found = list(reversed(model.operations))
    for param in query.params:
        if param.key == "limit":
            limit = int(param.value)
        else:
            found = [operation for operation in found if operation_holds(param, operation)]
    found = found[:limit]
    return {"type": "stream", "count": Num(len(found)), "operations": found}


def operation_holds(param, operation):
    wanted = plain(param.value)
    if param.key == "op":
        return holds(param.op, operation["op"], wanted)
    if param.key == "after":
        return operation["ts"] > wanted
    if param.key == "before":
        return operation["ts"] < wanted
    part, _, path = param.key.partition(".")
    if param.key == "context.table":
        return holds(param.op, table_of(operation), wanted)
    value = member(operation[part], path)
    if part == "target" and path in NAMES and param.op in ("=", "!=") and isinstance(value, str):
        wanted = wanted.text if isinstance(wanted, Num) else wanted  # ids are text: a number stands for its digits
    return holds(param.op, value, wanted)


def run(model, query, profile=None):
    if isinstance(query, Stream):
        return run_stream(model, query)
    if isinstance(query, Meta):
        query = State([Param("context.table", "=", "_" + query.name)])
    if isinstance(query, Table):
        query = State([Param("context.table", "=", query.name)])
    return run_state(model, query, profile)
