// The documented examples, held against the parser; schema_test.py holds the schema to the same files.

#include "embedded/inbound_examples.hpp"
#include "services/desk/inbound/webhook_body.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string_view>

namespace lupaus::desk::inbound {
namespace {

TEST(InboundExamples, AreTakenUnlessTheySayTheyAreBad) {
    int bad = 0;
    for (const auto& example : embedded::inbound_examples) {
        const bool is_bad = std::string_view(example.name).find("inbound-bad-") != std::string_view::npos;
        const auto parsed = parse_webhook(text::parse_json(example.text).value());
        EXPECT_EQ(parsed.has_value(), !is_bad) << example.name;
        EXPECT_TRUE(!is_bad || !parsed.error().fields.empty()) << example.name;
        bad += is_bad ? 1 : 0;
    }
    EXPECT_GE(bad, 4);
    EXPECT_GE(std::size(embedded::inbound_examples), 8U);
}

}  // namespace
}  // namespace lupaus::desk::inbound
