#include "services/desk/webhook/conclude.hpp"

#include "services/desk/event/store.hpp"
#include "services/desk/webhook/json.hpp"
#include "services/desk/webhook/queries.sql.hpp"
#include "services/desk/webhook/rows.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace lupaus::desk::webhook {

namespace {

using EndpointKey = std::pair<AccountId, WebhookId>;

// An endpoint whose breaker hears of these ends.
struct Endpoint {
    Breaker before;
    Breaker breaker;
    bool is_active = true;
    std::optional<DisabledReason> disable;
    std::optional<std::string> error;
    Timestamp now{};
};

using Endpoints = std::map<EndpointKey, Endpoint>;

EndpointKey endpoint_of(const Conclusion& conclusion) {
    return {conclusion.key.account, conclusion.key.webhook};
}

// Only where something failed, or had failed before; whoever answers every time costs nothing here.
Endpoints lock_states(Tx& tx, std::span<const Conclusion> conclusions) {
    std::set<EndpointKey> wanted;
    for (const auto& conclusion : conclusions) {
        if (conclusion.is_shaky || conclusion.trial.report.outcome != delivery::Outcome::accepted) {
            wanted.insert(endpoint_of(conclusion));
        }
    }
    Endpoints endpoints;
    if (wanted.empty()) {
        return endpoints;
    }
    ArrayText account, webhook;
    for (const auto& key : wanted) {
        account.add(key.first);
        webhook.add(key.second);
    }
    for (const auto& row : tx.exec(sql::lock_states, pqxx::params{account.str(), webhook.str()})) {
        auto& endpoint = endpoints[{read_id<AccountId>(row[0]), read_id<WebhookId>(row[1])}];
        endpoint.before = endpoint.breaker = read_breaker(row, 2);
        endpoint.is_active = row[6].as<bool>();
        endpoint.now = read_timestamp(row[7]);
    }
    return endpoints;
}

std::vector<bool> record(Tx& tx, std::span<const Conclusion> conclusions) {
    std::vector<DeliveryKey> keys;
    ArrayText attempt, state, wait, error, status;
    for (const auto& conclusion : conclusions) {
        const auto& step = conclusion.step;
        keys.push_back(conclusion.key);
        attempt.add(conclusion.attempt);
        state.add(step.state);
        wait.add(step.wait ? std::optional(step.wait->count()) : std::nullopt);
        error.add(step.error.empty() ? std::nullopt : std::optional(step.error));
        status.add(conclusion.status);
    }
    auto params = KeyArrays(keys).params();
    for (const auto* array : {&attempt, &state, &wait, &error, &status}) {
        params.append(array->str());
    }
    std::set<DeliveryKey> mine;
    for (const auto& row : tx.exec(sql::conclude, params)) {
        mine.insert({read_id<AccountId>(row[0]), read_id<WebhookId>(row[1]), read_id<EventId>(row[2])});
    }
    std::vector<bool> is_newest;
    for (const auto& key : keys) {
        is_newest.push_back(mine.contains(key));
    }
    return is_newest;
}

void store_states(Tx& tx, const Endpoints& endpoints) {
    ArrayText account, webhook, failures, trips, since, until, error;
    for (const auto& [key, endpoint] : endpoints) {
        if (endpoint.breaker != endpoint.before) {
            account.add(key.first);
            webhook.add(key.second);
            failures.add(endpoint.breaker.failures);
            trips.add(endpoint.breaker.trips);
            since.add(endpoint.breaker.failing_since);
            until.add(endpoint.breaker.open_until);
            error.add(endpoint.error);
        }
    }
    if (!account.empty()) {
        tx.exec(sql::store_states, pqxx::params{account.str(), webhook.str(), failures.str(), trips.str(), since.str(),
                                                until.str(), error.str()});
    }
}

void disable(Tx& tx, const EndpointKey& key, DisabledReason reason, std::vector<event::Draft>& drafts) {
    const pqxx::params named{to_string(key.first), to_string(key.second)};
    const auto rows =
        tx.exec(sql::disable, pqxx::params{to_string(key.first), to_string(key.second), static_cast<int>(reason)});
    if (rows.empty()) {
        return;
    }
    tx.exec(sql::deactivate, named);
    drafts.push_back(describe("webhook.disabled", read_webhook(rows[0]), event::Actor::system()));
}

// What waits for the endpoint follows its breaker.
void move_deliveries(Tx& tx, const EndpointKey& key, const Endpoint& endpoint) {
    if (!endpoint.is_active || endpoint.breaker.open_until == endpoint.before.open_until) {
        return;
    }
    if (endpoint.breaker.open_until) {
        tx.exec(sql::hold_back,
                pqxx::params{to_string(key.first), to_string(key.second), sql_timestamp(*endpoint.breaker.open_until)});
    } else {
        tx.exec(sql::release, pqxx::params{to_string(key.first), to_string(key.second)});
    }
}

}  // namespace

Concluded conclude(Tx& tx, std::span<const Conclusion> conclusions, const delivery::Schedule& schedule, double chance) {
    auto endpoints = lock_states(tx, conclusions);
    Concluded concluded{.is_newest = record(tx, conclusions), .opened = 0, .disabled = 0};
    for (std::size_t i = 0; i < conclusions.size(); ++i) {
        const auto found = endpoints.find(endpoint_of(conclusions[i]));
        if (found == endpoints.end() || !concluded.is_newest[i]) {
            continue;
        }
        auto& endpoint = found->second;
        const auto& trial = conclusions[i].trial;
        const auto verdict = judge(endpoint.breaker, trial, schedule, {.now = endpoint.now, .chance = chance});
        endpoint.breaker = verdict.breaker;
        endpoint.disable = verdict.disable ? verdict.disable : endpoint.disable;
        endpoint.error = trial.report.detail.empty() ? endpoint.error : trial.report.detail;
    }
    store_states(tx, endpoints);
    std::vector<event::Draft> drafts;
    for (const auto& [key, endpoint] : endpoints) {
        concluded.opened += endpoint.breaker.trips > endpoint.before.trips ? 1 : 0;
        if (endpoint.disable) {
            disable(tx, key, *endpoint.disable, drafts);
        } else {
            move_deliveries(tx, key, endpoint);
        }
    }
    concluded.disabled = drafts.size();
    event::append(tx, drafts);
    return concluded;
}

int delete_old(Tx& tx, std::chrono::milliseconds age, int limit) {
    const pqxx::params params{age.count(), limit};
    const auto deliveries = tx.exec(sql::delete_old_deliveries, params).affected_rows();
    const auto bodies = tx.exec(sql::delete_old_bodies, params).affected_rows();
    return static_cast<int>(std::max(deliveries, bodies));
}

}  // namespace lupaus::desk::webhook
