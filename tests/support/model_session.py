"""One random log: the same requests to the server and to the model, and every answer compared."""

from urllib.parse import quote

from .model import Model
from .model_json import Num, by_bytes, dumps, loads
from .model_query import Stream, run
from .model_steps import normal


class Difference(AssertionError):
    """check: what to do again on a smaller log to see whether it differs still; None if a step's answer differs."""

    def __init__(self, what, ours, models, check=None):
        super().__init__(f"{what}\n  server: {short(ours)}\n  model:  {short(models)}")
        self.check = check


def short(value):
    text = value if isinstance(value, str) else dumps(value) if is_json(value) else repr(value)
    return text if len(text) < 4000 else text[:4000] + "…"


def is_json(value):
    return isinstance(value, (dict, list, Num, bool)) or value is None


def same(ours, models):
    """As sent, order of keys included; only what the projection itself keeps (`_ops` …) may come in any order."""
    if isinstance(ours, dict) and isinstance(models, dict):
        mine, other = ([key for key in each if not key.startswith("_")] for each in (ours, models))
        return mine == other and ours.keys() == models.keys() and all(same(ours[key], models[key]) for key in ours)
    if isinstance(ours, list) and isinstance(models, list):
        return len(ours) == len(models) and all(map(same, ours, models))
    return type(ours) is type(models) and ours == models


def expect(what, ours, models, check=None):
    if not same(ours, models):
        raise Difference(what, ours, models, check)


def path(text):
    return quote(text, safe="")


def pretty(operation):
    """Of the name where there is one, whatever it is, else of the id."""
    target = operation["target"]
    called = next((target[name] for name in ("name", "id") if not is_empty(target.get(name))), "")
    text = called if isinstance(called, str) else dumps(called)
    letters = "".join(character for character in text if character.isalnum())[:3].upper()
    return f"{letters or 'OP'}-{operation['id']}"


def is_empty(value):
    return value.text == "0" if isinstance(value, Num) else not value


