"""The contract of SPEC 2 to 5 in plain Python: a log of operations, and what may be asked of it.

The server is compared with this; nothing here is taken from the server's code. One object is one instance's log."""

from .model_json import Num
from .model_projection import Projection, as_id, has_marked, is_nul, is_sup, table_of
from .model_rec import Ingest, rule_results, scan
from .model_wire import NAMES, object_form


def shown(entity_id, entity):
    return {"id": entity_id, **entity.data}


def shown_alone(table, entity_id, entity):
    return {"id": entity_id, "table": table, "alive": entity.alive, **entity.data}


class Model:
    def __init__(self):
        self.operations = []  # as the log has them; `ts` is filled in by who knows it
        self.now = Projection()

    # --- appending

    def log(self, operation):
        operation["id"] = len(self.operations) + 1
        self.operations.append(operation)
        self.now.apply(operation)
        return operation

    def append(self, body, ts=None, trace=None, guid_of=None):
        """What the answer says of an operation that is not refused. guid_of: the server's guid of an operation by its id."""
        errors = []
        operation = {**object_form(body), "ts": ts}
        if lacks_id(operation):
            operation["target"] = {"id": guid_of(len(self.operations) + 1), **operation["target"]}
        if trace is not None:
            operation["context"]["trace_id"] = trace
        first = self.hold(self.log(operation), errors)
        skipped = []
        kind = first["context"].get("type") if first["op"] == "REC" else None
        if kind == "snapshot_ingest":
            ingest = Ingest(first, self.now, lambda made: self.hold(self.log({**made, "ts": ts}), errors))
            ingest.run()
            skipped = ingest.skipped
        if kind == "emergence_scan":
            scan(first, self.now, lambda made: self.log({**made, "ts": ts}))
        return {
            "op_id": first["id"],
            "generated": [operation["id"] for operation in self.operations[first["id"] :]],
            "skipped": skipped,
            "rule_errors": errors,
            "warning": first["op"] == "DES" and not first["frame"] and not is_query(first),
        }

    def hold(self, operation, errors):
        """Against the rules; what they make follows it at once, before the next row of a snapshot."""
        made, failed = rule_results(self.now, operation)
        errors += failed
        for rule_made in made:
            self.log({**rule_made, "ts": operation["ts"]})
        return operation

    # --- the past

    def at_op(self, number):
        return Projection(self.operations[: max(number, 0)])

    def at(self, ts):
        """ts: as the server writes it, so that the order of texts is the order of times."""
        return Projection([operation for operation in self.operations if operation["ts"] <= ts])

    # --- reading

    def state(self, table, projection=None):
        return [shown(key, entity) for key, entity in (projection or self.now).alive(table)]

    def entity(self, table, entity_id, projection=None):
        """None if it was never seen."""
        entity = (projection or self.now).find(table, entity_id)
        return entity and shown_alone(table, entity_id, entity)

    def biography(self, entity_id):
        operations = [o["id"] for o in self.operations if names(o, entity_id)]
        tables = self.now.tables_knowing(entity_id)
        return operations, {table: self.entity(table, entity_id) for table in tables}

    def gaps(self, table):
        found = {name: [] for name in (*UNTOUCHED, "has_contradictions", "has_destroyed_fields")}
        for entity_id, entity in self.now.alive(table):
            for name, op in UNTOUCHED.items():
                if op not in entity.data.get("_ops", {}):
                    found[name].append(entity_id)
            if has_marked(entity.data, is_sup):
                found["has_contradictions"].append(entity_id)
            if has_marked(entity.data, is_nul):
                found["has_destroyed_fields"].append(entity_id)
        return found


UNTOUCHED = {
    "never_designated": "DES",
    "never_connected": "CON",
    "never_segmented": "SEG",
    "never_synthesized": "SYN",
    "pending_transition": "ALT",
    "never_validated": "REC",
}


def lacks_id(operation):
    """An INS without an id gets its guid; one that has the address of a field names one, though not as an INS does."""
    target = operation["target"]
    return operation["op"] == "INS" and "id" not in target and not ("entity_id" in target and "field" in target)


def is_query(operation):
    return "query" in operation["target"]


def names(operation, entity_id):
    return any(as_id(operation["target"].get(name)) == entity_id for name in NAMES)
