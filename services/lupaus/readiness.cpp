#include "services/lupaus/readiness.hpp"

#include "common/postgres/migrate.hpp"
#include "common/telemetry/log.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/context/loop.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/lupaus/server/rules.hpp"
#include "services/lupaus/server/store.hpp"

#include <algorithm>

namespace lupaus {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr std::chrono::seconds kLagMax{60};
constexpr std::chrono::seconds kAnswerWait{5};

Check check_schema(const server::ServerFacts& facts) {
    const auto fault = server::judge_schema(facts, migrations_known());
    return {"schema", !fault, fault.value_or("version " + std::to_string(facts.schema_version))};
}

Check check_clock(const server::ServerFacts& facts, Timestamp here) {
    const auto skew = std::chrono::abs(std::chrono::duration_cast<std::chrono::milliseconds>(facts.clock - here));
    const auto fault = server::judge_clock(facts, here);
    return {"clock", !fault, fault.value_or(std::to_string(skew.count()) + " ms away from the database's")};
}

Check check_outbound(const desk::outbound::Hold& hold) {
    const auto words = hold.words();
    return {"outbound", true, words.empty() ? "open" : words};
}

Check check_lag(std::chrono::milliseconds age) {
    return {"queue", age <= kLagMax, "oldest row waits " + std::to_string(age.count()) + " ms"};
}

}  // namespace

asio::awaitable<void> Readiness::run() {
    desk::Loop loop{.name = "readiness", .turn = [this] { return take_turn(); }};
    co_await desk::run_loop(context_.metrics, std::move(loop));
}

asio::awaitable<void> Readiness::take_turn() {
    co_await look();
    log_hold();
    co_await pause(kInterval);
}

// Whatever goes wrong, the last answer does not stand for good: what cannot be asked is not ready.
asio::awaitable<void> Readiness::look() {
    try {
        checks_ = co_await ask();
        looked_at_ = std::chrono::steady_clock::now();
    } catch (...) {
        checks_ = {{"database", false, log::describe(std::current_exception())}};
        looked_at_ = std::chrono::steady_clock::now();
        throw;
    }
}

std::vector<Check> Readiness::checks() const {
    const auto age = std::chrono::steady_clock::now() - looked_at_;
    if (checks_.empty() || age < kInterval + kAnswerWait) {
        return checks_;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    return {{"database", false, "said nothing for " + std::to_string(seconds) + " s"}};
}

asio::awaitable<std::vector<Check>> Readiness::ask() {
    const auto look = [this, from = queue_floor_()](Tx& tx) {
        const auto facts = server::read_facts(tx);
        const auto here = clock_();
        hold_.look(tx);
        const auto depth = desk::inbound::measure_depth(tx, from);
        return std::vector<Check>{{"database", true, "answers"},
                                  check_schema(facts),
                                  check_clock(facts, here),
                                  check_lag(depth.age),
                                  check_outbound(hold_)};
    };
    co_return co_await context_.worker.run(Scope::queues(), look);
}

// Once when it begins and once when it ends: an operator who wonders finds it beside the start.
void Readiness::log_hold() {
    const bool is_known = checks_.size() > 1;
    auto words = hold_.words();
    if (!is_known || words == logged_hold_) {
        return;
    }
    if (words.empty()) {
        log::info("outbound is open again");
    } else {
        log::warn("nothing is sent", {{"reason", words}});
    }
    logged_hold_ = std::move(words);
}

bool Readiness::is_ready() const {
    const auto now = checks();
    return !stopping_ && !now.empty() && std::ranges::all_of(now, &Check::ok);
}

std::string Readiness::to_json() const {
    std::string out;
    text::JsonWriter json(out);
    json.begin_object().field("ready", is_ready()).field("stopping", stopping_).key("checks").begin_array();
    for (const auto& check : checks()) {
        json.begin_object().field("name", check.name).field("ok", check.ok).field("detail", check.detail).end_object();
    }
    json.end_array().end_object();
    return out;
}

std::string Readiness::summary() const {
    const auto now = checks();
    for (const auto& check : now) {
        if (!check.ok) {
            return "Not ready: " + check.name + ": " + check.detail.substr(0, check.detail.find('\n'));
        }
    }
    const auto hold = now.empty() ? std::string() : hold_.words();
    return hold.empty() ? "Serving" : "Serving, outbound " + hold;
}

std::vector<std::string> refuse_database(Database& database) {
    const auto look = [](Tx& tx) { return server::read_facts(tx); };
    const auto facts = database.run_blocking(Scope::queues(), look);
    return server::reasons_to_refuse(facts, database.options().name, migrations_known());
}

}  // namespace lupaus
