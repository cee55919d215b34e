#include "services/inbox/stream_request.hpp"

#include "services/inbox/events.hpp"
#include "services/inbox/query.hpp"

#include <gtest/gtest.h>

namespace lupaus::inbox {
namespace {

TEST(StreamRequestTest, ReadsWhatClientsSay) {
    const auto resume = parse_stream_request(R"({"type":"resume","cursor":42})");
    EXPECT_EQ(std::get<Resume>(*resume).cursor, 42);

    const auto presence = parse_stream_request(R"({"type":"presence","state":"online"})");
    EXPECT_EQ(std::get<PutPresence>(*presence).body, text::Json::parse(R"({"state":"online"})"));

    const auto id = desk::ConversationId::make();
    const auto typing = parse_stream_request(R"({"type":"typing","conversation_id":")" + to_string(id) + R"("})");
    EXPECT_EQ(std::get<Activity>(*typing).type, "typing");
    EXPECT_EQ(std::get<Activity>(*typing).conversation, id);

    const auto nothing = parse_stream_request(R"({"type":"viewing","conversation_id":null})");
    EXPECT_TRUE(std::get<Activity>(*nothing).conversation.is_nil());
}

TEST(StreamRequestTest, RefusesTheRest) {
    for (const auto* bad : {
             "",
             "hello",
             "[]",
             "{}",
             R"({"type":"shout"})",
             R"({"type":"resume"})",
             R"({"type":"resume","cursor":-1})",
             R"({"type":"resume","cursor":"7"})",
             R"({"type":"resume","cursor":7,"more":1})",
             R"({"type":"typing"})",
             R"({"type":"typing","conversation_id":null})",
             R"({"type":"typing","conversation_id":"x"})",
             R"({"type":"viewing","conversation_id":7})",
         }) {
        const auto request = parse_stream_request(bad);
        ASSERT_FALSE(request) << bad;
        EXPECT_FALSE(request.error().detail.empty()) << bad;
    }
}

TEST(StreamRequestTest, TellsTheOthers) {
    const auto conversation = desk::ConversationId::make();
    const auto agent = desk::AgentId::make();
    const auto text = write_activity({.type = "typing", .conversation = conversation}, agent, "Maija \"M\"");
    const auto json = text::Json::parse(text);
    EXPECT_EQ(json["type"], "typing");
    EXPECT_EQ(json["conversation_id"], to_string(conversation));
    EXPECT_EQ(json["agent"]["name"], "Maija \"M\"");
    EXPECT_TRUE(text::Json::parse(write_activity({.type = "viewing", .conversation = {}}, agent, ""))["conversation_id"]
                    .is_null());
}

TEST(EventTypesTest, MatchWordsAndFamilies) {
    EXPECT_TRUE(is_wanted_type("", "message.created"));
    EXPECT_TRUE(is_wanted_type("alert.raised,message.created", "message.created"));
    EXPECT_TRUE(is_wanted_type("alert.*", "alert.raised"));
    EXPECT_FALSE(is_wanted_type("alert.*", "alerts.raised"));
    EXPECT_FALSE(is_wanted_type("message", "message.created"));
    EXPECT_FALSE(is_wanted_type("alert.raised", "alert.resolved"));
}

TEST(NumberTest, IsWholeAndBounded) {
    const NumberRule rule{.min = 1, .max = 500};
    EXPECT_EQ(read_number("limit", std::nullopt, rule).value(), std::nullopt);
    EXPECT_EQ(read_number("limit", "500", rule).value(), 500);
    for (const auto* bad : {"", "0", "501", "-1", "1.0", "1e2", " 1", "1 ", "0x1", "99999999999999999999"}) {
        const auto number = read_number("limit", bad, rule);
        ASSERT_FALSE(number) << bad;
        EXPECT_EQ(number.error().fields.front().field, "limit");
    }
}

}  // namespace
}  // namespace lupaus::inbox
