"""Random logs and random questions: the server and an independent model of the contract must agree (tests/support/model).

CHOREO_MODEL_SEEDS="7 8 9" runs these seeds instead; a failure prints its seed and the fewest requests that show it."""

import itertools
import os
import random

import pytest

from support import model_checks as checks
from support.model_json import dumps
from support.model_random import Random
from support.model_random_query import RandomQueries
from support.model_session import Difference, Session
from support.model_shrink import shrink
from support.model_steps import PROFILES, RandomSteps

# Checkpoints of the past within these short logs.
SETTINGS = {"CHOREO_SNAPSHOT_INTERVAL": "7"}

SEEDS = [int(seed) for seed in os.environ.get("CHOREO_MODEL_SEEDS", "1 2 3 4 5 6 7 8 9 10 11 12").split()]
LONG_SEEDS = range(1000, 1120)
numbers = itertools.count(1)


def compare_now(session, draw):
    for table in [*draw.tables, "_rules", "_emergent", "nowhere"]:
        checks.state(session, table)
        checks.gaps(session, table)
        for entity_id in draw.ids:
            checks.entity(session, table, entity_id)
    checks.instance(session)
    checks.pages(session, draw.table(), draw.random.randint(1, 3))
    for entity_id in draw.ids:
        checks.biography(session, entity_id)
    checks.biography(session, draw.pick(draw.ids), 2)


def compare_past(session, draw):
    for _ in range(6):
        rest = (draw.pick(["at_op", "at"]), draw.random.randrange(len(session.model.operations) + 1))
        for table in [*draw.tables, "_rules"]:
            checks.state(session, table, rest)
        checks.entity(session, draw.table(), draw.pick(draw.ids), rest)


def compare_queries(session, draw, queries, count):
    for _ in range(count):
        profile = draw.pick(PROFILES) if draw.chance(0.15) else None
        checks.query(session, queries.query(), profile, draw.chance(0.3))
    for number in range(len(PROFILES)):
        checks.query_by_name(session, queries.state(), f"p{number}")
        for table in draw.tables:
            checks.replay(session, table, f"p{number}")


def rebuild(session):
    answer = session.client.post(f"/instances/{session.slug}/rebuild", {})
    assert answer.status == 200, answer


def smallest(client, failure, steps, ascii_only):
    """The requests that still show a difference of the same kind, to be read by a person."""

    def fails(fewer):
        session = Session(client, f"shrink-{next(numbers)}", ascii_only)
        try:
            for step in fewer:
                session.take(step)
            if failure.check:
                failure.check(session)
        except Difference as found:
            return kind(found) == kind(failure)
        finally:
            client.delete(f"/instances/{session.slug}")
        return False

    return shrink(steps, fails)


def kind(difference):
    return difference.check is None, str(difference).split(maxsplit=2)[0:1]


def show(step):
    return " ".join([step[0], *(shown(part) for part in step[1:])])


def shown(part):
    if isinstance(part, (dict, list, bool)):
        return dumps(part)
    return "(a query)" if callable(part) else str(part)


def run_seed(client, seed, count, queries):
    draw = Random(random.Random(seed))
    ascii_only = draw.chance(0.5)
    random_queries = RandomQueries(draw)
    steps = RandomSteps(draw, random_queries).all(count)
    taken = []
    session = Session(client, f"model-{next(numbers)}", ascii_only)
    try:
        for step in steps:
            taken.append(step)
            session.take(step)
        compare_now(session, draw)
        compare_past(session, draw)
        compare_queries(session, draw, random_queries, queries)
        rebuild(session)
        compare_now(session, draw)
        compare_past(session, draw)
    except Difference as failure:
        least = "\n".join(map(show, smallest(client, failure, taken, ascii_only)))
        raise AssertionError(f"seed {seed}: {failure}\nwith these requests:\n{least}") from None
    client.delete(f"/instances/{session.slug}")


@pytest.mark.parametrize("seed", SEEDS)
def test_random_log_is_what_the_model_says(client, seed):
    run_seed(client, seed, count=60, queries=60)


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_SEEDS)
def test_long_random_log_is_what_the_model_says(client, seed):
    run_seed(client, seed, count=250, queries=200)