class Session:
    """An instance of its own. A step is a method's name and its arguments."""

    def __init__(self, client, slug, ascii_only=False):
        self.client, self.slug, self.ascii_only = client, slug, ascii_only
        self.model = Model()
        self.cache = {}  # of what `cached` read: path → ETag, body
        client.create(slug)

    def get(self, rest, status=200):
        answer = self.client.get(f"/{self.slug}{rest}")
        if answer.status != status:
            raise Difference(f"GET {rest}", repr(answer), f"status {status}")
        return loads(answer.text) if status == 200 else None

    def post(self, where, body, headers=None):
        answer = self.client.post(where, body=dumps(body, self.ascii_only), headers=headers)
        if answer.status != 200:
            raise Difference(f"POST {where} {short(body)}", repr(answer), "status 200")
        return loads(answer.text)

    def take(self, step):
        getattr(self, step[0])(*step[1:])

    # --- steps

    def one(self, body, trace=None):
        headers = {"X-Trace-ID": trace} if trace else {}
        self.compare(body, self.post(f"/{self.slug}/operations", body, headers), trace)

    def again(self, body, key, guid):
        """The same key once more gives the first answer; with another operation it is a conflict. A guid is a key."""
        where, headers = f"/{self.slug}/operations", {} if guid else {"Idempotency-Key": key}
        body = {**body, "guid": guid} if guid else body
        first = self.post(where, body, headers)
        self.compare(body, first)
        second = self.post(where, body, headers)
        expect("duplicate", second.pop("duplicate", None), True)
        expect("the answer to the same key", second, first)
        self.refuse(where, {**body, "frame": {"other": True}}, 409, headers)

    def seed(self, bodies, by_line):
        before = len(self.model.operations)
        answer = self.send_seed(bodies, by_line)
        if answer.status != 200:
            raise Difference(f"seed {short(bodies)}", repr(answer), "status 200")
        page = self.get(f"/operations?after={before}&limit=1000")
        guids = {int(operation["id"]): operation["guid"] for operation in page["operations"]}
        for body in bodies:
            self.model.append(body, normal(body["ts"]), guid_of=guids.get)
        expect("appended", loads(answer.text)["appended"], Num(len(bodies)))
        self.learn_times(before)

    def send_seed(self, bodies, by_line):
        where = f"/instances/{self.slug}/seed"
        if not by_line:
            return self.client.post(where, body=dumps({"operations": bodies}, self.ascii_only))
        lines = "".join(dumps(body, self.ascii_only) + "\n" for body in bodies)
        return self.client.post(where, body=lines, headers={"Content-Type": "application/x-ndjson"})

    def matched(self, body, last_op):
        """If-Match: last_op, or what is right if that is None."""
        entity = self.model.now.find(body["context"]["table"], body["target"]["id"])
        right = entity.last_op if entity else 0
        headers = {"If-Match": f'"{self.epoch()}-{right}"' if last_op is None else f'"{last_op}"'}
        if last_op in (None, right):
            self.compare(body, self.post(f"/{self.slug}/operations", body, headers))
        else:
            self.refuse(f"/{self.slug}/operations", body, 412, headers)

    def epoch(self):
        return self.client.get(f"/{self.slug}/operations?limit=1").headers["X-Choreo-Epoch"]

    def refused(self, body):
        self.refuse(f"/{self.slug}/operations", body, 400)

    def refused_batch(self, bodies, index, by_line):
        answer = self.send_seed(bodies, by_line)
        expect(f"refusal of a batch {answer}", [answer.status, loads(answer.text).get("index")], [400, Num(index)])
        self.learn_times(len(self.model.operations))

    def refuse(self, where, body, status, headers=None):
        answer = self.client.post(where, body=dumps(body, self.ascii_only), headers=headers)
        expect(f"refusal of {short(body)} {answer}", answer.status, status)
        self.learn_times(len(self.model.operations))

    def cached(self, table, rest):
        """304 may be said only where the answer is what it was."""
        where = f"/{self.slug}/state/{path(table)}{rest}"
        plain = self.client.get(where)
        tag, body = self.cache.get(where, ("", None))
        again = self.client.request("GET", where, headers={"If-None-Match": tag} if tag else {})
        if again.status == 304:
            expect(f"304 of {where}", plain.text, body)
        elif plain.status == 200:
            expect(f"GET {where} twice", [again.status, again.text], [200, plain.text])
            self.cache[where] = (plain.headers["ETag"], plain.text)

    def audited(self, query, profile):
        """A question that goes into the log before it is answered."""
        structure = query(self)
        frame = {"audit": True} | ({"replay": profile} if profile else {})
        body = {"op": "DES", "target": {"query": structure.text()}, "context": {"type": "query"}, "frame": frame}
        answer = self.post(f"/{self.slug}/operations", body)
        before = len(self.model.operations)
        self.model.append(body)
        self.learn_times(before)
        expect("audited", answer.pop("audited"), True)
        expect("audit_op_id", answer.pop("audit_op_id"), Num(before + 1))
        compare_answer(self.model, structure, profile, answer)

    def compare(self, body, answer, trace=None):
        before = len(self.model.operations)
        told = self.model.append(body, trace=trace, guid_of=lambda _: answer["guid"])
        what = f"the answer to {short(body)}\n  {short(answer)}"
        expect(f"{what}: op_id", answer["op_id"], Num(told["op_id"]))
        expect(f"{what}: _warning", "_warning" in answer, told["warning"])
        first = self.model.operations[before]
        made_id = first["target"].get("id") if first["op"] == "INS" else None
        expect(f"{what}: id", answer.get("id"), made_id if made_id == answer["guid"] else None)
        made = [operation for operation in self.model.operations[told["op_id"] :]]
        expect(f"{what}: generated", [bare(o) for o in answer.get("generated", [])], [bare(o) for o in made])
        expect(f"{what}: generated_count", answer.get("generated_count", Num(0)), Num(len(made)))
        expect(f"{what}: skipped", answer.get("skipped", []), [Num(index) for index in told["skipped"]])
        errors = answer.get("rule_errors", [])
        expect(f"{what}: rule_errors", [e["rule"] for e in errors], [rule for rule, _ in told["rule_errors"]])
        for error, (_, placeholder) in zip(errors, told["rule_errors"]):
            expect(f"{what}: rule_errors", placeholder is None or placeholder in error["error"], True)
        self.learn_times(before)

    def learn_times(self, after):
        """The server's clock is not the model's; all else of an operation is compared."""
        page = self.get(f"/operations?after={after}&limit=1000")
        expect("head", page["head"], Num(len(self.model.operations)))
        for ours, models in zip(page["operations"], self.model.operations[after:]):
            models["ts"] = models["ts"] or ours["ts"]
            expect("an operation of the log", logged(ours), logged({**models, "pretty_id": pretty(models)}))
            models["shown"] = ours


def bare(operation):
    return {"id": Num(int(operation["id"])), **{name: operation[name] for name in ("op", "target", "context", "frame")}}


def logged(operation):
    return bare(operation) | {"ts": operation["ts"], "pretty_id": operation["pretty_id"]}




def compare_answer(model, structure, profile, ours):
    """ours: what the server said to the query, `audited` taken away."""
    models = run(model, structure, profile)
    text = structure.text()
    what = f"query {text}" + (f" by {dumps(profile)}" if profile else "")
    ours.pop("next_cursor", None)
    for option in ("at", "at_op"):
        told = [param.value for param in getattr(structure, "params", []) if param.key == option]
        expect(f"{what}: {option}", [ours.pop(option)] if option in ours else [], told)
    if isinstance(structure, Stream):
        models["operations"] = [operation["shown"] for operation in models["operations"]]
    if "con_chain" in models:
        for chain in (ours.get("con_chain", {}), models["con_chain"]):
            chain["edges"] = sorted(chain["edges"], key=dumps)
            chain["reached"] = sorted(chain["reached"], key=lambda found: by_bytes(found["id"]))
    expect(what, ours, models)
