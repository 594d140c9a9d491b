"""Appending, one operation a request, 64 clients."""

from ..load import post_operations
from ..measure import compare
from ..servers import Echo
from ..run import LONG_LOG, SHORT_LOG


def rate(run, port, *instances):
    return lambda _: post_operations(port, run.options.seconds, *instances).rate


def one_instance(run):
    instance = run.instance("writes")
    with Echo(run.root, run.choreo()) as echo:
        yield compare(
            "writes", "one-operation POSTs through nginx", "libfcgi echoing the same bytes", 0.60, "/s",
            run.options.rounds, rate(run, run.port, instance), rate(run, echo.port, instance),
        )


def four_instances(run):
    four = [run.instance(f"four-{number}") for number in range(4)]
    one = run.instance("four-alone")
    yield compare(
        "writes-four", "POSTs to 4 instances at once", "to 1 instance", 1.0, "/s",
        run.options.rounds, rate(run, run.port, *four), rate(run, run.port, one),
    )


def long_log(run):
    yield compare(
        "writes-long-log", f"POSTs to a log of {LONG_LOG:,} operations", f"of {SHORT_LOG:,}", 0.85, "/s",
        run.options.rounds, rate(run, run.port, run.long_log()), rate(run, run.port, run.short_log()),
    )
