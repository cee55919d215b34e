#include "common/text/json_writer.hpp"

#include "common/text/json.hpp"
#include "common/text/utf8.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <random>

namespace lupaus::text {
namespace {

using namespace std::string_view_literals;

struct ThingTag;
using ThingId = StrongId<ThingTag>;

std::string written(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonWriter, PutsCommasByItself) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("a", 1).key("list").begin_array().value(1).begin_array().end_array().value("x");
    json.begin_object().end_object().end_array().field("b", true).raw_field("raw", "[1,2]").end_object();
    EXPECT_EQ(out, R"({"a":1,"list":[1,[],"x",{}],"b":true,"raw":[1,2]})");
}

TEST(JsonWriter, WritesEveryKindOfValue) {
    std::string out;
    JsonWriter json(out);
    const auto id = *parse_uuid("018f4e1a-0000-7000-8000-0123456789ab");
    json.begin_array().value("text").value(std::string("s")).value("view"sv).value(true).value(false).value(nullptr);
    json.value(std::numeric_limits<std::int64_t>::min())
        .value(std::numeric_limits<std::uint64_t>::max())
        .value(std::uint8_t{7});
    json.value(0.1)
        .value(1e21)
        .value(std::numeric_limits<double>::infinity())
        .value(std::numeric_limits<double>::quiet_NaN());
    json.value(from_epoch_micros(1'500'999)).value(id).value(ThingId{id});
    json.value(std::optional<int>()).value(std::optional<std::string>("maybe")).end_array();
    EXPECT_EQ(
        out,
        R"(["text","s","view",true,false,null,-9223372036854775808,18446744073709551615,7,0.1,1e+21,null,null,)"
        R"("1970-01-01T00:00:01.500Z","018f4e1a-0000-7000-8000-0123456789ab","018f4e1a-0000-7000-8000-0123456789ab",)"
        R"(null,"maybe"])");
}

TEST(JsonWriter, EscapesWhatMustBeEscaped) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("say \"hi\" \\ / pää 🙂"), R"("say \"hi\" \\ / pää 🙂")");
    EXPECT_EQ(written("\n\r\t\x01\x1F\x7F"), "\"\\n\\r\\t\\u0001\\u001f\x7F\"");
}

TEST(JsonWriter, ReplacesWhatPostgresqlCannotHold) {
    EXPECT_EQ(written("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
    EXPECT_EQ(written("a\xE2\x82"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
    EXPECT_EQ(written("a\0z"sv), "\"a\xEF\xBF\xBDz\"");
}

TEST(JsonWriter, WritesJsonForAnyBytes) {
    std::mt19937 chance(7);
    for (int round = 0; round < 2'000; ++round) {
        std::string bytes(chance() % 40, '\0');
        for (auto& byte : bytes) {
            byte = static_cast<char>(chance() % 256);
        }
        const auto parsed = parse_json(written(bytes));
        ASSERT_TRUE(parsed.has_value());
        EXPECT_EQ(parsed->get<std::string>(), repair_utf8(bytes));
    }
}

}  // namespace
}  // namespace lupaus::text
