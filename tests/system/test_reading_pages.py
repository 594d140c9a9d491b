"""Pages of a table, of its past, and of a biography: every entry once, in order, and no cursor after the last."""

import pytest


def pages(client, path, members):
    """Follows next_cursor to the end; what each page held."""
    sizes, found, cursor = [], [], None
    while cursor is not None or not sizes:
        page = client.ok(client.get(path + (f"&cursor={cursor}" if cursor is not None else "")))
        sizes.append(len(page[members]))
        found += [entry["id"] for entry in page[members]]
        cursor = page.get("next_cursor")
    return sizes, found


@pytest.fixture
def full(client, instance):
    for number in range(20):
        client.append(instance, "INS", {"id": f"e{number:02}", "n": number})
    client.append(instance, "INS", {"id": "later"})
    return instance


IDS = [f"e{number:02}" for number in range(20)]


@pytest.mark.parametrize("limit, sizes", [(7, [7, 7, 6]), (10, [10, 10]), (20, [20]), (21, [20])])
@pytest.mark.parametrize("moment", ["", "&at_op=20", "&replay=plain"])
def test_a_table(client, full, limit, sizes, moment):
    client.append(full, "INS", {"id": "profile-plain", "conflict": "preserve"}, {"table": "_rules"})
    client.append(full, "NUL", {"id": "later"})
    assert pages(client, f"/{full}/state/things?limit={limit}{moment}", "entities") == (sizes, IDS)


@pytest.mark.parametrize("limit, sizes", [(3, [3, 3]), (5, [5, 1]), (6, [6])])
def test_a_biography(client, full, limit, sizes):
    for number in range(5):
        client.append(full, "ALT", {"id": "e03", "n": number})
    assert pages(client, f"/{full}/biography/e03?limit={limit}", "operations") == (sizes, [4, *range(22, 27)])


def test_an_empty_table(client, full):
    assert pages(client, f"/{full}/state/nothing?limit=5", "entities") == ([0], [])
