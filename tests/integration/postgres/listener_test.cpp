#include "common/postgres/listener.hpp"

#include "common/base/limits.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <pqxx/pqxx>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace lupaus {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Takes connections and says nothing, like a server that has lost its way.
class DeafServer {
public:
    std::string url() const {
        return "postgresql://nobody@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/nothing";
    }

    void await_caller() { acceptor_.accept(caller_.emplace(io_)); }

private:
    asio::io_context io_{1};
    asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    std::optional<asio::ip::tcp::socket> caller_;
};

TEST(Listener, AServerThatDoesNotAnswerHoldsUpNeitherTheStopNorForLongTheEnd) {
    DeafServer server;
    const auto began = Clock::now();
    {
        Listener listener(server.url(), {{"news", [](const std::string&) {}}});
        listener.start();
        server.await_caller();
        const auto asked = Clock::now();
        listener.stop();
        listener.stop();
        EXPECT_LT(Clock::now() - asked, limits::kConnectDatabaseWait / 2) << "the I/O thread calls this";
    }
    EXPECT_LT(Clock::now() - began, 3 * limits::kConnectDatabaseWait);
}

// What a listener heard, in the order of its coming.
class Ear {
public:
    Listener::Callback callback() {
        return [this](const std::string& payload) {
            const std::lock_guard lock(mutex_);
            heard_.push_back(payload);
            changed_.notify_all();
        };
    }

    bool await_count(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 10s, [&] { return heard_.size() >= count; });
    }

    std::vector<std::string> heard() {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> heard_;
};

TEST(Listener, ComesBackAfterItsConnectionWasEndedAndWakesEverybody) {
    support::TestDatabase database;
    pqxx::connection connection(database.url("lupaus_worker"));
    pqxx::nontransaction work(connection);
    Ear ear;
    Listener listener(database.url("lupaus_worker"), {{"news", ear.callback()}});
    listener.start();
    ASSERT_TRUE(ear.await_count(1)) << "what came before it listened";
    work.exec("NOTIFY news, 'one'");
    ASSERT_TRUE(ear.await_count(2));
    work.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
              "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()");
    ASSERT_TRUE(ear.await_count(3)) << "what came while nobody listened";
    work.exec("NOTIFY news, 'two'");
    ASSERT_TRUE(ear.await_count(4));
    EXPECT_EQ(ear.heard(), (std::vector<std::string>{"", "one", "", "two"}));
}

}  // namespace
}  // namespace lupaus
