// A fixed pool of database threads, one session each, for one role. Blocking work runs there and the caller's coroutine
// resumes on its own executor. Work must not touch anything outside the transaction: it is repeated after a deadlock
// or a lost connection, which a server that does not answer is, too (watchdog.hpp). Scopes take turns (see FairPool), so
// that a busy account holds up no other one. More than limits::kDatabaseQueueMax waiting jobs are refused (Overloaded), and
// half as many of one scope.
#pragma once

#include "common/async/fair_pool.hpp"
#include "common/async/offload.hpp"
#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace lupaus {

struct DatabaseOptions {
    std::string url;
    std::string name;  // pool name in metrics and pg_stat_activity
    int threads = 4;
    std::size_t cores = 0;  // see FairPool::Options
    std::chrono::milliseconds statement_timeout{5000};
    std::chrono::milliseconds lock_timeout{1000};
    QueryObserver observer{};
};

std::string with_connect_timeout(const std::string& url);  // limits::kConnectDatabaseWait, unless it has one

class Overloaded : public std::runtime_error {
public:
    Overloaded() : std::runtime_error("the database queue is full") {}
};

class Database {
public:
    explicit Database(DatabaseOptions options);
    ~Database();

    // `work(Tx&)` returns a Result<T>: a value commits, an error rolls back. Any other value, never void, commits.
    template <class Work>
    boost::asio::awaitable<std::invoke_result_t<Work, Tx&>> run(Scope scope, Work work) {
        const Slot slot(*this, scope.value);
        auto blocking = [this, &scope, &work] { return run_blocking(scope, work); };
        co_return co_await offload(pool_.executor(scope.value), std::move(blocking));
    }

    // The same on the calling thread, for the command line and tests.
    template <class Work>
    std::invoke_result_t<Work, Tx&> run_blocking(const Scope& scope, Work& work) {
        const auto began_at = std::chrono::steady_clock::now();
        for (int attempt = 1;; ++attempt) {
            try {
                return run_once(scope, work);
            } catch (const std::exception& error) {
                prepare_retry(error, {.number = attempt, .began_at = began_at});  // rethrows what cannot be repeated
            }
        }
    }

    std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
    const DatabaseOptions& options() const { return options_; }
    void stop();  // joins the threads; jobs already queued are finished

private:
    struct Attempt {
        int number = 1;
        std::chrono::steady_clock::time_point began_at{};  // of the first
    };

    struct Slot {
        Slot(Database& owner, const std::string& scope);
        ~Slot();
        Database& database;
    };

    struct Lease {
        explicit Lease(Database& owner);
        ~Lease();
        Database& database;
        std::unique_ptr<Session> session;
    };

    template <class Work>
    std::invoke_result_t<Work, Tx&> run_once(const Scope& scope, Work& work) {
        Lease lease(*this);
        Tx tx(*lease.session, scope, options_.observer);
        auto outcome = work(tx);
        if constexpr (requires { outcome.has_error(); }) {
            if (outcome.has_error()) {
                return outcome;
            }
        }
        commit(tx);
        return outcome;
    }

    void commit(Tx& tx);
    bool committed(const std::string& xid);
    void prepare_retry(const std::exception& error, const Attempt& attempt);
    std::unique_ptr<Session> connect();

    DatabaseOptions options_;
    Watchdog watchdog_;
    FairPool pool_;
    std::atomic<std::size_t> waiting_{0};
    std::mutex idle_mutex_;
    std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace lupaus
