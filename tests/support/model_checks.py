"""Everything that may be read of an instance, compared with the model. A check can be done again by itself."""

from urllib.parse import quote

from .model_json import Num, by_bytes, loads
from .model_profile import replayed
from .model_query import Stream
from .model_session import Difference, compare_answer, expect, path


def failing(check):
    """Differences carry the check that found them, so that it can be repeated on a smaller log."""

    def named(session, *arguments):
        try:
            check(session, *arguments)
        except Difference as found:
            found.check = found.check or (lambda other: named(other, *arguments))
            raise

    return named


@failing
def state(session, table, rest=""):
    projection = past_of(session, rest)
    ours = session.get(f"/state/{path(table)}{query_of(session, rest)}")
    models = session.model.state(table, projection)
    expect(f"state of {table!r} {rest}", ours["entities"], models)
    expect("count", ours["count"], Num(len(models)))
    expect("table", ours["table"], table)


@failing
def pages(session, table, limit):
    found, cursor = [], ""
    while True:
        page = session.get(f"/state/{path(table)}?limit={limit}{cursor}")
        found += page["entities"]
        if page.get("next_cursor") is None:
            break
        cursor = "&cursor=" + path(page["next_cursor"])
    expect(f"pages of {table!r}", found, session.model.state(table))


def past_of(session, rest):
    """rest: ("at_op", n), ("at", number of an operation) or nothing."""
    if not rest:
        return None
    if rest[0] == "at_op":
        return session.model.at_op(rest[1])
    return session.model.at(time_of(session, rest[1]))


def time_of(session, number):
    operations = session.model.operations
    return operations[number % len(operations)]["ts"] if operations else "2026-01-01T00:00:00.000Z"


def query_of(session, rest):
    if not rest:
        return ""
    return f"?at_op={rest[1]}" if rest[0] == "at_op" else "?at=" + path(time_of(session, rest[1]))


@failing
def entity(session, table, entity_id, rest=""):
    models = session.model.entity(table, entity_id, past_of(session, rest))
    where = f"/state/{path(table)}/{path(entity_id)}"
    if models is None:
        session.get(where + query_of(session, rest), 404)
        return
    expect(f"entity {table!r} {entity_id!r} {rest}", session.get(where + query_of(session, rest)), models)
    if not rest:
        tag = session.client.get(f"/{session.slug}{where}").headers["ETag"]
        last_op = session.model.now.find(table, entity_id).last_op
        expect(f"ETag of {table!r} {entity_id!r}", tag, f'"{session.epoch()}-{last_op}"')


@failing
def biography(session, entity_id, limit=None):
    operations, states = session.model.biography(entity_id)
    where = f"/biography/{path(entity_id)}"
    ours = session.get(where) if limit is None else paged_biography(session, where, limit)
    expect(f"biography of {entity_id!r}", [int(o["id"]) for o in ours["operations"]], operations)
    expect("states", ours["states"], list(states.values()))
    expect("current_state", ours["current_state"], next(iter(states.values()), None))


def paged_biography(session, where, limit):
    first = page = session.get(f"{where}?limit={limit}")
    found = page["operations"]
    while page.get("next_cursor") is not None:
        page = session.get(f"{where}?limit={limit}&cursor={path(str_of(page['next_cursor']))}")
        found = found + page["operations"]
    return {**first, "operations": found}


def str_of(value):
    return value.text if isinstance(value, Num) else value


@failing
def gaps(session, table):
    ours = session.get(f"/gaps/{path(table)}")
    expect(f"gaps of {table!r}", ours, {"table": table, "gaps": session.model.gaps(table)})


@failing
def instance(session):
    """The counters that the list of instances shows."""
    listed = loads(session.client.get("/instances").text)["instances"]
    ours = next(one for one in listed if one["slug"] == session.slug)
    operations, tables = session.model.operations, session.model.now.tables
    alive = {table: len(session.model.now.alive(table)) for table in tables}
    expect("operations", ours["operations"], Num(len(operations)))
    expect("head", ours["head"], Num(len(operations)))
    expect("entities", ours["entities"], Num(sum(alive.values())))
    expect("tables", ours["tables"], sorted(tables, key=by_bytes))
    expect("last_op_ts", ours["last_op_ts"], operations[-1]["ts"] if operations else None)


@failing
def replay(session, table, name):
    profile = session.model.now.find("_rules", f"profile-{name}")
    if not profile or not profile.alive:
        return
    ours = session.get(f"/state/{path(table)}?replay={path(name)}")
    models = [replayed(shown, profile.data) for shown in session.model.state(table)]
    expect(f"state of {table!r} by profile {name!r}", ours["entities"], models)


@failing
def query(session, structure, profile=None, by_post=False):
    """structure: what model_random_query makes, a function that makes the query for a session."""
    structure = structure(session)
    text = structure.text()
    if by_post or profile:
        body = {"op": "DES", "target": {"query": text}, "context": {"type": "query"}}
        if profile:
            body["frame"] = {"replay": profile}
        ours = session.post(f"/{session.slug}/operations", body)
    else:
        ours = session.get("/query?q=" + quote(text, safe=""))
    expect(f"query {text}: audited", ours.pop("audited", None), False)
    compare_answer(session.model, structure, profile, ours)


@failing
def query_by_name(session, structure, name):
    """The profile by its name, in the address and in the frame."""
    structure = structure(session)
    profile = session.model.now.find("_rules", f"profile-{name}")
    if isinstance(structure, Stream) or not profile or not profile.alive:
        return
    by_get = session.get(f"/query?q={quote(structure.text(), safe='')}&replay={path(name)}")
    body = {"op": "DES", "target": {"query": structure.text()}, "frame": {"replay": name}}
    by_post = session.post(f"/{session.slug}/operations", body)
    expect(f"{structure.text()} by GET and by POST", by_get, by_post)
    del by_get["audited"]
    compare_answer(session.model, structure, profile.data, by_get)
