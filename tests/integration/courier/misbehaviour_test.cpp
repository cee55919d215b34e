#include "tests/integration/courier/courier_fixture.hpp"
#include "tests/integration/net/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace lupaus::courier {
namespace {

using namespace std::chrono_literals;
using desk::delivery::State;
using net::test::PeerConnection;
using net::test::ScriptedPeer;

constexpr desk::channel::Kind kForgetful{99};  // a kind whose receiver knows no ids

class CourierMisbehaviour : public CourierTest {
protected:
    // Of the pause that follows the first failure.
    double pause_s(const desk::delivery::Reply& reply) {
        constexpr Query kPause{"test_pause",
                               "SELECT extract(epoch FROM due_at - clock_timestamp()) FROM delivery WHERE id = $1"};
        return std::stod(outbox.ask_about(kPause, reply.delivery.id.value));
    }

    bool run_until_error(const desk::delivery::Reply& reply) {
        return run_until([&] { return outbox.read(reply).error.has_value(); });
    }

    void expect_queued_with(const desk::delivery::Reply& reply, const std::string& part) {
        const auto stored = outbox.read(reply);
        EXPECT_EQ(stored.state, State::queued);
        EXPECT_NE(stored.error.value_or("").find(part), std::string::npos) << stored.error.value_or("no error");
    }
};

TEST_F(CourierMisbehaviour, ServerErrorsAreTriedAgainLater) {
    receiver.answer("shop", {response_with(500)});
    const auto reply = add_reply(receiver.url("shop"));
    start(1h);
    ASSERT_TRUE(run_until_error(reply));
    expect_queued_with(reply, "500");
    EXPECT_NEAR(pause_s(reply), 3600, 370);
}

TEST_F(CourierMisbehaviour, RetryAfterIsHonoured) {
    for (const int status : {429, 503}) {
        const auto name = "busy" + std::to_string(status);
        receiver.answer(name, {response_with(status, "Retry-After", "120")});
        const auto reply = add_reply(receiver.url(name));
        if (!courier) {
            start();
        }
        desk.wakeups.announce(desk::Topic::delivery);
        ASSERT_TRUE(run_until_error(reply));
        expect_queued_with(reply, std::to_string(status));
        EXPECT_NEAR(pause_s(reply), 120, 5);
    }
}

TEST_F(CourierMisbehaviour, RetryAfterIsBounded) {
    desk.config.courier.retry_max = 1min;
    receiver.answer("busy", {response_with(503, "Retry-After", "86400")});
    const auto reply = add_reply(receiver.url("busy"));
    start();
    ASSERT_TRUE(run_until_error(reply));
    EXPECT_NEAR(pause_s(reply), 60, 5);
}

TEST_F(CourierMisbehaviour, GoneEndsIt) {
    receiver.answer("shop", {response_with(410)});
    const auto reply = add_reply(receiver.url("shop"));
    start();
    ASSERT_TRUE(run_until_state(reply, State::failed));
    EXPECT_FALSE(outbox.read(reply).due_at);
    EXPECT_EQ(outbox.ask_about(desk::delivery::kEvents, reply.delivery.message.value), "message.delivery:failed");
}

TEST_F(CourierMisbehaviour, AForbiddenAddressFailsNamingItAndTheOption) {
    const auto reply = add_reply("http://10.1.2.3/hook");
    start();
    ASSERT_TRUE(run_until_state(reply, State::failed));
    const auto error = outbox.read(reply).error.value_or("");
    EXPECT_NE(error.find("10.1.2.3"), std::string::npos) << error;
    EXPECT_NE(error.find("egress.allow"), std::string::npos) << error;
}

TEST_F(CourierMisbehaviour, NobodyListening) {
    const auto reply = add_reply("http://127.0.0.1:" + std::to_string(net::test::closed_port()) + "/");
    start(1h);
    ASSERT_TRUE(run_until_error(reply));
    expect_queued_with(reply, "Connecting");
}

TEST_F(CourierMisbehaviour, SilenceIsRepeatedWhereTheReceiverDeduplicates) {
    desk.config.courier.attempt_wait = 300ms;
    receiver.hold("shop");
    const auto reply = add_reply(receiver.url("shop"));
    start(1h);
    ASSERT_TRUE(run_until_error(reply));
    expect_queued_with(reply, "No answer");
    EXPECT_EQ(receiver.requests("shop").size(), 1U);
}

TEST_F(CourierMisbehaviour, SilenceIsLeftToAHumanElsewhere) {
    desk.config.courier.attempt_wait = 300ms;
    receiver.hold("shop");
    const auto reply = add_reply(receiver.url("shop"), kForgetful);
    start();
    ASSERT_TRUE(run_until_state(reply, State::uncertain));
    EXPECT_EQ(outbox.ask_about(desk::delivery::kTimerIn, reply.delivery.id.value), "0");
    EXPECT_EQ(outbox.ask_about(desk::delivery::kEvents, reply.delivery.message.value), "message.delivery:uncertain");
    EXPECT_EQ(receiver.requests("shop").size(), 1U);
}

TEST_F(CourierMisbehaviour, ACutAfterTheRequestIsUnknown) {
    const ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.reset();
    });
    const auto careful = add_reply(peer.url(), kForgetful);
    const auto repeated = add_reply(peer.url());
    start(1h);
    ASSERT_TRUE(run_until_state(careful, State::uncertain));
    ASSERT_TRUE(run_until_error(repeated));
    expect_queued_with(repeated, "");
}

TEST_F(CourierMisbehaviour, ABodyThatNeverEndsIsCutAndTheStatusCounts) {
    const ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        const auto chunk = "2000\r\n" + std::string(0x2000, 'x') + "\r\n";
        for (int i = 0; i < 64; ++i) {
            connection.send(chunk);
        }
        connection.wait_for_end();
    });
    const auto reply = add_reply(peer.url());
    start();
    ASSERT_TRUE(run_until_state(reply, State::sent));
    EXPECT_FALSE(outbox.read(reply).external_id);
}

TEST_F(CourierMisbehaviour, ABodyThatStallsHoldsItsPlaceNoLongerThanAnAttempt) {
    desk.config.courier.attempt_wait = 300ms;
    const ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":");
        connection.wait_for_end();
    });
    const auto reply = add_reply(peer.url());
    start();
    ASSERT_TRUE(run_until_state(reply, State::sent));
    EXPECT_FALSE(outbox.read(reply).external_id);
}

TEST_F(CourierMisbehaviour, AnAnswerThatIsNoHttpIsUnknown) {
    const ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.send("220 mail.example.com ESMTP\r\n");
        connection.wait_for_end();
    });
    const auto reply = add_reply(peer.url());
    start(1h);
    ASSERT_TRUE(run_until_error(reply));
    EXPECT_EQ(outbox.read(reply).state, State::queued);
}

TEST_F(CourierMisbehaviour, AnUnreadableSecretIsTheOperatorsAndIsSaid) {
    constexpr Query kSpoil{"test_spoil", "UPDATE channel SET outbound_secret = '\\x01' WHERE id = $1"};
    const auto reply = add_reply(receiver.url("shop"));
    outbox.run(kSpoil, pqxx::params{to_string(reply.delivery.channel)});
    start(1h);
    ASSERT_TRUE(run_until_error(reply));
    expect_queued_with(reply, "secret.key_file");
    EXPECT_TRUE(receiver.requests("shop").empty());
}

}  // namespace
}  // namespace lupaus::courier
