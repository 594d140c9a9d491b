"""What REC makes of the log (SPEC 4): snapshot ingest, feedback rules, emergence scan."""

import hashlib
import re

from .model_json import MISSING, Num, at_path, by_bytes, dumps, equal, holds, loads
from .model_projection import RESERVED, STANCES, as_id, first_of, is_nul, is_sup, table_of
from .model_wire import NAMES, ids_of, with_text_ids

CONTROL = re.compile("[\x00-\x1f\x7f]")
PLACEHOLDER = re.compile(r"\{([^}]+)\}")


def generated(operation, op, target, **context):
    context = {**context, "generated_by": Num(operation["id"]), **trace_of(operation)}
    return {"op": op, "target": target, "context": context, "frame": {}}


def trace_of(operation):
    return {name: value for name, value in operation["context"].items() if name == "trace_id"}


# --- snapshot ingest


def comparable(value):
    """A stored field as a row sees it; None for one that is not there."""
    if is_nul(value):
        return None
    if is_sup(value):
        variants = value["_sup"]
        first = variants[0] if variants else None
        return first.get("value") if isinstance(first, dict) else first
    return value


def key_text(value):
    """A value as a key; nothing for what can be none."""
    if isinstance(value, str):
        return value
    return dumps(value) if isinstance(value, (Num, bool)) else None


class Ingest:
    """Appends what a snapshot means; `append` applies an operation at once, so that later rows see it."""

    def __init__(self, rec, projection, append):
        self.rec, self.projection, self.append = rec, projection, append
        self.table = table_of(rec)
        frame = rec["frame"]
        self.match_on = frame.get("match_on", "id")
        self.absence = frame.get("absence_means", "unchanged")
        self.nulls = frame.get("null_fields_mean", "unchanged")
        self.ignored = {*frame.get("ignore_fields", []), *RESERVED}
        self.seen = set()
        self.skipped = []

    def run(self):
        for index, row in enumerate(self.rec["target"]["rows"]):
            key = key_text(row.get(self.match_on))
            if not key:
                self.skipped.append(index)
            else:
                self.take(key, row)
        for entity_id, _ in self.projection.alive(self.table):
            if entity_id not in self.seen and self.absence == "deleted":
                self.make("NUL", {"id": entity_id})
            elif entity_id not in self.seen and self.absence == "investigate":
                self.make("DES", {"id": entity_id, "flag": "absent_from_snapshot"})

    def make(self, op, target):
        self.append(generated(self.rec, op, target, table=self.table))

    def matching(self, key):
        entity = self.projection.find(self.table, key)
        if entity and entity.alive:
            return key
        if self.match_on == "id":
            return None
        alive = self.projection.alive(self.table)
        return next((i for i, e in alive if key_text(comparable(e.data.get(self.match_on))) == key), None)

    def take(self, key, row):
        fields = {name: value for name, value in row.items() if name not in self.ignored}
        values = {name: value for name, value in fields.items() if value is not None}
        entity_id = self.matching(key)
        if entity_id is None:
            self.seen.add(key)
            self.make("INS", {"id": key, **values})
            return
        self.seen.add(entity_id)
        data = self.projection.find(self.table, entity_id).data
        for name, value in fields.items():
            if value is None and name in data:
                self.take_null(entity_id, data[name], name)
        differing = {name: value for name, value in values.items() if self.differs(data, name, value)}
        if differing:
            self.make("ALT", {"id": entity_id, **differing})

    @staticmethod
    def differs(data, name, value):
        return name not in data or is_nul(data[name]) or not equal(comparable(data[name]), value)

    def take_null(self, entity_id, current, name):
        if self.nulls == "cleared" and not is_nul(current):
            self.make("NUL", {"entity_id": entity_id, "field": name})
        if self.nulls == "unknown":
            snapshot = {"source": "snapshot", "value": None}
            variants = current["_sup"] if is_sup(current) else [{"source": "projection", "value": current}]
            if not any(equal(variant, snapshot) for variant in variants):
                self.make("SUP", {"id": entity_id, "field": name, "variants": [*variants, snapshot]})


# --- feedback rules


class Unresolved(Exception):
    """A placeholder that stands for nothing."""


def resolve(operation, path):
    head, _, rest = path.partition(".")
    scoped = rest and head in ("target", "context", "frame")
    found = at_path(operation[head], rest) if scoped else at_path(operation["target"], path)
    if found is MISSING:
        raise Unresolved(path)
    return found


def fill(template, operation):
    if isinstance(template, dict):
        return {key: fill(value, operation) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, operation) for value in template]
    if not isinstance(template, str):
        return template
    whole = PLACEHOLDER.fullmatch(template)
    if whole:
        return stands_for(operation, whole[1])
    return PLACEHOLDER.sub(lambda found: as_text(stands_for(operation, found[1])), template)


def as_text(value):
    return value if isinstance(value, str) else dumps(value)


