"""This build beside the programs of an earlier one: each row is measured with both, round by round.

Each build has a stack and data of its own; the one that is not measured is stopped, so that it costs nothing. A row's own
ceiling is measured in each round too, which shows how much of a difference is the machine's.
"""

import dataclasses
import sys
import time
from contextlib import contextmanager

from . import environment, measure
from .rows import ROWS
from .run import Run

GOAL = 0.98  # of what the earlier programs reach


@contextmanager
def awake(run):
    run.choreo().resume_paused()
    try:
        yield
    finally:
        run.choreo().pause()


def measured(run, row):
    with awake(run):
        return list(ROWS[row](run))


def compare_programs(rows, options, directory):
    """(machine, figures); directory: a checkout of the earlier version, built by its scripts/build."""
    once = dataclasses.replace(options, rounds=1)
    figures = []
    with Run(once) as now, Run(once, directory) as earlier:
        machine = environment.machine(now.root)
        now.choreo().pause()
        try:
            earlier.choreo().pause()
            for row in rows:
                start = time.monotonic()
                for figure in compare_row(row, options.rounds, now, earlier):
                    figures.append(figure)
                    print(f"{figure.what}: {figure.ratio:.2f}", file=sys.stderr, flush=True)
                print(f"  {row} took {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        finally:
            for run in (now, earlier):
                run.choreo().resume_paused()
    return machine, figures


def compare_row(row, rounds, now, earlier):
    """Who begins changes from round to round."""
    found = {now: [], earlier: []}
    for number in range(rounds):
        for run in (now, earlier) if number % 2 == 0 else (earlier, now):
            found[run].append(measured(run, row))
    for figures in zip(*found[now], *found[earlier]):
        ours, theirs = figures[:rounds], figures[rounds:]
        at_most = ours[0].at_most
        yield measure.from_pairs(
            ours[0].row, ours[0].what, "the programs from before", 1 / GOAL if at_most else GOAL, ours[0].unit,
            [(mine.ours, other.ours) for mine, other in zip(ours, theirs)], at_most,
        )
