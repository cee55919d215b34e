// A server that is there and does not answer: frozen, or behind something that swallows what it says.
#include "common/base/limits.hpp"
#include "common/postgres/database.hpp"
#include "common/postgres/listener.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <pqxx/pqxx>

#include <barrier>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <set>
#include <thread>

namespace lupaus {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kStatement = 500ms;
constexpr Query kPid{"test_silence_pid", "SELECT pg_backend_pid()"};
constexpr Query kNoEnd{"test_silence_no_end", "SELECT set_config('statement_timeout', '0', true)"};
constexpr Query kSilence{"test_silence", "SELECT pg_sleep(60)"};

int pid_of(Tx& tx) {
    return tx.exec(kPid).at(0, 0).as<int>();
}

class Silence : public ::testing::Test {
protected:
    // A backend that sleeps where nobody waits for it any more ends only when it is told to.
    ~Silence() override { end(silent_); }

    void end(int pid) {
        if (pid != 0) {
            pqxx::connection connection(database_.url("lupaus_worker"));
            pqxx::nontransaction(connection).exec("SELECT pg_terminate_backend(" + std::to_string(pid) + ")");
        }
    }

    // As many at the same time, so that each has a session of its own; they are idle afterwards.
    std::set<int> fill_pool(int count) {
        std::set<int> pids;
        std::mutex mutex;
        std::barrier all(count);
        std::vector<std::jthread> threads;
        for (int i = 0; i < count; ++i) {
            threads.emplace_back([&] {
                const auto work = [&](Tx& tx) {
                    const int pid = pid_of(tx);
                    all.arrive_and_wait();
                    return pid;
                };
                const int pid = pool_.run_blocking(Scope::queues(), work);
                const std::lock_guard lock(mutex);
                pids.insert(pid);
            });
        }
        threads.clear();
        return pids;
    }

    support::TestDatabase database_;
    Database pool_{{.url = database_.url("lupaus_worker"), .name = "silence", .statement_timeout = kStatement}};
    int silent_ = 0;
};

TEST_F(Silence, IsALostConnectionAndTheWorkIsRepeatedOnANewOne) {
    const auto before = fill_pool(3);
    int tries = 0;
    const auto work = [&](Tx& tx) {
        const int pid = pid_of(tx);
        if (++tries == 1) {
            silent_ = pid;
            tx.exec(kNoEnd);
            tx.exec(kSilence);
        }
        return pid;
    };
    const auto began = Clock::now();
    const int pid = pool_.run_blocking(Scope::queues(), work);
    EXPECT_EQ(tries, 2);
    EXPECT_LT(Clock::now() - began, kStatement + limits::kDatabaseAnswerSlack + 2s);
    EXPECT_EQ(before.count(silent_), 1U);
    EXPECT_EQ(before.count(pid), 0U) << "the others that were idle may be as silent";
}

TEST_F(Silence, SaysSoWhereItIsReported) {
    const auto work = [&](Tx& tx) {
        silent_ = pid_of(tx);
        tx.exec(kNoEnd);
        try {
            tx.exec(kSilence);
        } catch (const pqxx::broken_connection& error) {
            return std::string(error.what());
        }
        return std::string("it was answered");
    };
    std::string said;
    const auto report = [&](Tx& tx) -> Result<bool> {
        said = work(tx);
        return not_found("anything");  // rolled back, on a connection that is no more
    };
    pool_.run_blocking(Scope::queues(), report);
    EXPECT_EQ(said, "PostgreSQL did not answer for 2500 ms");
}

TEST_F(Silence, AnAnswerInTimeIsNoSilence) {
    const auto work = [&](Tx& tx) {
        for (int i = 0; i < 30; ++i) {
            tx.exec({"test_silence_short", "SELECT pg_sleep(0.1)"});
        }
        return pid_of(tx);
    };
    const auto pids = fill_pool(1);
    EXPECT_EQ(pids.count(pool_.run_blocking(Scope::queues(), work)), 1U) << "3 s in all, each statement in time";
}

TEST_F(Silence, TheServerForgetsAConnectionThatTheNetworkForgot) {
    const auto work = [](Tx& tx) {
        const auto row =
            tx.exec({"test_silence_keepalive",
                     "SELECT current_setting('tcp_keepalives_idle')::int * (inet_client_addr() IS NOT NULL)::int,"
                     " current_setting('idle_in_transaction_session_timeout')"});
        return row.at(0, 0).as<std::string>() + " " + row.at(0, 1).as<std::string>();
    };
    const auto through_socket = pool_.run_blocking(Scope::queues(), work);
    EXPECT_EQ(through_socket, "0 500ms") << "no TCP, no keepalive";
    const auto url = "postgresql://lupaus_worker@127.0.0.1:" + support::read_cluster().port + "/" + database_.name();
    Database by_tcp({.url = url, .name = "tcp", .statement_timeout = kStatement});
    EXPECT_EQ(by_tcp.run_blocking(Scope::queues(), work), "30 500ms");
}

TEST_F(Silence, AListenerNoticesAndListensAgain) {
    std::mutex mutex;
    std::condition_variable changed;
    int heard = 0;
    const auto hear = [&](const std::string&) {
        const std::lock_guard lock(mutex);
        ++heard;
        changed.notify_all();
    };
    const auto await_heard = [&](int count) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, 3 * limits::kListenerPing, [&] { return heard >= count; });
    };
    pqxx::connection connection(database_.url("lupaus_worker"));
    pqxx::nontransaction look(connection);
    Listener listener(database_.url("lupaus_worker"), {{"news", hear}});
    listener.start();
    ASSERT_TRUE(await_heard(1)) << "what came before it listened";
    const auto* question =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%LISTEN%'"
        " AND pid <> pg_backend_pid()";
    const int frozen = look.exec(question).at(0, 0).as<int>();
    ASSERT_EQ(::kill(frozen, SIGSTOP), 0) << "the server belongs to us, or we are root";
    EXPECT_TRUE(await_heard(2)) << "what came while it listened to nobody";
    EXPECT_EQ(::kill(frozen, SIGCONT), 0);
}

}  // namespace
}  // namespace lupaus
