#include "common/text/json.hpp"

#include "common/base/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::text {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

std::string refusal_of(std::string_view text) {
    const auto value = parse_json(text);
    EXPECT_TRUE(value.has_error()) << text.substr(0, 100);
    return value.has_error() ? value.error().detail : std::string();
}

std::string nested(int depth, std::string_view open, std::string_view close) {
    std::string text;
    for (int i = 0; i < depth; ++i) {
        text += open;
    }
    text += "1";
    for (int i = 0; i < depth; ++i) {
        text += close;
    }
    return text;
}

TEST(Json, BuildsTheTree) {
    const auto value =
        parse_json(R"( {"a": [1, -2, 2.5, true, null, "x", [], {}], "b": {"c": "p\u00e4\ud83d\ude42"}} )");
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(dump(*value), R"({"a":[1,-2,2.5,true,null,"x",[],{}],"b":{"c":"pä🙂"}})");
    EXPECT_TRUE(parse_json("17").has_value());
    EXPECT_TRUE(parse_json("null").has_value());
    EXPECT_EQ((*parse_json("18446744073709551615")).get<std::uint64_t>(), 18446744073709551615U);
    EXPECT_EQ((*parse_json("-9223372036854775808")).get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
}

TEST(Json, StandsAtTheDepthLimit) {
    for (const auto& [open, close] : {std::pair{"["sv, "]"sv}, std::pair{"{\"a\":"sv, "}"sv}}) {
        EXPECT_TRUE(parse_json(nested(limits::kJsonDepthMax, open, close)).has_value());
        EXPECT_THAT(refusal_of(nested(limits::kJsonDepthMax + 1, open, close)), HasSubstr("64 levels"));
    }
    EXPECT_THAT(refusal_of(std::string(5'000'000, '[')), HasSubstr("64 levels"));
}

TEST(Json, RefusesDuplicateKeys) {
    EXPECT_THAT(refusal_of(R"({"a":1,"a":2})"), HasSubstr("the key \"a\" twice"));
    EXPECT_THAT(refusal_of(R"({"x":{"a":1,"\u0061":2}})"), HasSubstr("twice"));
    EXPECT_TRUE(parse_json(R"({"a":{"a":1},"b":{"a":1}})").has_value());
}

TEST(Json, RefusesNul) {
    EXPECT_THAT(refusal_of(R"({"a":"x\u0000y"})"), HasSubstr("U+0000 in a string"));
    EXPECT_THAT(refusal_of(R"({"a\u0000":1})"), HasSubstr("U+0000 in a key"));
    EXPECT_THAT(refusal_of("{\"a\":\"x\0y\"}"sv), HasSubstr("NUL byte at byte 7"));
    EXPECT_THAT(refusal_of("{}\0{}"sv), HasSubstr("NUL byte at byte 2"));
}

TEST(Json, RefusesInvalidUtf8AndLoneSurrogates) {
    refusal_of("\"\xFF\"");
    refusal_of("\"\xC0\xAF\"");
    refusal_of("\"\xED\xA0\x80\"");
    refusal_of("{\"\xFF\":1}");
    refusal_of(R"("\ud800")");
    refusal_of(R"("\udc00x")");
    EXPECT_EQ(refusal_of("\"\xFF\"").find('\xFF'), std::string::npos) << "broken input is not repeated";
}

TEST(Json, RefusesWhatIsNotJson) {
    for (const auto text :
         {""sv,         " "sv,       "{"sv,        "[1,]"sv,    "{\"a\":1,}"sv, "{'a':1}"sv, "{a:1}"sv,
          "nul"sv,      "NaN"sv,     "Infinity"sv, "01"sv,      "+1"sv,         "1."sv,      ".5"sv,
          "\"a\nb\""sv, "// x\n1"sv, "/* x */1"sv, "\"\\x\""sv, "[1 2]"sv,      "\"abc"sv}) {
        refusal_of(text);
    }
}

TEST(Json, RefusesTrailingGarbage) {
    EXPECT_THAT(refusal_of("{} {}"), HasSubstr("byte 4"));
    refusal_of("1 2");
    refusal_of("{}x");
    EXPECT_TRUE(parse_json("{} \n\t").has_value());
}

TEST(Json, RefusesNumbersThatDoNotFit) {
    EXPECT_THAT(refusal_of("[1e999]"), HasSubstr("too large"));
    EXPECT_LT(refusal_of(std::string(100'000, '9') + "e999").size(), 200U);
}

TEST(Json, NamesTheByte) {
    EXPECT_THAT(refusal_of(R"({"a":1,"a":2})"), HasSubstr("at byte 10"));
    EXPECT_THAT(refusal_of("[1, x]"), HasSubstr("at byte 5"));
}

TEST(Json, WritesInvalidUtf8AsReplacement) {
    EXPECT_EQ(dump(Json("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
}

}  // namespace
}  // namespace lupaus::text
