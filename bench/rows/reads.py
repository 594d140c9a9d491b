"""Reading the state: one entity, its biography, a large table, the past."""

from .. import data_sets
from ..load import fetch, sqlite_shell, wrk
from ..measure import compare
from ..run import LONG_LOG, PLACES, SHORT_LOG, TABLE
from ..servers import Echo

FEW, MANY = 10, 10_000  # operations on one entity
PLACE = "place-0000000"
ENTITY = f"/state/places/{PLACE}"
# What GET /{instance}/state/{table} tells of each entity, in its order.
ROWS_OF_TABLE = (
    "SELECT id, data FROM entities WHERE tid = (SELECT tid FROM tables WHERE name = 'places') AND alive ORDER BY id"
)


def rate(run, port, path):
    return lambda _: wrk(port, path, run.options.seconds).rate


def few(run):
    return "/" + run.seeded("few", data_sets.one_place(FEW))


def many(run):
    return "/" + run.seeded("many", data_sets.one_place(MANY))


def entity(run):
    yield compare(
        "entity", f"GET of an entity with {MANY:,} operations", f"with {FEW}", 0.85, "/s",
        run.options.rounds, rate(run, run.port, many(run) + ENTITY), rate(run, run.port, few(run) + ENTITY),
    )


def entity_echo(run):
    path = few(run) + ENTITY
    client = run.choreo().client()
    answer = client.get(path).text
    client.close()
    with Echo(run.root, run.choreo(), answer) as echo:
        yield compare(
            "entity-echo", "GET of an entity through nginx", "libfcgi answering the same bytes", 0.75, "/s",
            run.options.rounds, rate(run, run.port, path), rate(run, echo.port, path),
        )


def biography(run):
    path = f"/biography/{PLACE}?limit={FEW}"
    yield compare(
        "biography", f"biography, {FEW} operations of an entity with {MANY:,}", f"of one with {FEW}", 0.85, "/s",
        run.options.rounds, rate(run, run.port, many(run) + path), rate(run, run.port, few(run) + path),
    )


def table(run):
    url = run.url(f"/{run.large_table()}/state/places")
    database = run.database("large-table")
    yield compare(
        "table", f"state of {TABLE:,} entities, whole, through nginx", "the sqlite3 shell printing the rows", 0.40,
        "entities/s", run.options.rounds,
        lambda _: TABLE / fetch(url), lambda _: TABLE / sqlite_shell(database, ROWS_OF_TABLE),
    )


def past(run):
    """Half-way through each log, where every entity has as many operations behind it as before it."""
    long = run.url(f"/{run.long_log()}/state/places?at_op={LONG_LOG // 2}")
    short = run.url(f"/{run.short_log()}/state/places?at_op={SHORT_LOG // 2}")
    fetch(long), fetch(short)  # the first look at a file is the disk's
    yield compare(
        "past", f"state of {PLACES:,} entities half-way through a log of {LONG_LOG:,}", f"of {SHORT_LOG:,}", 3.0, "s",
        run.options.rounds, lambda _: fetch(long), lambda _: fetch(short), at_most=True,
    )
