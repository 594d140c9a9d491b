"""Checks of tokens while another program holds the registry."""

import sqlite3
from contextlib import closing

from support.access import Guarded, bearer


def test_faults_b4_a_new_token_does_not_stop_the_appends_of_others():
    with Guarded() as guarded, closing(guarded.stack.client(timeout=5)) as client:
        known = guarded.headers("*:admin")
        assert client.request("POST", "/instances", json={"slug": "shop"}, headers=known).status == 201
        new = [bearer(guarded.token("shop:write")["token"]) for _ in range(5)]
        insert = {"op": "INS", "target": {"id": "e"}, "context": {"table": "t"}}
        with closing(sqlite3.connect(guarded.stack.dir / ".control" / "control.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for headers in [*new, known]:
                assert client.request("POST", "/shop/operations", json=insert, headers=headers).status == 200
                assert client.get("/health").status == 200
            other.execute("ROLLBACK")
