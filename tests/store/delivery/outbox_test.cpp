#include "tests/store/delivery/outbox_fixture.hpp"

#include <gtest/gtest.h>

namespace lupaus::desk::delivery {
namespace {

class Outbox : public testing::Test {
protected:
    std::vector<Delivery> list(const std::optional<OutboxCursor>& after = {}, int limit = 100) {
        return database.as_app(desk.account,
                               [&](Tx& tx) { return list_outbox(tx, desk.account, channel, after, limit); });
    }

    Result<Delivery> acknowledge_as(AccountId account, ChannelId where, const Reply& reply,
                                    std::optional<std::string> external_id = {}) {
        return database.as_app(account, [&](Tx& tx) {
            return acknowledge(tx,
                               {.account = account,
                                .channel = where,
                                .delivery = reply.delivery.id,
                                .external_id = std::move(external_id),
                                .actor = event::Actor::system()},
                               desk.metrics);
        });
    }

    Result<Delivery> acknowledge_one(const Reply& reply, std::optional<std::string> external_id = {}) {
        return acknowledge_as(desk.account, channel, reply, std::move(external_id));
    }

    support::TestDatabase database;
    OutboxFixture desk{database};
    ChannelId channel = desk.add_channel(std::nullopt);
};

TEST_F(Outbox, ListsWhatWaitsInThisChannelOldestFirst) {
    const auto first = desk.add_reply(channel);
    desk.add_reply(desk.add_channel(std::nullopt));
    const auto second = desk.add_reply(channel);
    const auto all = list();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].id, first.delivery.id);
    EXPECT_EQ(all[0].body, first.delivery.body);
    EXPECT_EQ(all[1].id, second.delivery.id);
}

TEST_F(Outbox, GoesOnBehindTheLastOneSeen) {
    std::vector<DeliveryId> expected;
    for (int i = 0; i < 5; ++i) {
        expected.push_back(desk.add_reply(channel).delivery.id);
    }
    std::vector<DeliveryId> seen;
    std::optional<OutboxCursor> after;
    for (auto page = list(after, 2); !page.empty(); page = list(after, 2)) {
        for (const auto& delivery : page) {
            seen.push_back(delivery.id);
        }
        after = OutboxCursor{.created_at = page.back().created_at, .id = page.back().id};
    }
    EXPECT_EQ(seen, expected);
}

TEST_F(Outbox, AnAcknowledgedReplyIsSent) {
    const auto reply = desk.add_reply(channel);
    const auto sent = acknowledge_one(reply, "r-7");
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->state, State::sent);
    EXPECT_EQ(sent->external_id, "r-7");
    EXPECT_TRUE(sent->sent_at);
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(desk.ask_about(kMessageState, reply.delivery.message.value), "2");
    EXPECT_EQ(desk.ask_about(kDeliveredAt, reply.promise.value), "t");
    EXPECT_EQ(desk.ask_about(kEvents, reply.delivery.message.value), "message.delivery:sent");
}

TEST_F(Outbox, AcknowledgingAgainGivesTheSameAnswer) {
    const auto reply = desk.add_reply(channel);
    const auto first = acknowledge_one(reply, "r-7");
    const auto again = acknowledge_one(reply, "r-8");
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->external_id, "r-7");
    EXPECT_EQ(again->sent_at, first->sent_at);
    EXPECT_EQ(desk.ask_about(kEvents, reply.delivery.message.value), "message.delivery:sent");
}

TEST_F(Outbox, WhatTheDeskDeliversItselfIsNotAcknowledged) {
    const auto pushed = desk.add_channel("https://example.com/hook");
    EXPECT_EQ(acknowledge_as(desk.account, pushed, desk.add_reply(pushed)).error().code, Errc::conflict);
}

TEST_F(Outbox, OtherChannelsAndAccountsSeeNothing) {
    const auto reply = desk.add_reply(channel);
    EXPECT_EQ(acknowledge_as(desk.account, desk.add_channel(std::nullopt), reply).error().code, Errc::not_found);
    const auto stranger = support::make_account(database);
    EXPECT_EQ(acknowledge_as(stranger, channel, reply).error().code, Errc::not_found);
    const auto found = database.as_app(stranger, [&](Tx& tx) { return find(tx, desk.account, reply.delivery.id); });
    EXPECT_EQ(found.error().code, Errc::not_found) << "even a query that names the other account";
    EXPECT_EQ(list().size(), 1U);
}

}  // namespace
}  // namespace lupaus::desk::delivery
