// What a subscriber's handler is told, and what it is spared.
#include <catch2/catch.hpp>

#include "wire/known_heads.h"

using namespace choreo;
using wire::KnownHeads;
using wire::Message;
using wire::MessageKind;
using wire::News;
using wire::Observed;

namespace {

const std::string kOld(32, 'a');
const std::string kNew(32, 'b');

Message committed(std::int64_t first, std::int64_t last, const std::string& epoch = kOld) {
  return {MessageKind::committed, "demo", epoch, first, last, {}};
}
Message head(std::int64_t last, const std::string& epoch = kOld) {
  return {MessageKind::head, "demo", epoch, 0, last, {}};
}
Message gone(const std::string& epoch = kOld) {
  return {MessageKind::gone, "demo", epoch, 0, 0, {}};
}
Observed file(std::int64_t last, const std::string& epoch = kOld, bool returned = false) {
  return {"demo", log::Head{epoch, last}, returned};
}
const Observed kNoFile{"demo", std::nullopt};

// "head a 5", "gone a", "committed b 1 3"; the letter is the epoch's.
std::string text(const std::vector<Message>& messages) {
  std::string out;
  for (const Message& m : messages) {
    if (!out.empty()) out += ", ";
    out += m.kind == MessageKind::head       ? "head"
           : m.kind == MessageKind::gone     ? "gone"
           : m.kind == MessageKind::returned ? "returned"
                                             : "committed";
    out += m.epoch.empty() ? " -" : " " + m.epoch.substr(0, 1);
    if (m.kind == MessageKind::committed) out += " " + std::to_string(m.first_id);
    if (m.kind != MessageKind::gone) out += " " + std::to_string(m.last_id);
  }
  return out;
}
std::string text(const News& news) {
  return text(news.messages) + (news.look ? "look" : "");
}

}  // namespace

TEST_CASE("A first subscriber is told what the file says") {
  KnownHeads known;
  CHECK(text(known.announce("demo")) == "look");
  CHECK(text(known.observed(file(5))) == "head a 5");
}

TEST_CASE("A later subscriber is told what is known") {
  KnownHeads known;
  known.observed(file(5));
  known.heard(committed(6, 9));
  CHECK(text(known.announce("demo")) == "head a 9");
}

TEST_CASE("Where there is no file, each subscriber is told so") {
  KnownHeads known;
  CHECK(text(known.observed(kNoFile)) == "gone -");
  CHECK(text(known.observed(kNoFile)).empty());
  CHECK(text(known.announce("demo")) == "look");
  CHECK(text(known.observed(kNoFile)) == "gone -");
}

TEST_CASE("Nothing is told twice") {
  KnownHeads known;
  known.observed(file(5));
  CHECK(text(known.heard(head(5))).empty());
  CHECK(text(known.observed(file(5))).empty());
  CHECK(text(known.heard(head(6))) == "head a 6");
  CHECK(text(known.heard(head(4))).empty());
  CHECK(text(known.observed(file(7))) == "head a 7");
}

TEST_CASE("Committed ranges pass even when the head is known: they carry the bytes") {
  KnownHeads known;
  known.observed(file(5));
  CHECK(text(known.heard(committed(4, 5))) == "committed a 4 5");
  CHECK(text(known.heard(committed(6, 8))) == "committed a 6 8");
  CHECK(text(known.heard(head(8))).empty());
}

TEST_CASE("A message of another epoch makes the file decide") {
  KnownHeads known;
  known.observed(file(5));
  CHECK(text(known.heard(committed(1, 1, kNew))) == "look");
  SECTION("it was made anew") {
    CHECK(text(known.observed(file(1, kNew))) == "gone a, head b 1");
  }
  SECTION("the message was old") {
    CHECK(text(known.observed(file(5))).empty());
  }
  SECTION("it was deleted") {
    CHECK(text(known.observed(kNoFile)) == "gone a");
  }
}

