// Each reason not to be ready, on either side of its limit, and the way back.
#include "services/lupaus/readiness.hpp"

#include "common/telemetry/log.hpp"
#include "services/desk/inbound/store.hpp"
#include "tests/support/inbound_sample.hpp"
#include "tests/support/test_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

namespace lupaus {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ReadinessTest : public ::testing::Test {
protected:
    // One look; what it threw, or nothing.
    std::string look(Readiness& readiness) {
        std::exception_ptr failure;
        boost::asio::co_spawn(desk_.io, readiness.look(), [&failure](std::exception_ptr error) { failure = error; });
        desk_.io.restart();
        desk_.io.run();
        return failure ? log::describe(failure) : std::string();
    }

    static std::int64_t from_start() { return 0; }

    support::TestDesk desk_{};
    desk::outbound::Hold hold_{false};
};

TEST_F(ReadinessTest, NobodyIsReadyBeforeTheFirstLook) {
    Readiness readiness(desk_.context, hold_, from_start);
    EXPECT_FALSE(readiness.is_ready());
    EXPECT_EQ(look(readiness), "");
    EXPECT_TRUE(readiness.is_ready()) << readiness.to_json();
    readiness.stop();
    EXPECT_FALSE(readiness.is_ready()) << "stopping";
}

TEST_F(ReadinessTest, AClockThatIsOffMakesItUnreadyUntilItIsSetRight) {
    auto offset = 0ms;
    Readiness readiness(desk_.context, hold_, from_start, [&offset] { return system_now() + offset; });
    for (const auto slight : {1'500ms, -1'500ms}) {
        offset = slight;
        look(readiness);
        EXPECT_TRUE(readiness.is_ready()) << readiness.to_json();
    }
    for (const auto wrong : {2'500ms, -2'500ms}) {
        offset = wrong;
        EXPECT_EQ(look(readiness), "");
        EXPECT_FALSE(readiness.is_ready());
        EXPECT_THAT(readiness.to_json(), HasSubstr(R"({"name":"clock","ok":false)"));
    }
    offset = 0ms;
    look(readiness);
    EXPECT_TRUE(readiness.is_ready()) << readiness.to_json();
}

TEST_F(ReadinessTest, AQueueThatStandsStillMakesItUnreadyUntilItMoves) {
    const auto account = support::make_account(desk_.database);
    const auto message = support::make_inbound(account, support::make_channel(desk_.database, account).id, "ext-1");
    const auto accept = [&](Tx& tx) { return desk::inbound::accept(tx, std::span(&message, 1)).size(); };
    desk_.database.worker().run_blocking(Scope::queues(), accept);
    const auto run = [this](const Query& query) {
        desk_.database.as_owner([&query](Tx& tx) { return tx.exec(query).affected_rows(); });
    };
    Readiness readiness(desk_.context, hold_, from_start);
    look(readiness);
    EXPECT_TRUE(readiness.is_ready()) << readiness.to_json();
    run({"age_queue", "UPDATE inbound SET received_at = clock_timestamp() - interval '55 seconds'"});
    look(readiness);
    EXPECT_TRUE(readiness.is_ready()) << readiness.to_json();
    run({"age_queue_more", "UPDATE inbound SET received_at = clock_timestamp() - interval '61 seconds'"});
    look(readiness);
    EXPECT_FALSE(readiness.is_ready());
    EXPECT_THAT(readiness.to_json(), HasSubstr(R"({"name":"queue","ok":false)"));
    run({"empty_queue", "DELETE FROM inbound"});
    look(readiness);
    EXPECT_TRUE(readiness.is_ready()) << readiness.to_json();
}

TEST_F(ReadinessTest, WhatCannotBeAskedIsNotReady) {
    bool is_broken = false;
    Readiness readiness(desk_.context, hold_, from_start,
                        [&is_broken] { return is_broken ? throw std::logic_error("no clock") : system_now(); });
    look(readiness);
    EXPECT_TRUE(readiness.is_ready());
    is_broken = true;
    EXPECT_EQ(look(readiness), "no clock") << "for the log and the count of its loop";
    EXPECT_FALSE(readiness.is_ready()) << "yesterday's answer is none";
    EXPECT_THAT(readiness.to_json(), HasSubstr("no clock"));
}

}  // namespace
}  // namespace lupaus
