#include "tests/store/webhook/webhook_fixture.hpp"

#include "common/base/limits.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace lupaus::desk::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Query kBodies{"test_bodies", "SELECT count(*) FROM webhook_body"};
constexpr Query kConversations{"test_conversations",
                               "SELECT count(*) FROM webhook_delivery WHERE conversation_id IS NOT NULL"};
constexpr Query kHoldState{"test_hold_state", "SELECT FROM webhook_state WHERE webhook_id = $1 FOR UPDATE"};
constexpr Query kTouchBody{"test_touch_body", "UPDATE webhook_body SET body = 'kept'"};

class WebhookFanout : public WebhookFixture {
protected:
    void happen_often(int count) {
        std::vector<event::Draft> drafts(static_cast<std::size_t>(count));
        for (auto& draft : drafts) {
            draft.account = account;
            draft.type = "message.created";
        }
        database.as_app(account, [&](Tx& tx) {
            event::append(tx, drafts);
            return true;
        });
    }
};

TEST_F(WebhookFanout, MakesWhatEachAskedForDueAndMovesEveryCursor) {
    const auto all = add_webhook();
    const auto alerts = add_webhook(wanting({"alert.*"}));
    happen("message.created");
    happen("alert.raised");
    EXPECT_EQ(fan_out_once().deliveries, 3U);
    EXPECT_THAT(told(all), ElementsAre(1, 2));
    EXPECT_THAT(told(alerts), ElementsAre(2));
    EXPECT_EQ(progress_of(all).cursor, 2);
    EXPECT_EQ(progress_of(alerts).cursor, 2);
    EXPECT_EQ(ask(kBodies), "2") << "once for all endpoints";
    const auto one = deliveries_of(all).front();
    EXPECT_EQ(one.type, "alert.raised");
    EXPECT_EQ(one.state, State::queued);
    EXPECT_TRUE(one.due_at);
    EXPECT_EQ(fan_out_once().deliveries, 0U) << "nothing twice";
}

TEST_F(WebhookFanout, BeginsWhereTheLogWasWhenItWasMade) {
    happen("message.created");
    const auto late = add_webhook();
    EXPECT_EQ(progress_of(late).cursor, 1);
    happen("message.created");
    fan_out_once();
    EXPECT_THAT(told(late), ElementsAre(2));
}

TEST_F(WebhookFanout, WhereNothingMatchesNothingIsRendered) {
    const auto key = add_webhook(wanting({"no.thing"}));
    happen("message.created");
    EXPECT_EQ(fan_out_once().deliveries, 0U);
    EXPECT_EQ(progress_of(key).cursor, 1);
    EXPECT_EQ(ask(kBodies), "0");
}

TEST_F(WebhookFanout, ServesSeveralAccountsAndMixesNone) {
    const auto mine = add_webhook();
    const auto theirs = add_webhook_to(other);
    happen("message.created");
    happen_in(other, "alert.raised");
    happen_in(other, "alert.resolved");
    EXPECT_EQ(fan_out_once().deliveries, 3U);
    EXPECT_THAT(told(mine), ElementsAre(1));
    EXPECT_THAT(told(theirs), ElementsAre(1, 2));
}

TEST_F(WebhookFanout, AWindowBoundsWhatWaitsForOneEndpoint) {
    const auto key = add_webhook();
    happen_often(limits::kWebhookWindowMax + 100);
    FannedOut done{.deliveries = 1, .is_cut = true};
    std::size_t made = 0;
    while (done.deliveries > 0) {
        done = fan_out_once();
        made += done.deliveries;
    }
    EXPECT_EQ(made, static_cast<std::size_t>(limits::kWebhookWindowMax));
    EXPECT_TRUE(done.is_short_of_room);
    EXPECT_EQ(progress_of(key).cursor, limits::kWebhookWindowMax);
    const auto claimed = claim_some(10, 10);
    end_all(claimed, delivery::Outcome::accepted);
    EXPECT_EQ(fan_out_once().deliveries, 10U) << "room for what ended";
}

TEST_F(WebhookFanout, ReadsOnWhenMoreThanOneStretchIsThere) {
    const auto key = add_webhook();
    happen_often(limits::kFanoutEventsMax + 1);
    EXPECT_TRUE(fan_out_once().is_cut);
    EXPECT_FALSE(fan_out_once().is_cut);
    EXPECT_EQ(progress_of(key).cursor, limits::kFanoutEventsMax + 1);
}

TEST_F(WebhookFanout, OnlyOrderedEndpointsTieDeliveriesToConversations) {
    add_webhook();
    happen("message.created", ConversationId::make());
    fan_out_once();
    EXPECT_EQ(ask(kConversations), "0");
    add_webhook(in_order());
    happen("message.created", ConversationId::make());
    fan_out_once();
    EXPECT_EQ(ask(kConversations), "1");
}

TEST_F(WebhookFanout, ACursorMovedBackTellsAgainWithTheSameBytes) {
    const auto key = add_webhook();
    happen("message.created");
    happen("message.created");
    fan_out_once();
    end_all(claim_some(), delivery::Outcome::accepted);
    run(kTouchBody);
    database.as_app(account, [&](Tx& tx) {
        move_cursor(tx, key, 1);
        return true;
    });
    EXPECT_EQ(fan_out_once().deliveries, 1U);
    const auto again = claim_some();
    ASSERT_EQ(again.jobs.size(), 1U);
    EXPECT_EQ(again.jobs[0].seq, 2);
    EXPECT_EQ(again.jobs[0].attempt, 2);
    EXPECT_EQ(again.jobs[0].base, 1) << "its pauses begin anew";
    EXPECT_EQ(again.jobs[0].body, "kept");
}

TEST_F(WebhookFanout, ACursorMovedBackLeavesWhatIsUnderWayAlone) {
    const auto key = add_webhook();
    happen("message.created");
    fan_out_once();
    EXPECT_EQ(claim_some().jobs.size(), 1U);
    database.as_app(account, [&](Tx& tx) {
        move_cursor(tx, key, 0);
        return true;
    });
    fan_out_once();
    EXPECT_EQ(deliveries_of(key).front().state, State::sending);
    EXPECT_TRUE(claim_some().jobs.empty());
}

TEST_F(WebhookFanout, AnEndpointThatSomebodyHoldsIsLeftToThem) {
    const auto held = add_webhook();
    const auto free = add_webhook();
    happen("message.created");
    database.as_owner([&](Tx& tx) {
        tx.exec(kHoldState, pqxx::params{to_string(held.id)});
        EXPECT_EQ(fan_out_once().deliveries, 1U);
        return true;
    });
    EXPECT_THAT(told(free), ElementsAre(1));
    EXPECT_THAT(told(held), IsEmpty());
    EXPECT_EQ(fan_out_once().deliveries, 1U);
}

TEST_F(WebhookFanout, SeveralInstancesTellEverythingOnce) {
    constexpr int kEvents = 300;
    const auto first = add_webhook();
    const auto second = add_webhook();
    {
        std::vector<std::jthread> instances;
        for (int i = 0; i < 2; ++i) {
            instances.emplace_back([this] {
                for (int round = 0; round < 40; ++round) {
                    fan_out_once(0.5);
                }
            });
        }
        for (int i = 0; i < kEvents / 10; ++i) {
            happen_often(10);
        }
    }
    while (fan_out_once().deliveries > 0) {
    }
    EXPECT_EQ(told(first).size(), static_cast<std::size_t>(kEvents));
    EXPECT_EQ(told(second).size(), static_cast<std::size_t>(kEvents));
}

}  // namespace
}  // namespace lupaus::desk::webhook
