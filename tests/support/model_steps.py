"""The requests of one random log: a list of steps that a model_session.Session takes."""

from datetime import datetime, timedelta, timezone
from uuid import UUID

from .model_json import Num

PROFILES = [{"conflict": "collapse"}, {"conflict": "suspend", "boundary": "unified"}, {"conflict": "preserve"}]
ACTION = {"op": "DES", "target_template": {"id": "a"}}
# What no log takes, whatever it holds. Each is refused with 400 and leaves no trace.
REFUSED = [
    {"op": "XXX", "target": {"id": "a"}},
    {"op": "INS", "target": {"id": ""}},
    {"op": "INS", "target": {"id": Num("1.5")}},
    {"op": "ALT", "target": {"id": {}}},
    {"op": "INS", "target": {"id": "x" * 513}},
    {"op": "INS", "target": {"id": "line\nbreak"}},
    {"op": "INS", "target": {"id": "a"}, "context": {"table": "t" * 129}},
    {"op": "INS", "target": {"id": "a"}, "context": []},
    {"op": "CON", "target": {"source": "a", "target": "b", "coupling": Num("1.01")}},
    {"op": "CON", "target": {"source": "a", "target": "b", "stance": "loose"}},
    {"op": "SUP", "target": {"id": "a", "field": "x", "variants": {}}},
    {"op": "SUP", "target": {"id": "a", "field": "_ops", "variants": []}},
    {"op": "NUL", "target": {"id": "a", "field": "id"}},
    {"op": "SYN", "target": {"merge_into": Num(7), "merge_from": "7"}},
    {"op": "REC", "target": {"rows": []}, "context": {"type": "snapshot_ingest"}, "frame": {"absence_means": "gone"}},
    {"op": "REC", "target": {"rows": [Num(1)]}, "context": {"type": "snapshot_ingest"}},
    {"op": "REC", "target": {"rows": [{}, {"id": None}]}, "context": {"type": "snapshot_ingest"}},
    {"op": "REC", "target": {"id": "r", "trigger": {}, "action": {"op": "REC"}}, "context": {"type": "feedback_rule"}},
    *(
        {"op": "REC", "target": {"id": "r", "trigger": trigger, "action": ACTION}, "context": {"type": "feedback_rule"}}
        for trigger in (
            {"match": {"x": ">"}},
            {"match": {"x": ">null"}},
            {"match": {"context.table": Num(1)}},
            {"where": "x=1"},
            {"where": "target.x<true"},
        )
    ),
]


def profile_steps():
    targets = [{"id": f"profile-p{number}", **PROFILES[number]} for number in range(len(PROFILES))]
    return [("one", {"op": "INS", "target": target, "context": {"table": "_rules"}}) for target in targets]


class RandomSteps:
    def __init__(self, draw, queries):
        self.draw, self.queries = draw, queries

    def all(self, count):
        return profile_steps() + [self.step(number) for number in range(count)]

    def step(self, number):
        draw, kind = self.draw, self.draw.random.randrange(40)
        if kind == 0:
            return ("seed", self.batch(), draw.chance(0.5))
        if kind == 1:
            guid = str(UUID(int=draw.random.getrandbits(128), version=4)) if draw.chance(0.5) else None
            return ("again", draw.operation(), f"key {number}", guid)
        if kind == 2:
            return ("one", draw.operation(), draw.pick(["trace-1", "trace-2", 'tr"a\\ce']))
        if kind == 3:
            name = draw.pick(["INS", "ALT", "NUL", "DES"])
            body = {"op": name, "target": {"id": draw.pick(draw.ids)}, "context": {"table": draw.table()}}
            return ("matched", body, draw.random.choice([0, 0, 1, None, None, None]))
        if kind == 4:
            return ("refused", draw.pick(REFUSED))
        if kind == 5:
            batch = self.batch()
            at = draw.random.randint(0, len(batch))
            return ("refused_batch", batch[:at] + [draw.pick(REFUSED)] + batch[at:], at, draw.chance(0.5))
        if kind in (7, 8):
            rest = draw.pick(["", "", "?replay=p0", "?limit=2"])
            return ("cached", draw.table(), rest)
        if kind == 6:
            return ("audited", self.queries.query(), draw.pick([None, *PROFILES]))
        return ("one", draw.operation())

    def batch(self):
        """Times do not go forward, and are written as people write them."""
        return [self.draw.operation() | {"ts": self.moment()} for _ in range(self.draw.random.randint(1, 8))]

    def moment(self):
        random = self.draw.random
        when = datetime(2026, random.randint(1, 9), random.randint(10, 19), 12, tzinfo=timezone.utc)
        when += timedelta(milliseconds=random.randrange(86_400_000))
        return written(when, random.randrange(5))


def written(when, form):
    """One moment in the forms that SPEC lets it have. form: 0 to 4."""
    text = when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}"
    if form == 1:
        local = when + timedelta(hours=5, minutes=30)
        return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03}+05:30"
    if form == 2:
        local = when - timedelta(hours=8)
        return local.strftime("%Y-%m-%d %H:%M:%S.") + f"{local.microsecond // 1000:03}-08:00"
    return text + ("Z" if form != 3 else "000Z")


def normal(text):
    """The moment that `written` wrote, as the log has it."""
    when = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"
