// One READ COMMITTED transaction on one session, used on one database thread. Destroyed without commit(): rolled back.
// Statements are prepared on first use under their query name. Errors are pqxx exceptions; a commit whose answer was
// lost is settled by asking pg_xact_status on a new connection (see database.cpp) when the transaction noted its id.
#pragma once

#include "common/base/uuid.hpp"
#include "common/postgres/query.hpp"
#include "common/postgres/values.hpp"
#include "common/postgres/watchdog.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>

namespace lupaus {

using QueryObserver = std::function<void(std::string_view query, std::chrono::nanoseconds took, bool ok)>;

// A connection and what is prepared on it. Whatever waits for the server goes through ask().
class Session {
public:
    Session(const std::string& url, const std::string& settings, Watchdog& watchdog);

    pqxx::connection& connection() { return connection_; }

    template <class Question>
    auto ask(Question question) {
        return line_.ask(std::move(question));
    }

    void prepare(const Query& query);

    bool is_open() const { return connection_.is_open(); }

    // The next transaction gets another one. For libpq keeps as much memory as the longest statement of a connection
    // took, until the connection ends.
    void retire() { is_retired_ = true; }

    bool is_retired() const { return is_retired_; }

    // Generic plans are made once, perhaps while a table was empty and every index looked the same. They are made anew
    // while tables may have grown: whenever the session is twice as old as at the last time, at least once a minute.
    void renew_plans();

private:
    using Clock = std::chrono::steady_clock;

    pqxx::connection connection_;
    Watchdog::Line line_;
    std::unordered_set<const char*> prepared_;  // by address: query names are constants
    Clock::time_point opened_at_ = Clock::now();
    Clock::time_point renew_at_;
    bool is_retired_ = false;
};

// The rows a transaction may see (row-level security).
struct Scope {
    std::string setting;  // "lupaus.account" or "lupaus.accounts"; empty: none
    std::string value;

    static Scope account(const Uuid& id) { return {"lupaus.account", to_string(id)}; }

    static Scope accounts(std::span<const Uuid> ids);

    static Scope queues() { return {}; }
};

class Tx {
public:
    Tx(Session& session, const Scope& scope, const QueryObserver& observer);
    ~Tx();
    Tx(const Tx&) = delete;
    Tx& operator=(const Tx&) = delete;

    pqxx::result exec(const Query& query, const pqxx::params& params = {});
    void narrow(const Scope& scope);  // names the accounts once they are known

    void retire_session() { session_.retire(); }  // for what sends or is sent many megabytes

    void note_xid(std::string xid) { xid_ = std::move(xid); }

    const std::string& xid() const { return xid_; }

    void commit();  // in-doubt: throws pqxx::in_doubt_error

    void after_commit(std::function<void()> action) { after_commit_.push_back(std::move(action)); }

    void run_after_commit();

private:
    Session& session_;
    const QueryObserver& observer_;
    std::optional<pqxx::nontransaction> work_;
    std::string xid_;
    std::vector<std::function<void()>> after_commit_;
    bool open_ = false;
};

}  // namespace lupaus
