// One account whose log is written by hand, and endpoints that follow it.
#pragma once

#include "services/desk/event/store.hpp"
#include "services/desk/webhook/claim.hpp"
#include "services/desk/webhook/conclude.hpp"
#include "services/desk/webhook/fanout.hpp"
#include "services/desk/webhook/store.hpp"
#include "tests/support/builders.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace lupaus::desk::webhook {

using namespace std::chrono_literals;

inline constexpr delivery::Schedule kSchedule{.first = 5s, .longest = 24h, .give_up_after = 72h};
inline constexpr Query kExpireLeases{"test_expire_leases",
                                     "UPDATE webhook_delivery SET due_at = clock_timestamp() - interval '1 second' "
                                     "WHERE state = 1"};
inline constexpr Query kLetTimePass{
    "test_let_time_pass",
    "WITH s AS (UPDATE webhook_state SET open_until = clock_timestamp() WHERE open_until "
    "IS NOT NULL) UPDATE webhook_delivery SET due_at = clock_timestamp() "
    "WHERE state = 0 AND due_at IS NOT NULL"};

inline Webhook wanting(std::vector<std::string> types) {
    Webhook webhook;
    webhook.filter.types = std::move(types);
    return webhook;
}

inline Webhook in_order() {
    Webhook webhook;
    webhook.ordered = true;
    return webhook;
}

class WebhookFixture : public testing::Test {
protected:
    WebhookKey add_webhook(Webhook webhook = {}) { return add_webhook_to(account, std::move(webhook)); }

    WebhookKey add_webhook_to(AccountId owner, Webhook webhook = {}) {
        webhook.account = owner;
        webhook.id = WebhookId::make();
        webhook.url = "https://example.com/hook";
        database.as_app(owner, [&](Tx& tx) { return create(tx, support::test_box(), webhook).has_value(); });
        return {.account = owner, .id = webhook.id};
    }

    void happen(std::string_view type, ConversationId conversation = {}) { happen_in(account, type, conversation); }

    void happen_in(AccountId owner, std::string_view type, ConversationId conversation = {}) {
        const event::Draft draft{.account = owner,
                                 .type = type,
                                 .actor = event::Actor::system(),
                                 .conversation = conversation,
                                 .message = {},
                                 .data = R"({"conversation":{"team_id":null,"channel_id":"x"}})"};
        database.as_app(owner, [&](Tx& tx) {
            event::append(tx, {&draft, 1});
            return true;
        });
    }

    FannedOut fan_out_once(double chance = 0) {
        const auto work = [chance](Tx& tx) { return fan_out(tx, chance); };
        return database.worker().run_blocking(Scope::queues(), work);
    }

    Claim claim_some(int limit = 100, int per_webhook = 8, std::vector<InFlight> in_flight = {},
                     std::int64_t bytes = 1'000'000) {
        const auto work = [&](Tx& tx) {
            return claim(tx, {.limit = limit,
                              .per_webhook = per_webhook,
                              .bytes = bytes,
                              .in_flight = in_flight,
                              .lease = std::chrono::minutes{1}});
        };
        return database.worker().run_blocking(Scope::queues(), work);
    }

    static Conclusion ending(const Job& job, delivery::Outcome outcome,
                             std::optional<std::chrono::seconds> retry_after = std::nullopt) {
        Conclusion conclusion{.key = job.key,
                              .attempt = job.attempt,
                              .trial = {.attempt = {.number = job.attempt - job.base, .age = Micros(1s)},
                                        .report = {.outcome = outcome, .retry_after = retry_after, .detail = {}},
                                        .is_ping = job.is_ping},
                              .is_shaky = job.is_shaky,
                              .step = {},
                              .status = 200};
        if (outcome != delivery::Outcome::accepted) {
            conclusion.trial.report.detail = "The receiver answered 500.";
            conclusion.status = 500;
        }
        conclusion.step = step(conclusion.trial, kSchedule, 0.5);
        return conclusion;
    }

    Concluded conclude_all(const std::vector<Conclusion>& conclusions) {
        return database.as_worker({account, other}, [&](Tx& tx) { return conclude(tx, conclusions, kSchedule, 0.5); });
    }

    Concluded end_all(const Claim& claimed, delivery::Outcome outcome) {
        std::vector<Conclusion> conclusions;
        for (const auto& job : claimed.jobs) {
            conclusions.push_back(ending(job, outcome));
        }
        return conclude_all(conclusions);
    }

    Progress progress_of(const WebhookKey& key) {
        return database.as_app(key.account, [&](Tx& tx) { return progress(tx, key).value(); });
    }

    std::vector<Delivery> deliveries_of(const WebhookKey& key) {
        return database.as_app(
            key.account, [&](Tx& tx) { return list_deliveries(tx, {.webhook = key, .before = {}, .limit = 1000}); });
    }

    std::vector<std::int64_t> told(const WebhookKey& key) {
        std::vector<std::int64_t> cursors;
        for (const auto& one : deliveries_of(key)) {
            cursors.insert(cursors.begin(), one.seq);
        }
        return cursors;
    }

    std::string ask(const Query& query, const pqxx::params& params = {}) {
        return database.as_owner([&](Tx& tx) -> std::string {
            const auto rows = tx.exec(query, params);
            return rows.empty() || rows.at(0, 0).is_null() ? "NULL" : rows.at(0, 0).as<std::string>();
        });
    }

    void run(const Query& query, const pqxx::params& params = {}) {
        database.as_owner([&](Tx& tx) {
            tx.exec(query, params);
            return true;
        });
    }

    support::TestDatabase database;
    AccountId account = support::make_account(database);
    AccountId other = support::make_account(database, "Other");
};

}  // namespace lupaus::desk::webhook
