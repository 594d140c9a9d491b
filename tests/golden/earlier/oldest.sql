CREATE TABLE operations (id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), op TEXT NOT NULL,
    target TEXT NOT NULL DEFAULT '{}', context TEXT NOT NULL DEFAULT '{}', frame TEXT NOT NULL DEFAULT '{}');
CREATE INDEX idx_ops_ts ON operations(ts);
INSERT INTO operations(ts, op, target, context) VALUES
    ('2025-03-01T10:00:00.000Z', 'INS', '{"id": "a", "name": "First"}', '{"table": "t"}'),
    ('2025-03-01T10:00:01.000Z', 'INS', '{"id": "b"}', '{"table": "t"}'),
    ('2025-03-01T10:00:02.000Z', 'SYN', '{"merge_into": "a", "merge_from": "b"}', '{"table": "t"}');
