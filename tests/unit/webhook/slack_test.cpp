#include "services/courier/slack.hpp"

#include "common/text/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::courier {
namespace {

std::string event(std::string_view type, std::string_view name = "Aino",
                  std::string_view since = "2026-11-22T10:00:00.000Z", std::string_view more = "") {
    const std::string waiting = since.empty() ? "null" : "\"" + std::string(since) + "\"";
    return "{\"id\":\"e\",\"type\":\"" + std::string(type) +
           "\",\"occurred_at\":\"2026-11-22T10:04:59.000Z\",\"conversation\":{\"id\":\"c-1\",\"number\":12,"
           "\"contact\":{\"id\":\"k\",\"name\":\"" +
           std::string(name) + "\"},\"waiting_since\":" + waiting + "}" + std::string(more) + "}";
}

std::string text_of(const std::string& event_json, const std::optional<std::string>& link = std::nullopt) {
    return text::parse_json(slack_body(event_json, link)).value().at("text").get<std::string>();
}

TEST(SlackBody, SaysWhoWaitsHowLongAndWhere) {
    EXPECT_EQ(text_of(event("message.created"), "https://desk.example/c/{conversation_id}?n={conversation_number}"),
              "New message: Aino \xC2\xB7 waiting 4 min \xC2\xB7 <https://desk.example/c/c-1?n=12|#12>");
    EXPECT_EQ(text_of(event("message.created")), "New message: Aino \xC2\xB7 waiting 4 min \xC2\xB7 #12");
}

TEST(SlackBody, HoldsNothingButText) {
    EXPECT_EQ(text::parse_json(slack_body(event("message.created"), {})).value().size(), 1U);
}

TEST(SlackBody, NobodyWaitsWhereNothingIsOwed) {
    EXPECT_EQ(text_of(event("conversation.resolved", "Aino", "")), "Conversation resolved: Aino \xC2\xB7 #12");
}

TEST(SlackBody, RoundsTheWaitDown) {
    EXPECT_NE(text_of(event("m.c", "A", "2026-11-22T10:04:00.500Z")).find("waiting 58 s"), std::string::npos);
    EXPECT_NE(text_of(event("m.c", "A", "2026-11-22T08:05:00.000Z")).find("waiting 1 h"), std::string::npos);
    EXPECT_NE(text_of(event("m.c", "A", "2026-11-19T10:04:00.000Z")).find("waiting 3 d"), std::string::npos);
    EXPECT_NE(text_of(event("m.c", "A", "2026-11-22T11:00:00.000Z")).find("waiting 0 s"), std::string::npos);
}

TEST(SlackBody, ANameCannotCallAChannelOrHideALink) {
    const auto text = text_of(event("message.created", "<!channel> & <http://evil|us>"));
    EXPECT_NE(text.find("&lt;!channel&gt; &amp; &lt;http://evil|us&gt;"), std::string::npos) << text;
}

TEST(SlackBody, ALinkStaysInOnePiece) {
    const auto text = text_of(event("message.created"), "https://desk.example/?a=1&b=x");
    EXPECT_NE(text.find("<https://desk.example/?a=1&amp;b=x|#12>"), std::string::npos) << text;
}

TEST(SlackBody, AlertsSayWhatIsWrong) {
    const auto alert =
        event("alert.raised", "Aino", "2026-11-22T10:00:00.000Z", R"(,"alert":{"kind":"undelivered","level":0})");
    EXPECT_TRUE(text_of(alert).starts_with("Alert: Reply not delivered: Aino")) << text_of(alert);
    const auto level = [](std::string_view number) {
        return event("alert.raised", "Aino", "2026-11-22T10:00:00.000Z",
                     R"(,"alert":{"kind":"promise","level":)" + std::string(number) + "}");
    };
    EXPECT_TRUE(text_of(level("0")).starts_with("Alert: Reply due soon: Aino"));
    EXPECT_TRUE(text_of(level("2")).starts_with("Alert: Reply overdue: Aino"));
}

TEST(SlackBody, WhatHasNoConversationIsNamed) {
    EXPECT_EQ(text_of(R"({"type":"channel.updated","channel":{"id":"x"}})"), "Channel updated");
    EXPECT_EQ(text_of(R"({"type":"ping"})"), "This webhook works");
    EXPECT_EQ(text_of(R"({"type":"alert.raised","conversation":null,"alert":{"kind":"new_kind"}})"), "Alert raised");
}

TEST(SlackBody, TheSameEventGivesTheSameBytes) {
    EXPECT_EQ(slack_body(event("message.created"), "https://a/"), slack_body(event("message.created"), "https://a/"));
}

}  // namespace
}  // namespace lupaus::courier
