#include "common/text/json_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct TeamTag;
using TeamId = StrongId<TeamTag>;

enum class Colour { red, green };

constexpr std::array kColours{Choice<Colour>{"red", Colour::red}, Choice<Colour>{"green", Colour::green}};

std::vector<std::string> faults(const JsonReader& reader) {
    std::vector<std::string> lines;
    if (const auto error = reader.error()) {
        for (const auto& field : error->fields) {
            lines.push_back(field.field + " " + field.detail);
        }
    }
    return lines;
}

TEST(JsonReader, ReadsEveryType) {
    const auto body = *parse_json(R"({
        "text": "Hei!", "count": 3, "flag": true, "at": "2026-11-22T10:05:17.123Z",
        "team_id": "018f4e1a-0000-7000-8000-0123456789ab", "tags": ["a", "b"],
        "watchers": ["018f4e1a-0000-7000-8000-0123456789ab"],
        "state": "open", "colour": "green", "sender": {"name": "Aino"}, "files": [{"n": 1}, {"n": 2}],
        "data": [1, {}]})");
    JsonReader reader(body);
    EXPECT_EQ(reader.string("text"), "Hei!");
    EXPECT_EQ(reader.integer("count"), 3);
    EXPECT_TRUE(reader.boolean("flag"));
    EXPECT_EQ(to_rfc3339(reader.timestamp("at")), "2026-11-22T10:05:17.123Z");
    EXPECT_EQ(to_string(reader.id<TeamId>("team_id")), "018f4e1a-0000-7000-8000-0123456789ab");
    EXPECT_THAT(reader.string_list("tags"), ElementsAre("a", "b"));
    EXPECT_EQ(reader.uuid_list("watchers").size(), 1U);
    EXPECT_EQ(reader.one_of("state", {"open", "resolved"}), "open");
    EXPECT_EQ(reader.one_of<Colour>("colour", kColours), Colour::green);
    EXPECT_EQ(reader.object("sender").string("name"), "Aino");
    auto files = reader.objects("files", 5);
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[1].integer("n"), 2);
    ASSERT_NE(reader.any("data"), nullptr);
    EXPECT_EQ(dump(*reader.any("data")), "[1,{}]");
    reader.refuse_unknown();
    EXPECT_EQ(reader.error(), std::nullopt) << ::testing::PrintToString(faults(reader));
}

TEST(JsonReader, TakesAbsentAndNullAsAbsent) {
    for (const auto* text :
         {"{}", R"({"s":null,"i":null,"b":null,"t":null,"u":null,"l":null,"o":null,"w":null,"c":null,"n":null})"}) {
        const auto body = *parse_json(text);
        JsonReader reader(body);
        EXPECT_EQ(reader.optional_string("s"), std::nullopt);
        EXPECT_EQ(reader.optional_integer("i"), std::nullopt);
        EXPECT_EQ(reader.optional_boolean("b"), std::nullopt);
        EXPECT_EQ(reader.optional_timestamp("t"), std::nullopt);
        EXPECT_EQ(reader.optional_id<TeamId>("u"), std::nullopt);
        EXPECT_EQ(reader.optional_string_list("l"), std::nullopt);
        EXPECT_FALSE(reader.optional_object("o").has_value());
        EXPECT_EQ(reader.optional_one_of("w", {"x"}), std::nullopt);
        EXPECT_EQ(reader.optional_one_of<Colour>("c", kColours), std::nullopt);
        EXPECT_EQ(reader.string("n", {.required = false}), "");
        reader.refuse_unknown();
        EXPECT_EQ(reader.error(), std::nullopt) << text;
    }
}

TEST(JsonReader, SaysWhatIsRequired) {
    const auto body = *parse_json(R"({"b": null})");
    JsonReader reader(body);
    reader.string("a");
    reader.integer("b");
    reader.boolean("c");
    reader.timestamp("d");
    reader.uuid("e");
    reader.one_of("f", {"x"});
    reader.one_of<Colour>("g", kColours);
    reader.object("h").string("below");
    EXPECT_THAT(faults(reader), ElementsAre("/a is required", "/b is required", "/c is required", "/d is required",
                                            "/e is required", "/f is required", "/g is required", "/h is required"));
}

