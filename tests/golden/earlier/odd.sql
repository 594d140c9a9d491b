CREATE TABLE operations (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    pretty_id TEXT,
    guid      TEXT NOT NULL,
    ts        TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    op        TEXT NOT NULL CHECK(op IN('INS','DES','SEG','CON','SYN','ALT','SUP','REC','NUL')),
    target    TEXT NOT NULL DEFAULT '{}',
    context   TEXT NOT NULL DEFAULT '{}',
    frame     TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_ops_ts ON operations(ts);
CREATE INDEX idx_ops_op ON operations(op);
CREATE UNIQUE INDEX idx_ops_guid ON operations(guid);
CREATE TABLE _projected (entity_id TEXT NOT NULL, tbl TEXT NOT NULL, data TEXT NOT NULL DEFAULT '{}',
    alive INTEGER NOT NULL DEFAULT 1, last_op INTEGER NOT NULL, PRIMARY KEY(entity_id, tbl));
CREATE INDEX idx_proj_tbl ON _projected(tbl) WHERE alive=1;
CREATE TABLE _con_edges (id INTEGER PRIMARY KEY AUTOINCREMENT, source_id TEXT NOT NULL, target_id TEXT NOT NULL,
    stance TEXT DEFAULT 'accidental', coupling REAL DEFAULT 0, data TEXT DEFAULT '{}', op_id INTEGER NOT NULL,
    alive INTEGER NOT NULL DEFAULT 1);
CREATE TABLE _snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, op_id INTEGER NOT NULL, ts TEXT NOT NULL,
    tbl TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT);
INSERT INTO _meta VALUES('projection_watermark', '3'), ('snapshot_interval', '1000');
INSERT INTO _projected VALUES('stale', 'places', '{"name": "not in the log"}', 1, 3);
INSERT INTO _con_edges(source_id, target_id, op_id) VALUES('stale', 'p1', 3);
INSERT INTO _snapshots(op_id, ts, tbl, data) VALUES(3, '2025-01-01T00:00:00.000Z', 'places', '[]');

INSERT INTO operations VALUES(2, 'FER-2', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0002', '2025-03-01T10:00:00.000Z', 'INS',
    '{"id": "p1", "name": "Fern \u0026 Iron", "price": 1.10}', '{"table": "places"}', '{}');
INSERT INTO operations VALUES(3, 'P2-3', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0003', '2025-03-01T11:00:00+02:00', 'INS',
    '{"id": 7, "status": "open"}', '{"table": "places"}', '{"source": "walk"}');
INSERT INTO operations VALUES(10, 'OP-10', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0010', '2025-03-02 09:30:00', 'CON',
    '{"source": "p1", "target": 7, "coupling": 0.8, "type": "near"}', '{"table": "places"}', '{}');
INSERT INTO operations VALUES(11, 'OP-11', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0011', '2025-03-03', 'ALT',
    '{"id": 7, "status": "closed", "score": NaN}', '{"table": "places"}', '{}');
INSERT INTO operations VALUES(12, 'OP-12', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0012', 'yesterday', 'ALT',
    '{"id": "p1", "odd": "time"}', '{"table": "places"}', '{}');
INSERT INTO operations VALUES(13, 'OP-13', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0013', '', 'SEG',
    '{"id": "p1"}', '{"table": "places", "boundary": "east"}', '{}');
INSERT INTO operations VALUES(400, 'OP-400', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0400', '2025-03-04T10:00:00.123456+00:00', 'INS',
    'no JSON at all', '{"table": "places"}', '{}');
INSERT INTO operations VALUES(401, 'GHO-401', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0401', '2025-02-01T00:00:00Z', 'INS',
    '{"id": "ghost", "name": "Ghost"}', '{"table": "places"}', '{}');
INSERT INTO operations VALUES(402, 'OP-402', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0402', '2025-03-05T10:00:00.000Z', 'NUL',
    '{"id": "p1", "entity_id": "p1", "field": "price"}', '{"table": "places"}', '{}');
