// Filters as expressions: what was written goes into variables, and what is gone is nowhere. Whether an expression
// finds what its filter means is asked of PostgreSQL (tests/store).
#include "services/desk/filter/compile.hpp"

#include "services/desk/filter/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::filter {
namespace {

using attribute::Attribute;
using attribute::Type;
using ::testing::HasSubstr;
using ::testing::Not;
using text::Json;

const Timestamp kNow = *parse_rfc3339("2026-11-22T10:00:00Z");

std::string compiled(const std::string& filter, std::vector<Attribute> known = {}, AgentId agent = {}) {
    const auto parsed = parse(Json::parse(filter));
    EXPECT_TRUE(parsed.faults.empty()) << filter;
    const auto result =
        compile(parsed.filter, {.of_conversations = known, .of_contacts = known}, {.agent = agent, .now = kNow});
    return result.path + " " + result.variables + (result.asks_contact ? " contact" : "");
}

Attribute make(std::int64_t slot, Type type) {
    Attribute attribute;
    attribute.slot = slot;
    attribute.key = "plan";
    attribute.type = type;
    return attribute;
}

TEST(FilterExpression, IsMadeOfTheDesksOwnWords) {
    EXPECT_EQ(compiled(R"({"field":"state","in":["open","resolved"]})"), R"($.state == $v0[*] {"v0":[0,3]})");
    EXPECT_EQ(compiled(R"({"field":"tag","has":"a\" || true"})"), R"($.tag[*] == $v0[*] {"v0":["a\" || true"]})");
    EXPECT_EQ(compiled(R"({"field":"overdue","is":false})"), R"(!($.due_at <= $v0) {"v0":1795341600000000})");
    EXPECT_EQ(compiled(R"({"field":"waiting_since","before":"-2h"})"),
              R"($.waiting_since < $v0 {"v0":1795334400000000})");
    EXPECT_EQ(compiled(R"({"all":[{"field":"owed","is":true},{"not":{"field":"due_at","set":true}}]})"),
              R"(($.owed == true) && (!($.due_at != null)) {})");
    EXPECT_EQ(compiled(R"({"any":[{"field":"owed","is":true},{"all":[]}]})"), "($.owed == true) || (1 == 1) {}");
}

TEST(FilterExpression, KnowsWhoAsks) {
    const auto id = AgentId::make();
    const auto* mine = R"({"field":"assignee","in":["me","none"]})";
    EXPECT_EQ(compiled(mine, {}, id),
              R"(($.assignee == $v0[*]) || ($.assignee == null) {"v0":[")" + to_string(id) + R"("]})");
    EXPECT_EQ(compiled(mine), R"(($.assignee == $v0[*]) || ($.assignee == null) {"v0":[]})");
}

TEST(FilterExpression, AsksForAttributesByTheirSlots) {
    const auto* gold = R"({"field":"attributes.plan","is":"gold"})";
    EXPECT_EQ(compiled(gold, {make(7, Type::text)}), R"($.attributes."7" == $v0[*] {"v0":["gold"]})");
    EXPECT_EQ(compiled(R"({"field":"contact.attributes.plan","at_least":0.1})", {make(8, Type::number)}),
              R"($.contact_attributes."8" >= $v0[*] {"v0":[0.1]} contact)");
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","before":"+30d"})", {make(9, Type::date)}),
              R"($.attributes."9" < $v0[*] {"v0":["2026-12-22"]})");
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","set":false})", {make(9, Type::date)}),
              R"(!(exists($.attributes."9")) {})");
}

TEST(FilterExpression, ComparesAsItIsWritten) {
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","at_most":2})", {make(8, Type::number)}),
              R"($.attributes."8" <= $v0[*] {"v0":[2]})");
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","after":"2026-11-22"})", {make(9, Type::date)}),
              R"($.attributes."9" > $v0[*] {"v0":["2026-11-22"]})");
    EXPECT_EQ(compiled(R"({"field":"waiting_since","after":"+1d"})"),
              R"($.waiting_since > $v0 {"v0":1795428000000000})");
    EXPECT_EQ(compiled(R"({"all":[]})"), "1 == 1 {}");
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","at_least":2})", {make(8, Type::text)}), "1 == 0 {}");
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","before":"2026-11-22"})", {make(8, Type::text)}), "1 == 0 {}");
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","in":["2026-11-22","x"]})", {make(9, Type::date)}), "1 == 0 {}");
}

TEST(FilterExpression, FindsNothingUnderWhatIsGone) {
    const auto* gold = R"({"field":"attributes.plan","is":"gold"})";
    EXPECT_EQ(compiled(gold), "1 == 0 {}");
    EXPECT_EQ(compiled(gold, {make(7, Type::number)}), "1 == 0 {}") << "another attribute has the key now";
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","set":true})"), "1 == 0 {}");
    EXPECT_EQ(compiled(R"({"field":"attributes.plan","set":false})"), "!(1 == 0) {}");
    EXPECT_THAT(compiled(R"({"field":"contact.attributes.plan","is":"gold"})"), Not(HasSubstr("contact")));
}

}  // namespace
}  // namespace lupaus::desk::filter