def allowed(operation):
    """Whether a filled template is an operation at all; what a rule makes is held to what clients are held to."""
    ids = [value for name, value in operation["target"].items() if name in ids_of(operation["op"])]
    table = table_of(operation)
    coupling, variants = operation["target"].get("coupling"), operation["target"].get("variants", [])
    if operation["op"] == "CON" and not (isinstance(coupling, Num) and 0 <= coupling.value <= 1):
        return False
    if operation["op"] == "SUP" and not isinstance(variants, list):
        return False
    if operation["op"] in ("NUL", "SUP") and operation["target"].get("field") in RESERVED:
        return False
    if operation["op"] == "SYN" and into_itself(operation["target"]):
        return False
    return all(map(is_id, ids)) and isinstance(table, str) and 0 < len(table.encode()) <= 128 and is_id(table)


def into_itself(target):
    into = first_of(target, "merge_into", "primary")
    return into is not None and into == first_of(target, "merge_from", "secondary")


def is_id(value):
    text = as_id(value)
    return text is not None and len(text.encode()) <= 512 and not CONTROL.search(text)


def stands_for(operation, placeholder):
    if not placeholder.startswith("trigger."):
        raise Unresolved(placeholder)
    return resolve(operation, placeholder.removeprefix("trigger."))


def fires(rule, operation):
    trigger = rule["trigger"]
    if "op" in trigger and trigger["op"] != operation["op"]:
        return False
    conditions = [(path, *expected(value)) for path, value in trigger.get("match", {}).items()]
    conditions += [(path, op, literal(text)) for path, op, text in WHERE.findall(trigger.get("where", ""))]
    return bool(trigger) and all(meets(operation, *condition) for condition in conditions)


# As the random rules write them: a path of ordinary letters, an operator, a value as literal() reads it.
WHERE = re.compile(r"""([\w.]+)\s*(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|[^\s,"]+)""")
COMPARISON = re.compile(r"\s*(!=|<=|>=|=|<|>)\s*(.*)", re.DOTALL)


def expected(value):
    """A text that begins with an operator is a comparison; anything else is to be equal."""
    if isinstance(value, str) and value[:1] and value[0] in "=!<>":
        op, text = COMPARISON.fullmatch(value).groups()
        return op, literal(text)
    return "=", value


def literal(text):
    """JSON, or a word for itself."""
    try:
        return loads(text)
    except ValueError:
        return text


def meets(operation, path, op, wanted):
    head, _, rest = path.partition(".")
    where, name = (head, rest) if rest and head in ("target", "context", "frame") else ("target", path)
    value = value_or_null(operation, path)
    if (where, name) == ("context", "table") and value is None:
        value = None if op == "=" and wanted is None else "_default"
    if where == "target" and name in NAMES and op in ("=", "!=") and isinstance(value, str) and isinstance(wanted, Num):
        wanted = wanted.text  # ids are text: a number stands for its digits
    return holds(op, value, wanted)


def value_or_null(operation, path):
    try:
        return resolve(operation, path)
    except Unresolved:
        return None


def rule_results(projection, operation):
    """(operations, errors) of the alive rules for one operation that no rule generated."""
    made, errors = [], []
    for rule_id, entity in projection.alive("_rules"):
        rule = entity.data
        if not isinstance(rule.get("trigger"), dict) or not isinstance(rule.get("action"), dict):
            continue  # a profile, or another entity somebody put there
        if not fires(rule, operation):
            continue
        action = rule["action"]
        try:
            target = fill(action.get("target_template", {}), operation)
            context = fill(action.get("context", {}), operation)
        except Unresolved as path:
            errors.append((rule_id, str(path)))
            continue
        context |= {"generated_by_rule": rule_id, "generated_by": Num(operation["id"])} | trace_of(operation)
        operation_made = {"op": action["op"], "target": target, "context": context, "frame": {}}
        if allowed(operation_made):
            operation_made["target"] = with_text_ids(action["op"], target)
            if action["op"] == "INS" and "id" not in target:
                operation_made["target"] = {"id": f"{rule_id}-{operation['id']}", **operation_made["target"]}
            made.append(operation_made)
        else:
            errors.append((rule_id, None))
    return made, errors


# --- emergence scan


def clusters(edges, least_coupling, least_stance, least_size):
    """Connected components as sorted lists of ids, in the order of their lists."""
    parent = {}

    def root(node):
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for edge in edges:
        strong = edge.coupling.value >= least_coupling.value
        if edge.alive and strong and STANCES.index(edge.stance) >= STANCES.index(least_stance):
            parent[root(edge.source)] = root(edge.target)
    members = {}
    for node in list(parent):
        members.setdefault(root(node), []).append(node)
    found = [sorted(nodes, key=by_bytes) for nodes in members.values()]
    return sorted(nodes for nodes in found if len(nodes) >= least_size)


def scan(rec, projection, append):
    options = rec["target"]
    least_coupling = options.get("min_internal_coupling", Num(0))
    least_stance = options.get("min_stance", "accidental")
    least_size = int(options.get("min_cluster_size", Num(3)))
    for nodes in clusters(projection.edges, least_coupling, least_stance, least_size):
        name = "cluster-" + hashlib.sha256(dumps(nodes).encode("utf-8")).hexdigest()[:8]
        known = projection.find("_emergent", name)
        if known and known.alive:
            continue
        target = {"id": name, "members": nodes, "member_count": Num(len(nodes))}
        flag = {"id": name, "flag": "emergent_cluster"}
        for op, made in (("INS", target), ("DES", flag)):
            append({**generated(rec, op, made, table="_emergent"), "frame": rec["frame"]})