TEST(JsonReader, CollectsEveryMistakeOnce) {
    const auto body = *parse_json(R"({
        "text": 1, "count": 1.5, "far": 11, "huge": 18446744073709551615, "flag": "yes", "at": "yesterday", "id": "x",
        "state": "shut", "sender": [], "tags": ["ok", "", 3], "list": {}, "a/b~c": 1})");
    JsonReader reader(body);
    reader.string("text");
    reader.integer("count");
    reader.integer("far", {.min = 1, .max = 10});
    reader.optional_integer("huge");
    reader.boolean("flag");
    reader.timestamp("at");
    reader.uuid("id");
    reader.one_of("state", {"open", "resolved"});
    reader.object("sender").string("name");
    reader.string_list("tags");
    reader.string_list("list");
    reader.string("a/b~c");
    EXPECT_THAT(faults(reader),
                ElementsAre("/text must be a string", "/count must be an integer", "/far must be between 1 and 10",
                            "/huge must be between 0 and 9223372036854775807", "/flag must be true or false",
                            HasSubstr("/at must be an RFC 3339 time"), HasSubstr("/id must be an id"),
                            "/state must be one of open, resolved", "/sender must be an object",
                            "/tags/1 must be a string that is not empty", "/tags/2 must be a string that is not empty",
                            "/list must be a list", "/a~1b~0c must be a string"));
    EXPECT_EQ(reader.error()->code, Errc::invalid);
    EXPECT_THAT(reader.error()->detail, HasSubstr("/text must be a string; /count must be an integer"));
}

TEST(JsonReader, StandsAtTheLimits) {
    const auto body = *parse_json(R"({"five": "12345", "none": "", "two": [" ", " "], "item": ["abc"]})");
    JsonReader fits(body);
    EXPECT_EQ(fits.string("five", {.max_bytes = 5}), "12345");
    EXPECT_EQ(fits.string("none", {.min_bytes = 0}), "");
    EXPECT_EQ(fits.string_list("two", {.max_items = 2, .min_items = 2}).size(), 2U);
    EXPECT_EQ(fits.string_list("item", {.max_item_bytes = 3}).size(), 1U);
    EXPECT_EQ(fits.error(), std::nullopt);

    JsonReader tight(body);
    tight.string("five", {.max_bytes = 4});
    tight.string_list("two", {.max_items = 1});
    tight.string_list("item", {.max_item_bytes = 2});
    EXPECT_THAT(faults(tight), ElementsAre("/five must have at most 4 bytes", "/two must have at most 1 items",
                                           "/item/0 must have at most 2 bytes"));
    EXPECT_EQ(tight.error()->code, Errc::too_large);
    tight.string("none");
    EXPECT_EQ(tight.error()->code, Errc::invalid) << "a wrong field weighs more than a long one";
}

TEST(JsonReader, RefusesUnknownFieldsPerObject) {
    const auto body = *parse_json(R"({"a": 1, "zzz": 2, "child": {"b": 1, "yyy": 2}})");
    JsonReader reader(body);
    reader.integer("a");
    auto child = reader.object("child");
    child.integer("b");
    child.refuse_unknown();
    reader.refuse_unknown();
    EXPECT_THAT(faults(reader), ElementsAre("/child/yyy is not a known field", "/zzz is not a known field"));
}

TEST(JsonReader, ReportsInsideLists) {
    const auto body = *parse_json(R"({"files": [{"name": "x"}, {}, 7]})");
    JsonReader reader(body);
    for (auto& file : reader.objects("files", 3)) {
        file.string("name");
    }
    EXPECT_THAT(faults(reader), ElementsAre("/files/2 must be an object", "/files/1/name is required"));
}

TEST(JsonReader, RefusesABodyThatIsNoObject) {
    for (const auto* text : {"[]", "1", "null", "\"x\""}) {
        const auto body = *parse_json(text);
        JsonReader reader(body);
        reader.string("a");
        reader.refuse_unknown();
        ASSERT_TRUE(reader.error().has_value());
        EXPECT_EQ(reader.error()->detail, "The body must be an object.");
        EXPECT_EQ(reader.error()->fields.size(), 1U);
    }
}

TEST(JsonReader, BoundsItsAnswer) {
    Json body = Json::object();
    for (int i = 0; i < 10'000; ++i) {
        body["unknown" + std::to_string(i) + std::string(500, 'x')] = 1;
    }
    JsonReader reader(body);
    reader.refuse_unknown();
    EXPECT_EQ(reader.error()->fields.size(), 20U);
    EXPECT_LT(reader.error()->detail.size(), 4'000U);
}

TEST(JsonReader, LetsHandlersAddTheirOwnRules) {
    const auto body = *parse_json(R"({"due_at": null})");
    JsonReader reader(body);
    EXPECT_TRUE(reader.has("due_at"));
    EXPECT_TRUE(reader.is_null("due_at"));
    EXPECT_FALSE(reader.has("other"));
    reader.fail("due_at", "must be in the future");
    EXPECT_THAT(faults(reader), ElementsAre("/due_at must be in the future"));
}

}  // namespace
}  // namespace lupaus::text
