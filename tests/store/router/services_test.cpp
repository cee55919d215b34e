// The loops themselves, on a thread of their own: a row that PostgreSQL refuses, and leases that run out.
#include "services/desk/inbound/store.hpp"
#include "services/router/router.hpp"
#include "services/router/watcher.hpp"
#include "tests/support/inbound_sample.hpp"
#include "tests/support/test_desk.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace lupaus::router {
namespace {

using namespace std::chrono_literals;

class Services : public ::testing::Test {
protected:
    MessageId say(const std::string& external_id, const std::string& sender) {
        auto message = support::make_inbound(account, channel, external_id);
        message.sender_id = sender;
        const auto work = [&](Tx& tx) { return desk::inbound::accept(tx, std::span(&message, 1)); };
        return desk.database.worker().run_blocking(Scope::queues(), work).front().id;
    }

    std::string ask(const std::string& sql) {
        pqxx::nontransaction work(owner);
        const auto rows = work.exec(sql);
        return rows.empty() || rows[0][0].is_null() ? "-" : rows[0][0].as<std::string>();
    }

    // Until the database answers as expected, or for ten seconds.
    void await_answer(const std::string& sql, const std::string& answer) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (ask(sql) != answer && std::chrono::steady_clock::now() < deadline) {
        }
        EXPECT_EQ(ask(sql), answer) << sql;
    }

    template <class Service>
    void run(Service& service, const std::function<void()>& meanwhile) {
        service.start();
        auto guard = boost::asio::make_work_guard(desk.io);
        std::jthread thread([this] { desk.io.run(); });
        meanwhile();
        boost::asio::post(desk.io, [&service] { service.stop(); });
        boost::asio::co_spawn(desk.io, service.join(), boost::asio::use_future).get();
        guard.reset();
    }

    // The same desk, on whose worker pool each of these queries fails once, in a way that no loop has foreseen. `seen`:
    // by name, those that went well.
    desk::Context make_failing(const std::set<std::string, std::less<>>& queries) {
        failing_queries_ = queries;
        auto observe = [this](std::string_view query, std::chrono::nanoseconds, bool is_done) {
            const std::lock_guard lock(mutex_);
            const auto failing = failing_queries_.find(query);
            if (is_done && failing != failing_queries_.end()) {
                failing_queries_.erase(failing);
                throw std::logic_error("a step failed");
            }
            if (is_done) {
                seen_.emplace(query);
            }
        };
        DatabaseOptions options;
        options.url = desk.database.url("lupaus_worker");
        options.name = "failing";
        options.observer = observe;
        failing_.emplace(std::move(options));
        return {.config = desk.config,
                .app = desk.database.app(),
                .worker = *failing_,
                .wakeups = desk.wakeups,
                .box = support::test_box(),
                .blobs = desk.blobs,
                .metrics = desk.metrics};
    }

    bool has_seen(const std::string& query) {
        const std::lock_guard lock(mutex_);
        return seen_.contains(query);
    }

    double failures(const std::string& loop) {
        return desk.metrics
            .counter("lupaus_loop_failures_total", "Turns of an endless loop that failed.", {{"loop", loop}})
            .value();
    }

    std::mutex mutex_;
    std::set<std::string, std::less<>> failing_queries_;
    std::set<std::string, std::less<>> seen_;
    support::TestDesk desk{};
    std::optional<Database> failing_;
    AccountId account = support::make_account(desk.database);
    ChannelId channel = support::make_channel(desk.database, account).id;
    pqxx::connection owner{desk.database.url("lupaus_owner")};
};

TEST_F(Services, ARowThatPostgresRefusesIsSetAsideAloneAndTheOthersAreRouted) {
    const auto first = say("one", "liisa");
    Router warm_up(desk.context, desk.io.get_executor());
    run(warm_up, [&] { await_answer("SELECT count(*) FROM message", "1"); });
    desk.io.restart();
    say("two", "pekka");
    ask("INSERT INTO inbound (account_id, id, channel_id, payload) SELECT account_id, '" + to_string(first) +
        "', channel_id, payload FROM inbound RETURNING seq");
    say("three", "matti");
    Router router(desk.context, desk.io.get_executor());
    run(router, [&] { await_answer("SELECT count(*) FROM inbound", "0"); });
    EXPECT_EQ(ask("SELECT count(*) FROM message"), "3");
    EXPECT_EQ(ask("SELECT string_agg(id::text, ' ') FROM quarantine WHERE error <> ''"), to_string(first));
}

