// Delivery reports, tied to the replies that bounced.
#include "services/desk/letter/bounce.hpp"

#include "services/desk/letter/head.hpp"
#include "tests/store/delivery/outbox_fixture.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::letter {
namespace {

using inbound::Role;
using lupaus::mail::Report;

class Bounces : public ::testing::Test {
protected:
    // A reply that went out by mail to liisa@example.org.
    delivery::Reply send() {
        auto reply = outbox_.add_reply(channel_);
        keep(reply.delivery.message, message::Direction::out, id_of(reply));
        return reply;
    }

    void keep(MessageId message, message::Direction direction, const std::string& id) {
        const Letter letter{.account = outbox_.account,
                            .message = message,
                            .channel = channel_,
                            .direction = direction,
                            .head = {.id = id,
                                     .people = {{.role = Role::to, .name = "", .address = "liisa@example.org"},
                                                {.role = Role::cc, .name = "", .address = "boss@example.org"}}}};
        outbox_.database.as_app(outbox_.account, [&](Tx& tx) {
            insert(tx, {&letter, 1});
            return true;
        });
    }

    static std::string id_of(const delivery::Reply& reply) {
        return make_message_id(reply.delivery.message, "support@shop.example");
    }

    std::optional<delivery::Delivery> note(const std::string& id, const std::string& address = "liisa@example.org",
                                           std::optional<AccountId> account = {}) {
        const Report report{
            .original_message_id = id,
            .recipients = {{.address = address, .action = "failed", .status = "5.1.1", .diagnostic = "no such user"}}};
        const auto who = account.value_or(outbox_.account);
        return outbox_.database.as_worker({who}, [&](Tx& tx) { return note_bounce(tx, who, report, outbox_.metrics); });
    }

    support::TestDatabase database_{};
    delivery::OutboxFixture outbox_{database_};
    ChannelId channel_ = outbox_.add_channel({}, channel::Kind::email);
};

TEST_F(Bounces, AReplyThatCameBackHasFailedAndIsOwedAgain) {
    const auto reply = send();
    const auto failed = note(id_of(reply));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->id, reply.delivery.id);
    EXPECT_EQ(failed->state, delivery::State::failed);
    EXPECT_EQ(failed->error, "The mail came back. liisa@example.org: 5.1.1 no such user");
    EXPECT_EQ(outbox_.ask_about(delivery::kMessageState, reply.delivery.message.value), "5");
    EXPECT_NE(outbox_.ask_about(delivery::kOwed, reply.conversation.value), "NULL") << "the wait goes on";
    EXPECT_EQ(outbox_.ask_about(delivery::kEvents, reply.delivery.message.value), "message.delivery:failed");
    EXPECT_FALSE(note(id_of(reply))) << "saying it twice is no news";
}

TEST_F(Bounces, AReportOfSomethingElseChangesNothing) {
    const auto reply = send();
    keep(MessageId::make(), message::Direction::in, "theirs@example.org");
    EXPECT_FALSE(note("unknown@example.org"));
    EXPECT_FALSE(note(""));
    EXPECT_FALSE(note("theirs@example.org")) << "their own mail is no reply of ours";
    EXPECT_FALSE(note(id_of(reply), "boss@example.org")) << "in copy alone";
    EXPECT_FALSE(note(id_of(reply), "liisa@example.org", support::make_account(database_, "Theirs")));
    EXPECT_EQ(outbox_.ask_about(delivery::kMessageState, reply.delivery.message.value), "0");
}

TEST_F(Bounces, TheirCopyOfOurMailIsNotWhatCameBack) {
    const auto ours = outbox_.add_channel({}, channel::Kind::email);
    const auto reply = outbox_.add_reply(ours);
    keep(MessageId::make(), message::Direction::in, id_of(reply));
    channel_ = ours;
    keep(reply.delivery.message, message::Direction::out, id_of(reply));
    ASSERT_TRUE(note(id_of(reply)));
    EXPECT_EQ(outbox_.ask_about(delivery::kMessageState, reply.delivery.message.value), "5");
}

}  // namespace
}  // namespace lupaus::desk::letter
