#include "common/text/json.hpp"
#include "embedded/outbound_example.hpp"
#include "services/desk/delivery/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::delivery {
namespace {

const std::vector<message::Attachment> kReceipt{{.id = *parse_id<AttachmentId>("01933f2b-7c41-7d2a-9a53-6f0e2b1c4d60"),
                                                 .message = {},
                                                 .name = "receipt.pdf",
                                                 .content_type = "application/pdf",
                                                 .size_bytes = 48'120,
                                                 .sha256 = "never told"}};

Outbound example() {
    return {.message = *parse_id<MessageId>("01933f2b-7c41-7d2a-9a53-6f0e2b1c4d5e"),
            .conversation = *parse_id<ConversationId>("01933f2a-11d0-7b6e-8c2f-2f4a6b8c0d1e"),
            .conversation_number = 1042,
            .thread_id = "order-77",
            .contact = *parse_id<ContactId>("01933f29-aa00-7c3d-b1e2-9d8c7b6a5f4e"),
            .address = "u1",
            .text = "Hei Aino! The part leaves today.",
            .html = "<p>Hei Aino! The part leaves today.</p>",
            .attachments = kReceipt,
            .agent = *parse_id<AgentId>("01933f00-0000-7000-8000-0123456789ab"),
            .agent_name = "Eeva",
            .created_at = *parse_rfc3339("2026-11-22T10:05:17.123Z"),
            .in_reply_to = "ext-1"};
}

TEST(OutboundBody, IsTheDocumentedExample) {
    const auto documented = text::parse_json(embedded::outbound_example[0].text);
    ASSERT_TRUE(documented.has_value());
    EXPECT_EQ(*text::parse_json(outbound_body(example())), *documented);
}

TEST(OutboundBody, SaysNullWhereThereIsNothing) {
    auto reply = example();
    reply.thread_id.reset();
    reply.html.reset();
    reply.in_reply_to.reset();
    reply.agent = {};
    const auto body = *text::parse_json(outbound_body(reply));
    EXPECT_TRUE(body.at("thread_id").is_null());
    EXPECT_TRUE(body.at("html").is_null());
    EXPECT_TRUE(body.at("agent").is_null());
    EXPECT_FALSE(body.contains("in_reply_to"));
}

TEST(OutboundBody, IsTextThatPostgresqlKeepsUnchanged) {
    auto reply = example();
    const std::string text("a\0b\xff\"\\", 6);
    reply.text = text;
    const auto body = outbound_body(reply);
    EXPECT_EQ(body.find('\0'), std::string::npos);
    EXPECT_TRUE(text::parse_json(body).has_value());
}

TEST(DeliveryJson, ShowsTheNextAttemptOnlyWhileOneIsAhead) {
    Delivery delivery;
    delivery.due_at = parse_rfc3339("2026-11-22T10:05:17.123Z");
    delivery.state = State::queued;
    std::string queued;
    append_json(queued, delivery);
    EXPECT_EQ(text::parse_json(queued)->at("due_at"), "2026-11-22T10:05:17.123Z");
    delivery.state = State::sending;
    std::string sending;
    append_json(sending, delivery);
    EXPECT_TRUE(text::parse_json(sending)->at("due_at").is_null());
    EXPECT_EQ(text::parse_json(sending)->at("state"), "sending");
}

}  // namespace
}  // namespace lupaus::desk::delivery
