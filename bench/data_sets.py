"""Operations to seed, as files that are written once a run.

Every operation holds exactly one '~', by which bench/stream_readers.cpp counts events.
"""

CONTEXT = '"context":{"table":"places","source":"bench~"},"frame":{}'


def new_place(number):
    return (
        f'{{"op":"INS","target":{{"id":"place-{number:07}","name":"Corner Kiosk","status":"open","seats":{number % 90}}},'
        f"{CONTEXT}}}"
    )


def changed_place(number, step):
    status = "open" if step % 2 else "closed"
    return f'{{"op":"ALT","target":{{"id":"place-{number:07}","status":"{status}","seats":{step % 90}}},{CONTEXT}}}'


def new_places(count):
    return (new_place(number) for number in range(count))


def changing_places(places, operations):
    """All places, then changes of them in turn, so that each has operations / places of its own."""
    yield from new_places(places)
    for number in range(places, operations):
        yield changed_place(number % places, number // places)


def one_place(operations):
    yield new_place(0)
    for number in range(1, operations):
        yield changed_place(0, number)


class Files:
    def __init__(self, root):
        self.root = root

    def lines(self, name, operations):
        """The path of <name>.ndjson; operations is only run through if it is not there yet."""
        path = self.root / f"{name}.ndjson"
        if not path.exists():
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(operation + "\n" for operation in operations)
        return path

    def array(self, lines_path):
        """The same operations as a JSON body."""
        path = lines_path.with_suffix(".json")
        if not path.exists():
            with open(lines_path, encoding="utf-8") as lines, open(path, "w", encoding="utf-8") as file:
                file.write('{"operations":[' + ",".join(line.rstrip("\n") for line in lines) + "]}")
        return path
