#include "common/postgres/tx.hpp"

#include <algorithm>

namespace lupaus {

namespace {

constexpr std::chrono::seconds kFirstPlans{1};
constexpr std::chrono::seconds kPlansMax{60};

std::string set_local(const Scope& scope) {
    return "SET LOCAL " + scope.setting + " = '" + scope.value + "'";
}

}  // namespace

Session::Session(const std::string& url, const std::string& settings, Watchdog& watchdog)
    : connection_(url), line_(watchdog, connection_.sock()), renew_at_(opened_at_ + kFirstPlans) {
    ask([&] { pqxx::nontransaction(connection_).exec(settings); });
}

void Session::renew_plans() {
    const auto now = Clock::now();
    if (now < renew_at_) {
        return;
    }
    renew_at_ = now + std::min<Clock::duration>(now - opened_at_, kPlansMax);
    ask([this] { pqxx::nontransaction(connection_).exec("DISCARD PLANS"); });
}

void Session::prepare(const Query& query) {
    if (prepared_.contains(query.name.data())) {
        return;
    }
    ask([&] { connection_.prepare(std::string(query.name), std::string(query.sql)); });
    prepared_.insert(query.name.data());
}

Scope Scope::accounts(std::span<const Uuid> ids) {
    std::string list = "{";
    for (const auto& id : ids) {
        list += list.size() > 1 ? "," : "";
        list += to_string(id);
    }
    return {"lupaus.accounts", list + "}"};
}

Tx::Tx(Session& session, const Scope& scope, const QueryObserver& observer) : session_(session), observer_(observer) {
    work_.emplace(session_.connection());
    // One round trip opens the transaction and names the account. Values are ids we formatted: nothing to escape.
    std::string begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
    begin += scope.setting.empty() ? "" : "; " + set_local(scope);
    session_.ask([&] { work_->exec(begin); });
    open_ = true;
}

Tx::~Tx() {
    if (!open_ || !session_.is_open()) {
        return;
    }
    try {
        session_.ask([this] { work_->exec("ROLLBACK"); });
    } catch (const std::exception&) {
        // The session is broken; the pool replaces it, and the server has rolled back.
        work_.reset();
        session_.connection().close();
    }
}

pqxx::result Tx::exec(const Query& query, const pqxx::params& params) {
    const auto started = std::chrono::steady_clock::now();
    try {
        session_.prepare(query);
        const std::string name(query.name);
        auto rows = session_.ask([&] { return work_->exec(pqxx::prepped{name}, params); });
        observer_(query.name, std::chrono::steady_clock::now() - started, true);
        return rows;
    } catch (...) {
        observer_(query.name, std::chrono::steady_clock::now() - started, false);
        throw;
    }
}

void Tx::narrow(const Scope& scope) {
    session_.ask([&] { work_->exec(set_local(scope)); });
}

void Tx::commit() {
    open_ = false;
    try {
        session_.ask([this] { work_->exec("COMMIT"); });
    } catch (const pqxx::broken_connection& error) {
        throw pqxx::in_doubt_error(error.what());
    } catch (const pqxx::sql_error&) {
        throw;
    } catch (const pqxx::failure& error) {
        throw pqxx::in_doubt_error(error.what());
    }
}

void Tx::run_after_commit() {
    for (const auto& action : after_commit_) {
        action();
    }
}

}  // namespace lupaus
