#include "common/crypto/encoding.hpp"
#include "common/crypto/webhook_signature.hpp"
#include "common/telemetry/log.hpp"
#include "tests/integration/courier/courier_fixture.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <array>
#include <atomic>

namespace lupaus::courier {
namespace {

using namespace std::chrono_literals;
using desk::delivery::State;

constexpr Query kSecret{"test_secret", "SELECT encode(outbound_secret, 'hex') FROM channel WHERE id = $1"};

class CourierDelivery : public CourierTest {
protected:
    std::string secret_of(desk::ChannelId channel) {
        const auto sealed = crypto::hex_decode(outbox.ask_about(kSecret, channel.value)).value();
        return crypto::parse_webhook_secret(support::test_box().open(sealed).value()).value();
    }

    bool shows(const std::string& metric) { return desk.metrics.render().find(metric) != std::string::npos; }

    void expect_valid(const net::Request& request, desk::ChannelId channel) {
        const std::array secrets{secret_of(channel)};
        const crypto::SignedWebhook received{.secrets = secrets,
                                             .id = request.headers.value_or("webhook-id", ""),
                                             .timestamp = request.headers.value_or("webhook-timestamp", ""),
                                             .signature = request.headers.value_or("webhook-signature", ""),
                                             .body = request.body,
                                             .now = system_now()};
        const auto verified = crypto::verify_webhook(received);
        EXPECT_TRUE(verified.has_value()) << (verified ? "" : verified.error().detail);
    }
};

TEST_F(CourierDelivery, SendsOnceSignedAndRemembersTheReceiversId) {
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until_state(reply, State::sent));
    const auto requests = receiver.requests("shop");
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].body, reply.delivery.body);
    EXPECT_EQ(requests[0].headers.value_or("webhook-id", ""), to_string(reply.delivery.message));
    EXPECT_EQ(requests[0].headers.value_or("content-type", ""), "application/json");
    expect_valid(requests[0], reply.delivery.channel);
    const auto sent = outbox.read(reply);
    EXPECT_EQ(sent.external_id, "r-1");
    EXPECT_EQ(sent.attempt, 1);
    EXPECT_EQ(outbox.ask_about(desk::delivery::kDeliveredAt, reply.promise.value), "t");

    const auto later = add_reply(receiver.url("shop"));
    desk.wakeups.announce(desk::Topic::delivery);
    ASSERT_TRUE(run_until_state(later, State::sent));
    EXPECT_EQ(receiver.requests("shop").size(), 2U) << "each reply once";
}

TEST_F(CourierDelivery, RepeatsTheSameBytesUnderTheSameId) {
    receiver.answer("shop", {response_with(500), response_with(302, "Location", receiver.url("elsewhere")),
                             response_with(404), response_with(204)});
    desk.config.courier.retry_max = 30ms;
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until_state(reply, State::sent));
    const auto requests = receiver.requests("shop");
    ASSERT_EQ(requests.size(), 4U);
    for (const auto& request : requests) {
        EXPECT_EQ(request.body, reply.delivery.body);
        EXPECT_EQ(request.headers.value_or("webhook-id", ""), to_string(reply.delivery.message));
        expect_valid(request, reply.delivery.channel);
    }
    EXPECT_TRUE(receiver.requests("elsewhere").empty()) << "redirects are not followed";
    const auto attempts = desk.database.as_app(
        outbox.account, [&](Tx& tx) { return desk::delivery::attempts_of(tx, outbox.account, reply.delivery.id); });
    ASSERT_EQ(attempts.size(), 4U);
    EXPECT_EQ(attempts[3].status, 500);
    EXPECT_EQ(attempts[2].status, 302);
    EXPECT_EQ(attempts[1].status, 404);
    EXPECT_EQ(attempts[0].status, 204);
}

TEST_F(CourierDelivery, AfterACrashBeforeTheRecordItRepeatsUnderTheSameId) {
    receiver.hold("shop");
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until([&] { return receiver.waiting() == 1; }));
    kill();
    receiver.release("shop");
    EXPECT_EQ(outbox.read(reply).state, State::sending) << "it was sent and nobody wrote it down";

    outbox.expire_leases();
    start();
    ASSERT_TRUE(run_until_state(reply, State::sent));
    const auto requests = receiver.requests("shop");
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].headers.value_or("webhook-id", "?"), requests[1].headers.value_or("webhook-id", ""));
    EXPECT_EQ(requests[0].body, requests[1].body);
    EXPECT_EQ(outbox.read(reply).attempt, 2);
}

TEST_F(CourierDelivery, IgnoresTheResultOfAnAttemptThatWasTakenOver) {
    receiver.hold("shop");
    receiver.answer("shop", {response_with(410), response_with(200)});
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until([&] { return receiver.waiting() == 1; }));
    outbox.expire_leases();
    ASSERT_TRUE(run_until([&] { return receiver.waiting() == 2; }));
    receiver.release("shop");
    ASSERT_TRUE(run_until_attempts(reply, 2));
    EXPECT_EQ(outbox.read(reply).state, State::sent) << "the first attempt's 410 came too late to count";
    EXPECT_EQ(outbox.read(reply).attempt, 2);
    EXPECT_TRUE(run_until([&] { return shows("lupaus_deliveries_total{result=\"outdated\"} 1"); }));
    EXPECT_TRUE(run_until([&] { return shows("lupaus_deliveries_total{result=\"sent\"} 1"); }));
}

TEST_F(CourierDelivery, CallsOffWhatItsLeaseIsTooOldFor) {
    desk.config.courier.lease = 1ms;  // over before a connection stands
    add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until([&] { return shows("lupaus_delivery_attempts_total{outcome=\"called_off\"}"); }));
    kill();
    EXPECT_TRUE(receiver.requests("shop").empty());
    EXPECT_FALSE(shows("outcome=\"accepted\""));
}

