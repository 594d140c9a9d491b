"""The two wire forms of an operation, brought to the object form (SPEC 2)."""

from .model_json import Num


def address(text):
    """tables.<table>[.<id>[.fields.<field>]] → (table, id or None, field or None)."""
    table, dot, rest = text.removeprefix("tables.").partition(".")
    if not dot:
        return table, None, None
    head, mark, field = rest.rpartition(".fields.")
    return (table, head, field) if mark and head and field else (table, rest, None)


def object_form(body):
    """{op, target, context, frame} as the log stores them."""
    target, context = body.get("target", {}), dict(body.get("context", {}))
    if isinstance(target, str):
        target, context = from_dots(target, body.get("operand", {}), context)
    target = with_text_ids(body["op"], target)
    return {"op": body["op"], "target": target, "context": context, "frame": body.get("frame", {})}


# What names an entity, and so becomes text where it is an integer; in other operations the latter are fields.
IDS = {"id", "entity_id"}
ENDS = {
    "CON": {"source", "from", "target", "to"},
    "SYN": {"merge_into", "primary", "merge_from", "secondary"},
}
NAMES = ("id", "entity_id", "source", "from", "target", "to", "merge_into", "primary", "merge_from", "secondary")


def ids_of(op):
    return IDS | ENDS.get(op, set())


def with_text_ids(op, target):
    return {k: v.text if k in ids_of(op) and isinstance(v, Num) and v.is_integer else v for k, v in target.items()}


def from_dots(text, operand, context):
    target = {}
    if text != "query":
        table, entity_id, field = address(text)
        context = {"table": table, **context}
        if field is not None:
            target = {"entity_id": entity_id, "field": field}
        elif entity_id is not None:
            target = {"id": entity_id}
    for key, value in operand.items():
        kind, dot, name = key.partition(".")
        if dot and kind in ("fields", "conn", "merge"):
            target[name] = value
        elif dot and kind == "meta":
            context[name] = value
        else:
            target[key] = value
    return target, context
