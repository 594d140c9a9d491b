"""The rows of the table: name → function of a Run that returns its figures."""

from . import writes

ROWS = {
    "writes": writes.one_instance,
    "writes-four": writes.four_instances,
    "writes-long-log": writes.long_log,
}
