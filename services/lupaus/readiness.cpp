#include "services/lupaus/readiness.hpp"

#include "common/postgres/migrate.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/lupaus/store.hpp"

#include <algorithm>

namespace lupaus {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr std::chrono::seconds kSkewMax{2};
constexpr std::chrono::seconds kLagMax{60};

Check check_schema(int version) {
    const int ours = newest_migration();
    if (version >= ours) {
        return {"schema", true, "version " + std::to_string(version)};
    }
    return {"schema", false,
            "version " + std::to_string(version) + ", this program needs " + std::to_string(ours) + ": run lupaus migrate"};
}

Check check_clock(Timestamp database, Timestamp here) {
    const auto skew = std::chrono::abs(std::chrono::duration_cast<std::chrono::milliseconds>(database - here));
    return {"clock", skew <= kSkewMax, std::to_string(skew.count()) + " ms away from the database's"};
}

Check check_lag(std::chrono::milliseconds age) {
    return {"queue", age <= kLagMax, "oldest row waits " + std::to_string(age.count()) + " ms"};
}

}  // namespace

asio::awaitable<void> Readiness::run() {
    for (;;) {
        checks_ = co_await ask();
        co_await pause(kInterval);
    }
}

asio::awaitable<std::vector<Check>> Readiness::ask() {
    const auto look = [from = queue_floor_()](Tx& tx) {
        const auto facts = read_server_facts(tx);
        const auto here = system_now();
        const auto depth = desk::inbound::measure_depth(tx, from);
        return std::vector<Check>{{"database", true, "answers"},
                                  check_schema(facts.schema_version),
                                  check_clock(facts.clock, here),
                                  check_lag(depth.age)};
    };
    try {
        co_return co_await context_.worker.run(Scope::queues(), look);
    } catch (const pqxx::failure& error) {
        co_return std::vector<Check>{{"database", false, error.what()}};
    } catch (const Overloaded& error) {
        co_return std::vector<Check>{{"database", false, error.what()}};
    }
}

bool Readiness::is_ready() const {
    return !stopping_ && !checks_.empty() && std::ranges::all_of(checks_, &Check::ok);
}

std::string Readiness::to_json() const {
    std::string out;
    text::JsonWriter json(out);
    json.begin_object().field("ready", is_ready()).field("stopping", stopping_).key("checks").begin_array();
    for (const auto& check : checks_) {
        json.begin_object().field("name", check.name).field("ok", check.ok).field("detail", check.detail).end_object();
    }
    json.end_array().end_object();
    return out;
}

std::vector<std::string> refuse_database(Database& database) {
    const auto look = [](Tx& tx) { return read_server_facts(tx); };
    const auto facts = database.run_blocking(Scope::queues(), look);
    std::vector<std::string> reasons;
    const auto& pool = database.options().name;
    if (facts.is_superuser || facts.bypasses_rls || facts.owns_tables) {
        reasons.push_back("the role of database." + pool + "_url is a superuser, bypasses row-level security or owns the tables");
    }
    if (!facts.fsync) {
        reasons.push_back("the server runs with fsync = off: acknowledged messages could be lost");
    }
    if (!facts.synchronous_commit) {
        reasons.push_back("synchronous_commit is off for the role of database." + pool + "_url: acknowledged messages could be lost");
    }
    if (facts.schema_version < newest_migration()) {
        reasons.push_back("the schema is at version " + std::to_string(facts.schema_version) + ", this program needs " +
                          std::to_string(newest_migration()) + ": run lupaus migrate");
    }
    return reasons;
}

}  // namespace lupaus
