#include "common/postgres/database.hpp"

#include "common/base/limits.hpp"
#include "common/postgres/queries.sql.hpp"

#include <random>
#include <thread>

namespace lupaus {

namespace {

constexpr int kAttemptsMax = 4;
constexpr std::chrono::seconds kRetryFor{10};  // since the first attempt; an outage is the caller's to wait for
constexpr std::size_t kScopeQueueMax = limits::kDatabaseQueueMax / 2;
constexpr std::chrono::seconds kInDoubtWait{10};
constexpr std::string_view kInvalidParameter = "22023";

std::string session_settings(const DatabaseOptions& options) {
    // Small batches spend half their time planning: generic plans (the hot queries are written for them), which
    // Session::renew_plans makes anew. Whatever a table's size was then, a sequential scan of it is never right.
    return "SET TimeZone = 'UTC'; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;"
           "SET application_name = 'lupaus " + options.name + "';"
           "SET statement_timeout = " + std::to_string(options.statement_timeout.count()) + ";"
           "SET lock_timeout = " + std::to_string(options.lock_timeout.count()) + ";"
           // Between two statements we wait for nothing: who is silent for so long is gone, and holds up the others.
           "SET idle_in_transaction_session_timeout = " + std::to_string(options.statement_timeout.count()) + ";"
           // The server's half of a connection that the network forgot; else it counts as one for two hours.
           "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";
}

void pause_with_jitter(int attempt) {
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<int> spread(5, 20);
    std::this_thread::sleep_for(std::chrono::milliseconds(spread(random) * attempt));
}

}  // namespace

// PQconnectdb takes a URL or key=value words; both accept a connect timeout only as part of the string itself.
std::string with_connect_timeout(const std::string& url) {
    const auto seconds = std::to_string(limits::kConnectDatabaseWait.count());
    if (url.find("connect_timeout") != std::string::npos) {
        return url;
    }
    if (url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return url + (url.find('?') == std::string::npos ? "?" : "&") + "connect_timeout=" + seconds;
    }
    return url + " connect_timeout=" + seconds;
}

Database::Database(DatabaseOptions options)
    : options_(std::move(options)),
      watchdog_(options_.statement_timeout + limits::kDatabaseAnswerSlack),
      pool_(static_cast<std::size_t>(options_.threads), {.cores = options_.cores}) {
    if (!options_.observer) {
        options_.observer = [](std::string_view, std::chrono::nanoseconds, bool) {};
    }
}

Database::~Database() {
    stop();
}

void Database::stop() {
    pool_.join();
}

Database::Slot::Slot(Database& owner, const std::string& scope) : database(owner) {
    if (!scope.empty() && database.pool_.waiting(scope) >= kScopeQueueMax) {
        throw Overloaded();
    }
    if (database.waiting_.fetch_add(1, std::memory_order_relaxed) >= limits::kDatabaseQueueMax) {
        database.waiting_.fetch_sub(1, std::memory_order_relaxed);
        throw Overloaded();
    }
}

Database::Slot::~Slot() {
    database.waiting_.fetch_sub(1, std::memory_order_relaxed);
}

Database::Lease::Lease(Database& owner) : database(owner) {
    {
        const std::lock_guard lock(database.idle_mutex_);
        if (!database.idle_.empty()) {
            session = std::move(database.idle_.back());
            database.idle_.pop_back();
        }
    }
    if (!session || !session->is_open()) {
        session = database.connect();
    }
    session->renew_plans();
}

Database::Lease::~Lease() {
    if (session && session->is_open() && !session->is_retired()) {
        const std::lock_guard lock(database.idle_mutex_);
        database.idle_.push_back(std::move(session));
    }
}

std::unique_ptr<Session> Database::connect() {
    return std::make_unique<Session>(with_connect_timeout(options_.url), session_settings(options_), watchdog_);
}

void Database::commit(Tx& tx) {
    try {
        tx.commit();
    } catch (const pqxx::in_doubt_error&) {
        if (tx.xid().empty()) {
            throw;
        }
        if (!committed(tx.xid())) {
            throw pqxx::broken_connection("the transaction was rolled back when its connection broke");
        }
    }
    tx.run_after_commit();
}

// The old backend may still be committing: only its final state is an answer, never a SELECT of the rows.
bool Database::committed(const std::string& xid) {
    const auto deadline = std::chrono::steady_clock::now() + kInDoubtWait;
    while (std::chrono::steady_clock::now() < deadline) {
        try {
            auto session = connect();
            Tx tx(*session, Scope::queues(), options_.observer);
            const auto status = tx.exec(postgres::sql::transaction_status, pqxx::params{xid});
            const auto text = status.at(0, 0).is_null() ? std::string() : status.at(0, 0).as<std::string>();
            if (text == "committed" || text == "aborted") {
                return text == "committed";
            }
        } catch (const pqxx::broken_connection&) {
            // The server is restarting; ask again.
        } catch (const pqxx::sql_error& error) {
            // "In the future": the server crashed and does not know the id that it had given, so no commit was written.
            if (error.sqlstate() != kInvalidParameter) {
                throw;
            }
            return false;
        }
        pause_with_jitter(5);
    }
    throw pqxx::in_doubt_error("the outcome of a commit could not be learnt in time");
}

// What ended one connection has probably ended them all, and to find that out one by one may take the server's silence
// each time: after one is lost nobody is given another that has been idle meanwhile.
void Database::prepare_retry(const std::exception& error, const Attempt& attempt) {
    const bool is_lost = dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr;
    const bool repeatable = is_lost || dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr ||
                            dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr;
    if (is_lost) {
        std::vector<std::unique_ptr<Session>> dropped;
        const std::lock_guard lock(idle_mutex_);
        dropped.swap(idle_);
    }
    const bool in_time = std::chrono::steady_clock::now() - attempt.began_at < kRetryFor;
    if (!repeatable || !in_time || attempt.number >= kAttemptsMax) {
        throw;
    }
    pause_with_jitter(attempt.number);
}

}  // namespace lupaus