TEST_F(Services, WhileTheDiskOfTheServerFailsNothingIsSetAside) {
    say("one", "liisa");
    ask("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'the disk' USING ERRCODE = '58030'; END $$");
    ask("CREATE TRIGGER failing BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION fail()");
    Router router(desk.context, desk.io.get_executor());
    run(router, [&] {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (failures("router") == 0 && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        EXPECT_GT(failures("router"), 0);
        EXPECT_EQ(ask("SELECT count(*) FROM inbound"), "1");
        ask("DROP TRIGGER failing ON message");
        await_answer("SELECT count(*) FROM message", "1");
    });
    EXPECT_EQ(ask("SELECT count(*) FROM quarantine"), "0");
}

TEST_F(Services, ABacklogOfSeveralBatchesIsRoutedWholeAfterWhatCameLive) {
    constexpr int kHistory = 450;
    std::vector<desk::inbound::Inbound> history;
    for (int i = 0; i < kHistory; ++i) {
        auto& message = history.emplace_back(support::make_inbound(account, channel, "old-" + std::to_string(i)));
        message.sender_id = "sender " + std::to_string(i % 40);
        message.occurred_at = Timestamp{std::chrono::sys_days{std::chrono::year{2019} / 1 / 1}} + std::chrono::hours{i};
        message.backlog = true;
    }
    const auto work = [&](Tx& tx) { return desk::inbound::accept(tx, history); };
    desk.database.worker().run_blocking(Scope::queues(), work);
    const auto live = to_string(say("live", "liisa"));
    Router router(desk.context, desk.io.get_executor());
    run(router, [&] { await_answer("SELECT count(*) FROM inbound", "0"); });
    EXPECT_EQ(ask("SELECT count(*) FROM message WHERE history"), std::to_string(kHistory));
    EXPECT_EQ(ask("SELECT count(*) FROM promise"), "1");
    EXPECT_EQ(ask("SELECT count(*) > 200 FROM event WHERE type = 'message.created' AND seq > "
                  "(SELECT seq FROM event WHERE type = 'message.created' AND message_id = '" +
                  live + "')"),
              "t")
        << "it was in the first batch";
}

TEST_F(Services, RoutingGoesOnAfterAStepThatFailed) {
    say("one", "liisa");
    auto context = make_failing({"desk_inbound_discover_all", "desk_inbound_try_lanes"});
    Router router(context, desk.io.get_executor());
    run(router, [&] { await_answer("SELECT count(*) FROM message", "1"); });
    EXPECT_EQ(failures("router"), 2);
}

TEST_F(Services, EveryLoopOfTheWatcherGoesOnAfterAStepThatFailed) {
    const std::set<std::string, std::less<>> steps{"desk_promise_claim_due", "desk_timer_claim_due",
                                                   "desk_agent_lock_lapsing", "router_measure_waits",
                                                   "desk_inbound_delete_old_rejections"};
    auto context = make_failing(steps);
    Watcher watcher(context, desk.io.get_executor(), [] { return std::int64_t{0}; });
    const auto is_watching = [this, &steps] {
        return std::ranges::all_of(steps, [this](const auto& query) { return has_seen(query); });
    };
    run(watcher, [&] {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!is_watching() && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        EXPECT_TRUE(is_watching());
    });
    for (const auto* loop : {"watch promises", "watch timers", "settle presence", "measure", "forget"}) {
        EXPECT_EQ(failures(loop), 1) << loop;
    }
}

TEST_F(Services, ALeaseThatRunsOutReleasesWhatWasNotBegun) {
    const auto agent = support::make_agent(desk.database, account);
    ask("UPDATE presence SET settled = 0, seen_at = clock_timestamp() - interval '1 hour' RETURNING 1");
    Watcher watcher(desk.context, desk.io.get_executor(), [] { return std::int64_t{0}; });
    run(watcher, [&] { await_answer("SELECT subject_id FROM inbound WHERE kind = 3", to_string(agent)); });
    EXPECT_EQ(ask("SELECT data -> 'agent' ->> 'presence' FROM event WHERE type = 'agent.presence'"), "offline");
}

TEST_F(Services, EveryRejectionThatIsOldEnoughIsForgottenAtOneLookHoweverManyThereAre) {
    ask("INSERT INTO rejection (account_id, id, channel_id, reason, detail, body, received_at)"
        " SELECT '" +
        to_string(account) + "', gen_random_uuid(), '" + to_string(channel) +
        "', 0, 'refused', '', clock_timestamp() - CASE WHEN n <= 2500 THEN interval '8 days' ELSE interval '6 days' END"
        " FROM generate_series(1, 2510) n RETURNING 1");
    Watcher watcher(desk.context, desk.io.get_executor(), [] { return std::int64_t{0}; });
    run(watcher, [&] { await_answer("SELECT count(*) FROM rejection", "10"); });
}

}  // namespace
}  // namespace lupaus::router