TEST_CASE("A gone makes the file decide, once") {
  KnownHeads known;
  known.observed(file(5));
  CHECK(text(known.heard(gone())) == "look");
  CHECK(text(known.observed(kNoFile)) == "gone a");
  CHECK(text(known.heard(gone())).empty());
  CHECK(text(known.observed(kNoFile)).empty());
}

TEST_CASE("A gone that is a lie, of another epoch, or of none, changes nothing") {
  KnownHeads known;
  known.observed(file(5, kNew));
  CHECK(text(known.heard(gone(kNew))) == "look");
  CHECK(text(known.observed(file(5, kNew))).empty());
  CHECK(text(known.heard(gone(kOld))) == "look");
  CHECK(text(known.observed(file(5, kNew))).empty());
  CHECK(text(known.heard(gone(""))) == "look");
  CHECK(text(known.observed(kNoFile)) == "gone b");
}

TEST_CASE("An instance that is made again after it was gone is told of, by message or by file") {
  KnownHeads known;
  known.observed(file(5));
  known.observed(kNoFile);
  SECTION("message") {
    CHECK(text(known.heard(committed(1, 2, kNew))) == "committed b 1 2");
  }
  SECTION("file") {
    CHECK(text(known.observed(file(2, kNew))) == "head b 2");
  }
}

TEST_CASE("Messages before the first look wait for it") {
  KnownHeads known;
  CHECK(text(known.heard(committed(6, 8))) == "look");
  CHECK(text(known.heard(gone())) == "look");
}

TEST_CASE("A message that tells nothing new is covered, of the epoch that is known only") {
  KnownHeads known;
  CHECK_FALSE(known.covers(head(0)));
  known.observed(file(5));
  CHECK(known.covers(committed(3, 5)));
  CHECK_FALSE(known.covers(committed(5, 6)));
  CHECK_FALSE(known.covers(head(5, kNew)));
  known.observed(kNoFile);
  CHECK_FALSE(known.covers(head(5)));
}

TEST_CASE("A head that is not in the file is taken back") {
  KnownHeads known;
  known.observed(file(5));
  CHECK(text(known.heard(head(1000000))) == "head a 1000000");
  CHECK(text(known.observed(file(6))) == "returned a 6");
}

TEST_CASE("faults_b2_a file put back from a copy is told, whatever its head is by now") {
  KnownHeads known;
  known.observed(file(5));
  CHECK(text(known.observed(file(3, kOld, true))) == "returned a 3");
  CHECK(text(known.heard(committed(4, 4))) == "committed a 4 4");
  CHECK(text(known.observed(file(4, kOld, true))) == "returned a 4");
  CHECK(text(known.observed(file(9, kOld, true))) == "returned a 9");
  CHECK(text(known.observed(file(8))) == "returned a 8");
  CHECK(text(known.observed(file(8))).empty());
}

TEST_CASE("A file that was replaced, and is known already, is no news") {
  KnownHeads known;
  known.observed(file(5));
  known.observed(kNoFile);
  known.heard(committed(1, 4, kNew));
  CHECK(text(known.observed(file(4, kNew))).empty());
}

TEST_CASE("Of several changes of a watcher the last counts") {
  using Change = log::HeadWatcher::Change;
  const auto out = wire::latest({Change{"demo", true, {kOld, 5}}, Change{"other", false, {kOld, 1}, true},
                                 Change{"demo", false, {kNew, 2}}, Change{"late", false, {kOld, 1}},
                                 Change{"late", true, {kOld, 1}}});
  REQUIRE(out.size() == 3);
  CHECK(out[0].slug == "demo");
  REQUIRE(out[0].head.has_value());
  CHECK(out[0].head->epoch == kNew);
  CHECK_FALSE(out[0].returned);
  CHECK(out[1].slug == "late");
  CHECK_FALSE(out[1].head.has_value());
  CHECK(out[2].slug == "other");
  CHECK(out[2].returned);
}
