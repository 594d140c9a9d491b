#include "fcgi/demo.h"

namespace choreo::fcgi {

std::string_view demo_operations() {
  return R"ndjson(
{"ts":"2026-01-05T09:00:00Z","op":"INS","target":{"id":"place","name":"Place","fields":["name","kind","status","hours"]},"context":{"table":"_types"},"frame":{"authority":"steering group"}}
{"ts":"2026-01-05T09:01:00Z","op":"INS","target":{"id":"person","name":"Person","fields":["name","role"]},"context":{"table":"_types"},"frame":{"authority":"steering group"}}
{"ts":"2026-01-05T09:02:00Z","op":"INS","target":{"id":"event","name":"Event","fields":["name","date","host"]},"context":{"table":"_types"},"frame":{"authority":"steering group"}}
{"ts":"2026-01-05T09:10:00Z","op":"INS","target":{"id":"profile-decided","name":"Decided","conflict":"collapse","boundary":"respect"},"context":{"table":"_rules"},"frame":{"reason":"one value for each field, for reports"}}
{"ts":"2026-01-05T09:11:00Z","op":"INS","target":{"id":"profile-cautious","name":"Cautious","conflict":"suspend","boundary":"unified"},"context":{"table":"_rules"},"frame":{"reason":"mark what is disputed, look across districts"}}
{"ts":"2026-01-05T09:12:00Z","op":"REC","target":{"id":"rule-closing","trigger":{"op":"ALT","match":{"context.table":"places","target.status":"closed"}},"action":{"op":"DES","target_template":{"id":"{trigger.target.id}","flag":"check_with_owner"},"context":{"table":"places"}}},"context":{"type":"feedback_rule","table":"_rules"},"frame":{"authority":"steering group"}}
{"ts":"2026-01-06T08:00:00Z","op":"INS","target":{"id":"pl0","name":"Canal Street Bakery","kind":"bakery","status":"open","hours":"6-14"},"context":{"table":"places"},"frame":{"source":"walk","epistemic":"observed"}}
{"ts":"2026-01-06T08:05:00Z","op":"INS","target":{"id":"pl1","name":"The Lantern","kind":"pub","status":"open","hours":"16-24"},"context":{"table":"places"},"frame":{"source":"walk","epistemic":"observed"}}
{"ts":"2026-01-06T08:10:00Z","op":"INS","target":{"id":"pl2","name":"Mill Pond Park","kind":"park","status":"open"},"context":{"table":"places"},"frame":{"source":"walk","epistemic":"observed"}}
{"ts":"2026-01-06T08:15:00Z","op":"INS","target":{"id":"pl3","name":"Ropewalk Library","kind":"library","status":"open","hours":"10-18"},"context":{"table":"places"},"frame":{"source":"city register","authority":"city"}}
{"ts":"2026-01-06T08:20:00Z","op":"INS","target":{"id":"pl4","name":"Fern & Iron","kind":"hardware","status":"open","hours":"9-18"},"context":{"table":"places"},"frame":{"source":"walk"}}
{"ts":"2026-01-06T08:25:00Z","op":"INS","target":{"id":"pl5","name":"Corner Kiosk","kind":"kiosk","status":"open"},"context":{"table":"places"}}
{"ts":"2026-01-06T08:30:00Z","op":"INS","target":{"id":"pl6","name":"Fern and Iron Tools","kind":"hardware","phone":"555-0142"},"context":{"table":"places"},"frame":{"source":"phone book"}}
{"ts":"2026-01-06T08:35:00Z","op":"INS","target":{"id":"pl7","name":"Harbour Stage","kind":"venue","status":"open","seats":120},"context":{"table":"places"},"frame":{"source":"walk"}}
{"ts":"2026-01-07T10:00:00Z","op":"INS","target":{"id":"pe0","name":"Amal Haddad","role":"baker"},"context":{"table":"people"}}
{"ts":"2026-01-07T10:01:00Z","op":"INS","target":{"id":"pe1","name":"Joost de Wit","role":"publican"},"context":{"table":"people"}}
{"ts":"2026-01-07T10:02:00Z","op":"INS","target":{"id":"pe2","name":"Sofia Lindqvist","role":"librarian"},"context":{"table":"people"}}
{"ts":"2026-01-07T10:03:00Z","op":"INS","target":{"id":"pe3","name":"Ravi Menon","role":"musician"},"context":{"table":"people"}}
{"ts":"2026-01-07T10:04:00Z","op":"INS","target":{"id":"pe4","name":"Grace Okafor","role":"organiser"},"context":{"table":"people"}}
{"ts":"2026-01-07T10:05:00Z","op":"INS","target":{"id":"pe5","name":"Tomasz Zielak","role":"gardener"},"context":{"table":"people"}}
{"ts":"2026-01-08T12:00:00Z","op":"INS","target":{"id":"ev0","name":"Winter Market","date":"2026-02-07","host":"pl2"},"context":{"table":"events"},"frame":{"source":"poster"}}
{"ts":"2026-01-08T12:01:00Z","op":"INS","target":{"id":"ev1","name":"Open Microphone","date":"2026-02-12","host":"pl7"},"context":{"table":"events"},"frame":{"source":"poster"}}
{"ts":"2026-01-08T12:02:00Z","op":"INS","target":{"id":"ev2","name":"Reading Hour","date":"2026-02-14","host":"pl3"},"context":{"table":"events"},"frame":{"source":"newsletter"}}
{"ts":"2026-01-08T12:03:00Z","op":"INS","target":{"id":"ev3","name":"Pond Clean-up","date":"2026-03-21","host":"pl2"},"context":{"table":"events"},"frame":{"source":"newsletter"}}
{"ts":"2026-01-09T09:00:00Z","op":"CON","target":{"source":"pe0","target":"pl0","coupling":0.95,"type":"runs"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:01:00Z","op":"CON","target":{"source":"pe1","target":"pl1","coupling":0.9,"type":"runs"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:02:00Z","op":"CON","target":{"source":"pe2","target":"pl3","coupling":0.8,"type":"works_at"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:03:00Z","op":"CON","target":{"source":"pe3","target":"pl7","coupling":0.6,"type":"plays_at"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:04:00Z","op":"CON","target":{"source":"pe3","target":"ev1","coupling":0.7,"type":"hosts"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:05:00Z","op":"CON","target":{"source":"pe4","target":"ev0","coupling":0.85,"stance":"essential","type":"organises"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:06:00Z","op":"CON","target":{"source":"pe4","target":"pe5","type":"knows"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:07:00Z","op":"CON","target":{"from":"pe5","to":"ev3","coupling":0.75,"type":"leads"},"context":{"table":"ties"}}
{"ts":"2026-01-09T09:08:00Z","op":"CON","target":{"source":"pl0","target":"ev0","coupling":0.55,"type":"supplies"},"context":{"table":"ties"}}
{"ts":"2026-01-12T11:00:00Z","op":"DES","target":{"id":"pl0","nickname":"the Canal","known_for":"rye bread"},"context":{"table":"places"},"frame":{"epistemic":"told","source":"neighbours"}}
{"ts":"2026-01-12T11:05:00Z","op":"DES","target":{"id":"ev0","theme":"lights"},"context":{"table":"events"},"frame":{"authority":"market committee"}}
{"ts":"2026-01-13T09:00:00Z","op":"SEG","target":{"id":"pl0","boundary":"canal quarter"},"context":{"table":"places"}}
{"ts":"2026-01-13T09:01:00Z","op":"SEG","target":{"id":"pl1","boundary":"canal quarter"},"context":{"table":"places"}}
{"ts":"2026-01-13T09:02:00Z","op":"SEG","target":{"id":"pl7"},"context":{"table":"places","boundary":"harbour"}}
{"ts":"2026-01-20T15:00:00Z","op":"ALT","target":{"id":"pl1","hours":"17-24"},"context":{"table":"places"},"frame":{"reason":"sign on the door","source":"walk"}}
{"ts":"2026-01-22T15:00:00Z","op":"ALT","target":"tables.places.pl7","operand":{"fields.seats":140,"meta.source":"owner"},"frame":{"source":"owner","epistemic":"told"}}
{"ts":"2026-01-25T10:00:00Z","op":"SUP","target":{"id":"pl3","field":"hours","variants":[{"source":"city register","value":"10-18"},{"source":"sign on the door","value":"10-17"}]},"context":{"table":"places"},"frame":{"reason":"two sources disagree"}}
{"ts":"2026-01-26T10:00:00Z","op":"SYN","target":{"merge_into":"pl4","merge_from":"pl6"},"context":{"table":"places"},"frame":{"reason":"the same shop under two names"}}
{"ts":"2026-01-28T10:00:00Z","op":"NUL","target":{"entity_id":"ev2","field":"host"},"context":{"table":"events"},"frame":{"reason":"moved, new place not known"}}
{"ts":"2026-01-30T18:00:00Z","op":"NUL","target":{"id":"pl5"},"context":{"table":"places"},"frame":{"reason":"kiosk taken down"}}
{"ts":"2026-02-02T07:00:00Z","op":"REC","target":{"rows":[{"name":"Fern & Iron","hours":"9-17","status":"open"},{"name":"Pond Café","kind":"café","status":"open"}]},"context":{"type":"snapshot_ingest","table":"places","source":"directory"},"frame":{"match_on":"name","absence_means":"unchanged","null_fields_mean":"unchanged"}}
{"ts":"2026-02-07T20:00:00Z","op":"ALT","target":{"id":"ev0","visitors":340},"context":{"table":"events"},"frame":{"source":"count at the gate"}}
{"ts":"2026-02-13T09:00:00Z","op":"ALT","target":{"id":"ev1","date":"2026-02-19"},"context":{"table":"events"},"frame":{"reason":"postponed by a week"}}
{"ts":"2026-02-15T16:22:01Z","op":"ALT","target":{"id":"pl1","status":"closed"},"context":{"table":"places","source":"scraper"},"frame":{"reason":"directory shows it permanently closed"}}
)ndjson";
}

}  // namespace choreo::fcgi
