PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE operations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pretty_id TEXT, guid TEXT NOT NULL, ts TEXT NOT NULL, op TEXT NOT NULL,
  target TEXT NOT NULL, context TEXT NOT NULL, frame TEXT NOT NULL);
INSERT INTO operations VALUES(1,'PLA-1','019b8d62-7a80-727d-8496-170000000001','2026-01-05T09:00:00.000Z','INS','{"id":"place","name":"Place","fields":["name","kind","status","hours"]}','{"table":"_types"}','{"authority":"steering group"}');
INSERT INTO operations VALUES(2,'PER-2','019b8d63-64e0-7950-89b6-9b0000000002','2026-01-05T09:01:00.000Z','INS','{"id":"person","name":"Person","fields":["name","role"]}','{"table":"_types"}','{"authority":"steering group"}');
INSERT INTO operations VALUES(3,'EVE-3','019b8d64-4f40-7934-86c1-320000000003','2026-01-05T09:02:00.000Z','INS','{"id":"event","name":"Event","fields":["name","date","host"]}','{"table":"_types"}','{"authority":"steering group"}');
INSERT INTO operations VALUES(4,'DEC-4','019b8d6b-a240-7c2d-a030-d90000000004','2026-01-05T09:10:00.000Z','INS','{"id":"profile-decided","name":"Decided","conflict":"collapse","boundary":"respect"}','{"table":"_rules"}','{"reason":"one value for each field, for reports"}');
INSERT INTO operations VALUES(5,'CAU-5','019b8d6c-8ca0-7e3f-868a-830000000005','2026-01-05T09:11:00.000Z','INS','{"id":"profile-cautious","name":"Cautious","conflict":"suspend","boundary":"unified"}','{"table":"_rules"}','{"reason":"mark what is disputed, look across districts"}');
INSERT INTO operations VALUES(6,'RUL-6','019b8d6d-7700-77b2-8231-c70000000006','2026-01-05T09:12:00.000Z','REC','{"id":"rule-closing","trigger":{"op":"ALT","match":{"context.table":"places","target.status":"closed"}},"action":{"op":"DES","target_template":{"id":"{trigger.target.id}","flag":"check_with_owner"},"context":{"table":"places"}}}','{"type":"feedback_rule","table":"_rules"}','{"authority":"steering group"}');
INSERT INTO operations VALUES(7,'CAN-7','019b9251-e800-7a5d-9503-9d0000000007','2026-01-06T08:00:00.000Z','INS','{"id":"pl0","name":"Canal Street Bakery","kind":"bakery","status":"open","hours":"6-14"}','{"table":"places"}','{"source":"walk","epistemic":"observed"}');
INSERT INTO operations VALUES(8,'THE-8','019b9256-7be0-709c-bd8b-020000000008','2026-01-06T08:05:00.000Z','INS','{"id":"pl1","name":"The Lantern","kind":"pub","status":"open","hours":"16-24"}','{"table":"places"}','{"source":"walk","epistemic":"observed"}');
INSERT INTO operations VALUES(9,'MIL-9','019b925b-0fc0-7d9c-a987-390000000009','2026-01-06T08:10:00.000Z','INS','{"id":"pl2","name":"Mill Pond Park","kind":"park","status":"open"}','{"table":"places"}','{"source":"walk","epistemic":"observed"}');
INSERT INTO operations VALUES(10,'ROP-10','019b925f-a3a0-7503-95c2-aa000000000a','2026-01-06T08:15:00.000Z','INS','{"id":"pl3","name":"Ropewalk Library","kind":"library","status":"open","hours":"10-18"}','{"table":"places"}','{"source":"city register","authority":"city"}');
INSERT INTO operations VALUES(11,'FER-11','019b9264-3780-70be-8830-94000000000b','2026-01-06T08:20:00.000Z','INS','{"id":"pl4","name":"Fern & Iron","kind":"hardware","status":"open","hours":"9-18"}','{"table":"places"}','{"source":"walk"}');
INSERT INTO operations VALUES(12,'COR-12','019b9268-cb60-7fb8-bef3-fe000000000c','2026-01-06T08:25:00.000Z','INS','{"id":"pl5","name":"Corner Kiosk","kind":"kiosk","status":"open"}','{"table":"places"}','{}');
INSERT INTO operations VALUES(13,'FER-13','019b926d-5f40-796e-bcd5-62000000000d','2026-01-06T08:30:00.000Z','INS','{"id":"pl6","name":"Fern and Iron Tools","kind":"hardware","phone":"555-0142"}','{"table":"places"}','{"source":"phone book"}');
INSERT INTO operations VALUES(14,'HAR-14','019b9271-f320-78fa-bce9-3c000000000e','2026-01-06T08:35:00.000Z','INS','{"id":"pl7","name":"Harbour Stage","kind":"venue","status":"open","seats":120}','{"table":"places"}','{"source":"walk"}');
INSERT INTO operations VALUES(15,'AMA-15','019b97e6-2100-7171-aaee-66000000000f','2026-01-07T10:00:00.000Z','INS','{"id":"pe0","name":"Amal Haddad","role":"baker"}','{"table":"people"}','{}');
INSERT INTO operations VALUES(16,'JOO-16','019b97e7-0b60-7ce3-954d-270000000010','2026-01-07T10:01:00.000Z','INS','{"id":"pe1","name":"Joost de Wit","role":"publican"}','{"table":"people"}','{}');
INSERT INTO operations VALUES(17,'SOF-17','019b97e7-f5c0-7047-bb99-800000000011','2026-01-07T10:02:00.000Z','INS','{"id":"pe2","name":"Sofia Lindqvist","role":"librarian"}','{"table":"people"}','{}');
INSERT INTO operations VALUES(18,'RAV-18','019b97e8-e020-7209-8d9a-930000000012','2026-01-07T10:03:00.000Z','INS','{"id":"pe3","name":"Ravi Menon","role":"musician"}','{"table":"people"}','{}');
INSERT INTO operations VALUES(19,'GRA-19','019b97e9-ca80-788b-91ea-a40000000013','2026-01-07T10:04:00.000Z','INS','{"id":"pe4","name":"Grace Okafor","role":"organiser"}','{"table":"people"}','{}');
INSERT INTO operations VALUES(20,'TOM-20','019b97ea-b4e0-7466-8d8f-860000000014','2026-01-07T10:05:00.000Z','INS','{"id":"pe5","name":"Tomasz Zielak","role":"gardener"}','{"table":"people"}','{}');
INSERT INTO operations VALUES(21,'WIN-21','019b9d7a-5a00-7c76-8db0-a40000000015','2026-01-08T12:00:00.000Z','INS','{"id":"ev0","name":"Winter Market","date":"2026-02-07","host":"pl2"}','{"table":"events"}','{"source":"poster"}');
INSERT INTO operations VALUES(22,'OPE-22','019b9d7b-4460-7a21-ad1f-2b0000000016','2026-01-08T12:01:00.000Z','INS','{"id":"ev1","name":"Open Microphone","date":"2026-02-12","host":"pl7"}','{"table":"events"}','{"source":"poster"}');
INSERT INTO operations VALUES(23,'REA-23','019b9d7c-2ec0-780a-ab48-c90000000017','2026-01-08T12:02:00.000Z','INS','{"id":"ev2","name":"Reading Hour","date":"2026-02-14","host":"pl3"}','{"table":"events"}','{"source":"newsletter"}');
INSERT INTO operations VALUES(24,'PON-24','019b9d7d-1920-7acb-85fe-6d0000000018','2026-01-08T12:03:00.000Z','INS','{"id":"ev3","name":"Pond Clean-up","date":"2026-03-21","host":"pl2"}','{"table":"events"}','{"source":"newsletter"}');
INSERT INTO operations VALUES(25,'OP-25','019ba1fb-ea80-7ab7-bd37-640000000019','2026-01-09T09:00:00.000Z','CON','{"source":"pe0","target":"pl0","coupling":0.95,"type":"runs"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(26,'OP-26','019ba1fc-d4e0-7489-acfb-20000000001a','2026-01-09T09:01:00.000Z','CON','{"source":"pe1","target":"pl1","coupling":0.9,"type":"runs"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(27,'OP-27','019ba1fd-bf40-7280-a60f-f2000000001b','2026-01-09T09:02:00.000Z','CON','{"source":"pe2","target":"pl3","coupling":0.8,"type":"works_at"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(28,'OP-28','019ba1fe-a9a0-7d49-9d16-f3000000001c','2026-01-09T09:03:00.000Z','CON','{"source":"pe3","target":"pl7","coupling":0.6,"type":"plays_at"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(29,'OP-29','019ba1ff-9400-759a-91d2-12000000001d','2026-01-09T09:04:00.000Z','CON','{"source":"pe3","target":"ev1","coupling":0.7,"type":"hosts"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(30,'OP-30','019ba200-7e60-7944-8418-21000000001e','2026-01-09T09:05:00.000Z','CON','{"source":"pe4","target":"ev0","coupling":0.85,"stance":"essential","type":"organises"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(31,'OP-31','019ba201-68c0-79f5-b70b-49000000001f','2026-01-09T09:06:00.000Z','CON','{"source":"pe4","target":"pe5","type":"knows"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(32,'OP-32','019ba202-5320-780f-b1c2-4e0000000020','2026-01-09T09:07:00.000Z','CON','{"from":"pe5","to":"ev3","coupling":0.75,"type":"leads"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(33,'OP-33','019ba203-3d80-704c-8e14-1e0000000021','2026-01-09T09:08:00.000Z','CON','{"source":"pl0","target":"ev0","coupling":0.55,"type":"supplies"}','{"table":"ties"}','{}');
INSERT INTO operations VALUES(34,'PL0-34','019bb1dc-db80-7ee4-a2ce-960000000022','2026-01-12T11:00:00.000Z','DES','{"id":"pl0","nickname":"the Canal","known_for":"rye bread"}','{"table":"places"}','{"epistemic":"told","source":"neighbours"}');
INSERT INTO operations VALUES(35,'EV0-35','019bb1e1-6f60-7267-9bd1-160000000023','2026-01-12T11:05:00.000Z','DES','{"id":"ev0","theme":"lights"}','{"table":"events"}','{"authority":"market committee"}');
INSERT INTO operations VALUES(36,'PL0-36','019bb695-5a80-7abc-9b7c-120000000024','2026-01-13T09:00:00.000Z','SEG','{"id":"pl0","boundary":"canal quarter"}','{"table":"places"}','{}');
INSERT INTO operations VALUES(37,'PL1-37','019bb696-44e0-7cba-b466-790000000025','2026-01-13T09:01:00.000Z','SEG','{"id":"pl1","boundary":"canal quarter"}','{"table":"places"}','{}');
INSERT INTO operations VALUES(38,'PL7-38','019bb697-2f40-74ff-b2d2-500000000026','2026-01-13T09:02:00.000Z','SEG','{"id":"pl7"}','{"table":"places","boundary":"harbour"}','{}');
INSERT INTO operations VALUES(39,'PL1-39','019bdbeb-7580-7aa5-914a-d90000000027','2026-01-20T15:00:00.000Z','ALT','{"id":"pl1","hours":"17-24"}','{"table":"places"}','{"reason":"sign on the door","source":"walk"}');
INSERT INTO operations VALUES(40,'PL7-40','019be638-2d80-7d5a-85b2-0d0000000028','2026-01-22T15:00:00.000Z','ALT','{"id":"pl7","seats":140}','{"table":"places","source":"owner"}','{"source":"owner","epistemic":"told"}');
INSERT INTO operations VALUES(41,'PL3-41','019bf498-9900-7338-a349-6b0000000029','2026-01-25T10:00:00.000Z','SUP','{"id":"pl3","field":"hours","variants":[{"source":"city register","value":"10-18"},{"source":"sign on the door","value":"10-17"}]}','{"table":"places"}','{"reason":"two sources disagree"}');
INSERT INTO operations VALUES(42,'OP-42','019bf9be-f500-75f2-ad24-1d000000002a','2026-01-26T10:00:00.000Z','SYN','{"merge_into":"pl4","merge_from":"pl6"}','{"table":"places"}','{"reason":"the same shop under two names"}');
INSERT INTO operations VALUES(43,'OP-43','019c040b-ad00-7734-b3fd-55000000002b','2026-01-28T10:00:00.000Z','NUL','{"entity_id":"ev2","field":"host"}','{"table":"events"}','{"reason":"moved, new place not known"}');
INSERT INTO operations VALUES(44,'PL5-44','019c100f-d900-79cb-811c-36000000002c','2026-01-30T18:00:00.000Z','NUL','{"id":"pl5"}','{"table":"places"}','{"reason":"kiosk taken down"}');
INSERT INTO operations VALUES(45,'OP-45','019c1d26-ad80-7b93-bced-91000000002d','2026-02-02T07:00:00.000Z','REC','{"rows":[{"name":"Fern & Iron","hours":"9-17","status":"open"},{"name":"Pond Café","kind":"café","status":"open"}]}','{"type":"snapshot_ingest","table":"places","source":"directory"}','{"match_on":"name","absence_means":"unchanged","null_fields_mean":"unchanged"}');
INSERT INTO operations VALUES(46,'PL4-46','019c1d26-ad80-77e0-9c00-b8000000002e','2026-02-02T07:00:00.000Z','ALT','{"id":"pl4","hours":"9-17"}','{"table":"places","generated_by":45}','{}');
INSERT INTO operations VALUES(47,'PON-47','019c1d26-ad80-7a4e-b35a-66000000002f','2026-02-02T07:00:00.000Z','INS','{"id":"Pond Café","name":"Pond Café","kind":"café","status":"open"}','{"table":"places","generated_by":45}','{}');
INSERT INTO operations VALUES(48,'EV0-48','019c39b0-9600-753c-89fd-e70000000030','2026-02-07T20:00:00.000Z','ALT','{"id":"ev0","visitors":340}','{"table":"events"}','{"source":"count at the gate"}');
INSERT INTO operations VALUES(49,'EV1-49','019c563a-7e80-7f27-a85f-a40000000031','2026-02-13T09:00:00.000Z','ALT','{"id":"ev1","date":"2026-02-19"}','{"table":"events"}','{"reason":"postponed by a week"}');
INSERT INTO operations VALUES(50,'PL1-50','019c621b-e428-7fc6-9d45-b80000000032','2026-02-15T16:22:01.000Z','ALT','{"id":"pl1","status":"closed"}','{"table":"places","source":"scraper"}','{"reason":"directory shows it permanently closed"}');
INSERT INTO operations VALUES(51,'PL1-51','019c621b-e428-77db-ae4a-8e0000000033','2026-02-15T16:22:01.000Z','DES','{"id":"pl1","flag":"check_with_owner"}','{"table":"places","generated_by_rule":"rule-closing","generated_by":50}','{}');
INSERT INTO operations VALUES(52,'LAT-52','01a1fc85-1073-7187-9829-9d0000000034','2026-11-21T05:12:21.363Z','INS','{"id":"late","n":1.10}','{"table":"places"}','{}');
CREATE TABLE state(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  epoch TEXT NOT NULL,
  operations INTEGER NOT NULL,     -- rows in the log
  entities INTEGER NOT NULL,       -- alive ones
  head INTEGER NOT NULL,           -- last operation id
  last_ts TEXT NOT NULL,           -- of the last operation
  clock_ms INTEGER NOT NULL,       -- last time the server gave; the next is not earlier
  legacy_last_id INTEGER NOT NULL  -- operations up to here were written by the earlier system
, max_ts_ms INTEGER NOT NULL DEFAULT -9000000000000000);
INSERT INTO state VALUES(1,'6d551ca7716839f3fc5ed6ec9825b506',52,24,52,'2026-11-21T05:12:21.363Z',1795237941363,0,1795237941363);
CREATE TABLE idempotency(
  key TEXT PRIMARY KEY,            -- 'k:' and the header's text, or 'g:' and the client's guid
  op_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,        -- of the last operation it generated, else op_id
  extra TEXT NOT NULL              -- further members of the first answer
) WITHOUT ROWID;
INSERT INTO idempotency VALUES('k:once',52,52,'');
CREATE TABLE tables(
  tid INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  first_op INTEGER NOT NULL,
  last_op INTEGER NOT NULL,
  alive INTEGER NOT NULL
);
INSERT INTO tables VALUES(1,'_types',1,3,3);
INSERT INTO tables VALUES(2,'_rules',4,6,3);
INSERT INTO tables VALUES(3,'places',7,52,8);
INSERT INTO tables VALUES(4,'people',15,32,6);
INSERT INTO tables VALUES(5,'events',21,49,4);
CREATE TABLE entities(
  tid INTEGER NOT NULL, id TEXT NOT NULL,
  alive INTEGER NOT NULL,
  first_op INTEGER NOT NULL, last_op INTEGER NOT NULL,
  since_ops INTEGER NOT NULL, since_bytes INTEGER NOT NULL,  -- since its last checkpoint
  data TEXT NOT NULL,
  PRIMARY KEY(tid, id)
) WITHOUT ROWID;
INSERT INTO entities VALUES(1,'event',1,3,3,1,174,'{"name":"Event","fields":["name","date","host"],"_provenance":{"name":{"op_id":3,"authority":"steering group"},"fields":{"op_id":3,"authority":"steering group"}},"_ops":{"INS":1}}');
INSERT INTO entities VALUES(1,'person',1,2,2,1,169,'{"name":"Person","fields":["name","role"],"_provenance":{"name":{"op_id":2,"authority":"steering group"},"fields":{"op_id":2,"authority":"steering group"}},"_ops":{"INS":1}}');
INSERT INTO entities VALUES(1,'place',1,1,1,1,184,'{"name":"Place","fields":["name","kind","status","hours"],"_provenance":{"name":{"op_id":1,"authority":"steering group"},"fields":{"op_id":1,"authority":"steering group"}},"_ops":{"INS":1}}');
INSERT INTO entities VALUES(2,'profile-cautious',1,5,5,1,225,'{"name":"Cautious","conflict":"suspend","boundary":"unified","_ops":{"INS":1}}');
INSERT INTO entities VALUES(2,'profile-decided',1,4,4,1,217,'{"name":"Decided","conflict":"collapse","boundary":"respect","_ops":{"INS":1}}');
INSERT INTO entities VALUES(2,'rule-closing',1,6,6,1,364,'{"id":"rule-closing","trigger":{"op":"ALT","match":{"context.table":"places","target.status":"closed"}},"action":{"op":"DES","target_template":{"id":"{trigger.target.id}","flag":"check_with_owner"},"context":{"table":"places"}},"_ops":{"REC":1}}');
INSERT INTO entities VALUES(3,'Pond Café',1,47,47,1,174,'{"name":"Pond Café","kind":"café","status":"open","_ops":{"INS":1}}');
INSERT INTO entities VALUES(3,'late',1,52,52,1,108,'{"n":1.10,"_ops":{"INS":1}}');
INSERT INTO entities VALUES(3,'pl0',1,7,36,5,813,'{"name":"Canal Street Bakery","kind":"bakery","status":"open","hours":"6-14","_provenance":{"name":{"op_id":7,"epistemic":"observed","source":"walk"},"kind":{"op_id":7,"epistemic":"observed","source":"walk"},"status":{"op_id":7,"epistemic":"observed","source":"walk"},"hours":{"op_id":7,"epistemic":"observed","source":"walk"}},"_ops":{"INS":1,"CON":2,"DES":1,"SEG":1},"_des":{"nickname":"the Canal","known_for":"rye bread"},"_seg":[{"boundary":"canal quarter","op_id":36}]}');
INSERT INTO entities VALUES(3,'pl1',1,8,51,6,986,'{"name":"The Lantern","kind":"pub","status":"closed","hours":"17-24","_provenance":{"name":{"op_id":8,"epistemic":"observed","source":"walk"},"kind":{"op_id":8,"epistemic":"observed","source":"walk"},"status":{"op_id":8,"epistemic":"observed","source":"walk"},"hours":{"op_id":39,"source":"walk"}},"_ops":{"INS":1,"CON":1,"SEG":1,"ALT":2,"DES":1},"_seg":[{"boundary":"canal quarter","op_id":37}],"_des":{"flag":"check_with_owner"}}');
INSERT INTO entities VALUES(3,'pl2',1,9,9,1,189,'{"name":"Mill Pond Park","kind":"park","status":"open","_provenance":{"name":{"op_id":9,"epistemic":"observed","source":"walk"},"kind":{"op_id":9,"epistemic":"observed","source":"walk"},"status":{"op_id":9,"epistemic":"observed","source":"walk"}},"_ops":{"INS":1}}');
INSERT INTO entities VALUES(3,'pl3',1,10,41,3,610,'{"name":"Ropewalk Library","kind":"library","status":"open","hours":{"_sup":[{"source":"city register","value":"10-18"},{"source":"sign on the door","value":"10-17"}],"op_id":41},"_provenance":{"name":{"op_id":10,"source":"city register","authority":"city"},"kind":{"op_id":10,"source":"city register","authority":"city"},"status":{"op_id":10,"source":"city register","authority":"city"},"hours":{"op_id":10,"source":"city register","authority":"city"}},"_ops":{"INS":1,"CON":1,"SUP":1}}');
INSERT INTO entities VALUES(3,'pl4',1,11,46,4,663,'{"name":"Fern & Iron","kind":"hardware","phone":"555-0142","_provenance":{"name":{"op_id":11,"source":"walk"},"kind":{"op_id":11,"source":"walk"},"status":{"op_id":11,"source":"walk"},"hours":{"op_id":11,"source":"walk"}},"_ops":{"INS":1,"SYN":1,"ALT":1},"status":"open","hours":"9-17","_syn_from":["pl6"]}');
INSERT INTO entities VALUES(3,'pl5',0,12,44,2,276,'{"name":"Corner Kiosk","kind":"kiosk","status":"open","_ops":{"INS":1,"NUL":1}}');
INSERT INTO entities VALUES(3,'pl6',0,13,42,2,0,'{"name":"Fern and Iron Tools","kind":"hardware","phone":"555-0142","_provenance":{"name":{"op_id":13,"source":"phone book"},"kind":{"op_id":13,"source":"phone book"},"phone":{"op_id":13,"source":"phone book"}},"_ops":{"INS":1}}');
INSERT INTO entities VALUES(3,'pl7',1,14,40,4,607,'{"name":"Harbour Stage","kind":"venue","status":"open","seats":140,"_provenance":{"name":{"op_id":14,"source":"walk"},"kind":{"op_id":14,"source":"walk"},"status":{"op_id":14,"source":"walk"},"seats":{"op_id":40,"epistemic":"told","source":"owner"}},"_ops":{"INS":1,"CON":1,"SEG":1,"ALT":1},"_seg":[{"boundary":"harbour","op_id":38}]}');
INSERT INTO entities VALUES(4,'pe0',1,15,25,2,278,'{"name":"Amal Haddad","role":"baker","_ops":{"INS":1,"CON":1}}');
INSERT INTO entities VALUES(4,'pe1',1,16,26,2,281,'{"name":"Joost de Wit","role":"publican","_ops":{"INS":1,"CON":1}}');
INSERT INTO entities VALUES(4,'pe2',1,17,27,2,289,'{"name":"Sofia Lindqvist","role":"librarian","_ops":{"INS":1,"CON":1}}');
INSERT INTO entities VALUES(4,'pe3',1,18,29,3,427,'{"name":"Ravi Menon","role":"musician","_ops":{"INS":1,"CON":2}}');
INSERT INTO entities VALUES(4,'pe4',1,19,31,3,438,'{"name":"Grace Okafor","role":"organiser","_ops":{"INS":1,"CON":2}}');
INSERT INTO entities VALUES(4,'pe5',1,20,32,3,407,'{"name":"Tomasz Zielak","role":"gardener","_ops":{"INS":1,"CON":2}}');
INSERT INTO entities VALUES(5,'ev0',1,21,48,5,775,'{"name":"Winter Market","date":"2026-02-07","host":"pl2","_provenance":{"name":{"op_id":21,"source":"poster"},"date":{"op_id":21,"source":"poster"},"host":{"op_id":21,"source":"poster"},"visitors":{"op_id":48,"source":"count at the gate"}},"_ops":{"INS":1,"CON":2,"DES":1,"ALT":1},"_des":{"theme":"lights"},"visitors":340}');
INSERT INTO entities VALUES(5,'ev1',1,22,49,3,465,'{"name":"Open Microphone","date":"2026-02-19","host":"pl7","_provenance":{"name":{"op_id":22,"source":"poster"},"date":{"op_id":22,"source":"poster"},"host":{"op_id":22,"source":"poster"}},"_ops":{"INS":1,"CON":1,"ALT":1}}');
INSERT INTO entities VALUES(5,'ev2',1,23,43,2,330,'{"name":"Reading Hour","date":"2026-02-14","host":{"_nul":true,"op_id":43},"_provenance":{"name":{"op_id":23,"source":"newsletter"},"date":{"op_id":23,"source":"newsletter"},"host":{"op_id":23,"source":"newsletter"}},"_ops":{"INS":1,"NUL":1}}');
INSERT INTO entities VALUES(5,'ev3',1,24,32,2,314,'{"name":"Pond Clean-up","date":"2026-03-21","host":"pl2","_provenance":{"name":{"op_id":24,"source":"newsletter"},"date":{"op_id":24,"source":"newsletter"},"host":{"op_id":24,"source":"newsletter"}},"_ops":{"INS":1,"CON":1}}');
CREATE TABLE checkpoints(
  tid INTEGER NOT NULL, id TEXT NOT NULL, op_id INTEGER NOT NULL,
  alive INTEGER NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY(tid, id, op_id)
) WITHOUT ROWID;
CREATE TABLE edges(
  op_id INTEGER PRIMARY KEY,
  since_op INTEGER NOT NULL,       -- the operation that gave it these ends
  died_op INTEGER NOT NULL,        -- 0: alive
  source TEXT NOT NULL, target TEXT NOT NULL, stance TEXT NOT NULL, coupling TEXT NOT NULL, data TEXT NOT NULL
);
INSERT INTO edges VALUES(25,25,0,'pe0','pl0','essential','0.95','{"type":"runs"}');
INSERT INTO edges VALUES(26,26,0,'pe1','pl1','essential','0.9','{"type":"runs"}');
INSERT INTO edges VALUES(27,27,0,'pe2','pl3','essential','0.8','{"type":"works_at"}');
INSERT INTO edges VALUES(28,28,0,'pe3','pl7','generative','0.6','{"type":"plays_at"}');
INSERT INTO edges VALUES(29,29,0,'pe3','ev1','essential','0.7','{"type":"hosts"}');
INSERT INTO edges VALUES(30,30,0,'pe4','ev0','essential','0.85','{"type":"organises"}');
INSERT INTO edges VALUES(31,31,0,'pe4','pe5','accidental','0.5','{"type":"knows"}');
INSERT INTO edges VALUES(32,32,0,'pe5','ev3','essential','0.75','{"type":"leads"}');
INSERT INTO edges VALUES(33,33,0,'pl0','ev0','generative','0.55','{"type":"supplies"}');
CREATE TABLE edge_moves(
  edge INTEGER NOT NULL, until_op INTEGER NOT NULL,
  since_op INTEGER NOT NULL,
  source TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY(edge, until_op)
) WITHOUT ROWID;
CREATE TABLE mentions(
  id TEXT NOT NULL, op_id INTEGER NOT NULL,
  tid INTEGER NOT NULL,            -- the table whose entity of that id it changed; 0: none
  nth INTEGER NOT NULL,            -- how many operations name the id up to this one
  PRIMARY KEY(id, op_id)
) WITHOUT ROWID;
INSERT INTO mentions VALUES('Pond Café',47,3,1);
INSERT INTO mentions VALUES('ev0',21,5,1);
INSERT INTO mentions VALUES('ev0',30,5,2);
INSERT INTO mentions VALUES('ev0',33,5,3);
INSERT INTO mentions VALUES('ev0',35,5,4);
INSERT INTO mentions VALUES('ev0',48,5,5);
INSERT INTO mentions VALUES('ev1',22,5,1);
INSERT INTO mentions VALUES('ev1',29,5,2);
INSERT INTO mentions VALUES('ev1',49,5,3);
INSERT INTO mentions VALUES('ev2',23,5,1);
INSERT INTO mentions VALUES('ev2',43,5,2);
INSERT INTO mentions VALUES('ev3',24,5,1);
INSERT INTO mentions VALUES('ev3',32,5,2);
INSERT INTO mentions VALUES('event',3,1,1);
INSERT INTO mentions VALUES('late',52,3,1);
INSERT INTO mentions VALUES('pe0',15,4,1);
INSERT INTO mentions VALUES('pe0',25,4,2);
INSERT INTO mentions VALUES('pe1',16,4,1);
INSERT INTO mentions VALUES('pe1',26,4,2);
INSERT INTO mentions VALUES('pe2',17,4,1);
INSERT INTO mentions VALUES('pe2',27,4,2);
INSERT INTO mentions VALUES('pe3',18,4,1);
INSERT INTO mentions VALUES('pe3',28,4,2);
INSERT INTO mentions VALUES('pe3',29,4,3);
INSERT INTO mentions VALUES('pe4',19,4,1);
INSERT INTO mentions VALUES('pe4',30,4,2);
INSERT INTO mentions VALUES('pe4',31,4,3);
INSERT INTO mentions VALUES('pe5',20,4,1);
INSERT INTO mentions VALUES('pe5',31,4,2);
INSERT INTO mentions VALUES('pe5',32,4,3);
INSERT INTO mentions VALUES('person',2,1,1);
INSERT INTO mentions VALUES('pl0',7,3,1);
INSERT INTO mentions VALUES('pl0',25,3,2);
INSERT INTO mentions VALUES('pl0',33,3,3);
INSERT INTO mentions VALUES('pl0',34,3,4);
INSERT INTO mentions VALUES('pl0',36,3,5);
INSERT INTO mentions VALUES('pl1',8,3,1);
INSERT INTO mentions VALUES('pl1',26,3,2);
INSERT INTO mentions VALUES('pl1',37,3,3);
INSERT INTO mentions VALUES('pl1',39,3,4);
INSERT INTO mentions VALUES('pl1',50,3,5);
INSERT INTO mentions VALUES('pl1',51,3,6);
INSERT INTO mentions VALUES('pl2',9,3,1);
INSERT INTO mentions VALUES('pl3',10,3,1);
INSERT INTO mentions VALUES('pl3',27,3,2);
INSERT INTO mentions VALUES('pl3',41,3,3);
INSERT INTO mentions VALUES('pl4',11,3,1);
INSERT INTO mentions VALUES('pl4',42,3,2);
INSERT INTO mentions VALUES('pl4',46,3,3);
INSERT INTO mentions VALUES('pl5',12,3,1);
INSERT INTO mentions VALUES('pl5',44,3,2);
INSERT INTO mentions VALUES('pl6',13,3,1);
INSERT INTO mentions VALUES('pl6',42,3,2);
INSERT INTO mentions VALUES('pl7',14,3,1);
INSERT INTO mentions VALUES('pl7',28,3,2);
INSERT INTO mentions VALUES('pl7',38,3,3);
INSERT INTO mentions VALUES('pl7',40,3,4);
INSERT INTO mentions VALUES('place',1,1,1);
INSERT INTO mentions VALUES('profile-cautious',5,2,1);
INSERT INTO mentions VALUES('profile-decided',4,2,1);
INSERT INTO mentions VALUES('rule-closing',6,2,1);
CREATE TABLE late_runs(
  first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL,
  min_ts_ms INTEGER NOT NULL       -- the earliest time in the run
);
CREATE TABLE zones(
  zone INTEGER PRIMARY KEY, operators INTEGER NOT NULL, min_ts_ms INTEGER NOT NULL, max_ts_ms INTEGER NOT NULL,
  terms BLOB NOT NULL
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('operations',52);
CREATE INDEX edges_by_source ON edges(source, died_op);
CREATE INDEX edges_by_target ON edges(target, died_op);
CREATE INDEX edge_moves_by_source ON edge_moves(source, until_op);
CREATE INDEX edge_moves_by_target ON edge_moves(target, until_op);
COMMIT;
PRAGMA user_version=2;
