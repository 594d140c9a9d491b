"""The rows of the table: name → function of a Run that returns its figures."""

from . import instances, memory, reads, seeds, streams, webhooks, writes

ROWS = {
    "writes": writes.one_instance,
    "writes-four": writes.four_instances,
    "writes-long-log": writes.long_log,
    "entity": reads.entity,
    "entity-echo": reads.entity_echo,
    "biography": reads.biography,
    "table": reads.table,
    "past": reads.past,
    "seed-lines": seeds.lines,
    "seed-json": seeds.json,
    "size": seeds.file_size,
    "streams-nginx": streams.through_nginx,
    "streams": streams.straight,
    "latency": streams.latency,
    "catch-up": streams.catch_up,
    "idle-memory": streams.idle_memory,
    "webhooks": webhooks.deliveries,
    "webhooks-beside": webhooks.beside_bad_ones,
    "other-streams": instances.beside_other_streams,
    "instances": instances.many,
    "memory": memory.under_load,
}
