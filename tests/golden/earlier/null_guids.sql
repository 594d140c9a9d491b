CREATE TABLE operations (id INTEGER PRIMARY KEY AUTOINCREMENT, pretty_id TEXT, guid TEXT, ts TEXT NOT NULL, op TEXT NOT NULL,
    target TEXT NOT NULL, context TEXT NOT NULL, frame TEXT NOT NULL);
INSERT INTO operations VALUES(1, NULL, NULL, '2025-03-01T10:00:00.000Z', 'INS', '{"id":"a","name":"Ábaco"}', '{"table":"t"}', '{}');
INSERT INTO operations VALUES(2, NULL, '', '2025-03-01T10:00:01.000Z', 'INS', '{"id":"b"}', '{"table":"t"}', '{}');
INSERT INTO operations VALUES(3, 'OP-3', '3f1c9d62-0b1e-4c57-9d0a-6f3f5a8b0003', '2025-03-01T10:00:02.000Z', 'ALT',
    '{"id":"a","n":1}', '{"table":"t"}', '{}');