TEST_F(CourierDelivery, AResultThatCannotBeRecordedAtOnceIsKept) {
    std::atomic<int> complaints{0};
    log::redirect([&complaints](std::string_view line) {
        complaints += line.find("could not be recorded") != std::string_view::npos ? 1 : 0;
    });
    receiver.hold("shop");
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until([&] { return receiver.waiting() == 1; }));
    {
        pqxx::connection somebody(desk.database.url("lupaus_owner"));
        pqxx::work lock(somebody);
        lock.exec("SELECT FROM delivery FOR UPDATE");
        receiver.release("shop");
        EXPECT_TRUE(run_until([&] { return complaints > 0; }));
    }
    EXPECT_TRUE(run_until_state(reply, State::sent));
    EXPECT_EQ(receiver.requests("shop").size(), 1U);
    log::redirect({});
}

TEST_F(CourierDelivery, TwoCouriersSendEachReplyOnce) {
    constexpr std::size_t kReplies = 30;
    std::vector<desk::delivery::Reply> replies;
    for (std::size_t i = 0; i < kReplies; ++i) {
        replies.push_back(add_reply(receiver.url("shop")));
    }
    start();
    Courier second(desk.context, {client, mail_client}, hold, *tasks);
    second.start();
    for (const auto& reply : replies) {
        ASSERT_TRUE(run_until_state(reply, State::sent));
    }
    EXPECT_EQ(receiver.requests("shop").size(), kReplies);
    second.stop();
    kill();
}

TEST_F(CourierDelivery, ASlowReceiverHoldsNobodyElseUp) {
    receiver.hold("slow");
    const auto slow = outbox.add_channel(receiver.url("slow"));
    std::vector<desk::delivery::Reply> stuck;
    for (int i = 0; i < 20; ++i) {
        stuck.push_back(outbox.add_reply(slow));
    }
    std::vector<desk::delivery::Reply> quick;
    for (int i = 0; i < 5; ++i) {
        quick.push_back(add_reply(receiver.url("quick")));
    }
    start();
    for (const auto& reply : quick) {
        ASSERT_TRUE(run_until_state(reply, State::sent));
    }
    EXPECT_EQ(receiver.requests("slow").size(), 2U) << "an eighth of the workers";
    EXPECT_EQ(receiver.waiting(), 2U);
    receiver.release("slow");
    for (const auto& reply : stuck) {
        ASSERT_TRUE(run_until_state(reply, State::sent));
    }
    EXPECT_EQ(receiver.requests("slow").size(), 20U);
}

TEST_F(CourierDelivery, FinishesWhatIsUnderWayWhenItStops) {
    receiver.hold("shop");
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until([&] { return receiver.waiting() == 1; }));
    courier->stop();
    courier->stop();
    const auto later = add_reply(receiver.url("shop"));
    receiver.release("shop");
    ASSERT_TRUE(run_until([&] { return tasks->size() == 0; })) << "the tasks end by themselves";
    EXPECT_EQ(outbox.read(reply).state, State::sent);
    EXPECT_EQ(outbox.read(later).state, State::queued) << "nothing begins after stop()";
    courier->start();
    courier->start();
    EXPECT_TRUE(run_until_state(later, State::sent));
    EXPECT_EQ(receiver.requests("shop").size(), 2U);
}

TEST_F(CourierDelivery, StartingAndStoppingAtAnyMomentLosesNothing) {
    std::vector<desk::delivery::Reply> replies;
    for (int i = 0; i < 20; ++i) {
        replies.push_back(add_reply(receiver.url("shop")));
    }
    start();
    for (int i = 0; i < 40; ++i) {
        courier->stop();
        desk.io.poll_one();
        courier->start();
        desk.io.poll_one();
    }
    for (const auto& reply : replies) {
        ASSERT_TRUE(run_until_state(reply, State::sent));
    }
    EXPECT_EQ(receiver.requests("shop").size(), replies.size());
}

TEST_F(CourierDelivery, ARetriedRefusalArrives) {
    receiver.answer("shop", {response_with(410), response_with(200)});
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until_state(reply, State::failed));
    EXPECT_NE(outbox.ask_about(desk::delivery::kOwed, reply.conversation.value), "NULL") << "the customer waits again";
    EXPECT_EQ(outbox.ask_about(desk::delivery::kTimerIn, reply.delivery.id.value), "0")
        << "and somebody is told at once";
    const auto queued = desk.database.as_app(outbox.account, [&](Tx& tx) {
        return desk::delivery::retry(tx, outbox.account, reply.delivery.id, desk::event::Actor::system());
    });
    ASSERT_TRUE(queued.has_value());
    desk.wakeups.announce(desk::Topic::delivery);
    ASSERT_TRUE(run_until_state(reply, State::sent));
    EXPECT_EQ(outbox.ask_about(desk::delivery::kOwed, reply.conversation.value), "NULL");
}

TEST_F(CourierDelivery, MeasuresItsBacklog) {
    receiver.hold("shop");
    add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until([&] { return receiver.waiting() == 1; }));
    ASSERT_TRUE(run_until([&] { return shows("lupaus_delivery_queue_depth 1"); }));
    const auto names = desk.metrics.names();
    for (const auto* name : {"lupaus_delivery_attempts_in_flight gauge", "lupaus_delivery_oldest_due_seconds gauge",
                             "lupaus_delivery_attempt_seconds histogram"}) {
        EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
    }
    EXPECT_TRUE(shows("lupaus_delivery_attempts_in_flight 1"));
}

}  // namespace
}  // namespace lupaus::courier
