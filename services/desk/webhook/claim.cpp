#include "services/desk/webhook/claim.hpp"

#include "services/desk/webhook/fanout.hpp"
#include "services/desk/webhook/json.hpp"
#include "services/desk/webhook/queries.sql.hpp"
#include "services/desk/webhook/rows.hpp"
#include "services/desk/webhook/rules.hpp"

#include <map>
#include <set>
#include <utility>

namespace lupaus::desk::webhook {

namespace {

struct Due {
    DeliveryKey key;
    std::int64_t seq = 0;
    bool is_ping = false;
    bool is_shaky = false;

    event::Place place() const { return {.account = key.account, .seq = seq}; }
};

// How an endpoint is reached right now.
struct Way {
    std::string url;
    Format format = Format::event;
    std::optional<std::string> link_url;
    std::vector<std::string> sealed_secrets;
    bool is_disabled = false;
};

using Ways = std::map<std::pair<AccountId, WebhookId>, Way>;

// An absent body: the event is not kept. An empty one: it does not fit any more.
using Bodies = std::map<event::Place, std::optional<std::string>>;

std::string full_webhooks(const ClaimOptions& options) {
    ArrayText full;
    for (const auto& busy : options.in_flight) {
        if (busy.count >= options.per_webhook) {
            full.add(busy.webhook);
        }
    }
    return full.str();
}

std::string busy_webhooks(const ClaimOptions& options) {
    ArrayText busy;
    for (const auto& one : options.in_flight) {
        busy.add(one.webhook);
    }
    return busy.str();
}

std::vector<Due> lock_due(Tx& tx, const ClaimOptions& options, bool& is_cut) {
    ArrayText under_way;
    for (const auto& busy : options.in_flight) {
        under_way.add(busy.count);
    }
    std::vector<Due> due;
    for (const auto& row :
         tx.exec(sql::lock_due, pqxx::params{options.limit, full_webhooks(options), busy_webhooks(options),
                                             under_way.str(), options.per_webhook})) {
        due.push_back({.key = {read_id<AccountId>(row[0]), read_id<WebhookId>(row[1]), read_id<EventId>(row[2])},
                       .seq = row[3].as<std::int64_t>(),
                       .is_ping = row[4].as<bool>(),
                       .is_shaky = row[5].as<bool>()});
        is_cut = row[6].as<std::int64_t>() >= options.limit;
    }
    return due;
}

Ways load_ways(Tx& tx, std::span<const Due> due) {
    std::set<Uuid> accounts;
    ArrayText account, webhook;
    for (const auto& one : due) {
        accounts.insert(one.key.account.value);
        account.add(one.key.account);
        webhook.add(one.key.webhook);
    }
    tx.narrow(Scope::accounts(std::vector(accounts.begin(), accounts.end())));
    Ways ways;
    for (const auto& row : tx.exec(sql::load_ways, pqxx::params{account.str(), webhook.str()})) {
        auto& way = ways[{read_id<AccountId>(row[0]), read_id<WebhookId>(row[1])}];
        way.url = row[2].as<std::string>();
        way.format = static_cast<Format>(row[3].as<std::int16_t>());
        way.link_url = read_optional_text(row[4]);
        way.sealed_secrets.push_back(read_bytes(row[5]));
        if (!row[6].is_null()) {
            way.sealed_secrets.push_back(read_bytes(row[6]));
        }
        way.is_disabled = row[7].as<bool>();
    }
    return ways;
}

Bodies load_bodies(Tx& tx, std::span<const Due> due, std::int64_t bytes) {
    std::set<event::Place> places;
    ArrayText account, seq;
    for (const auto& one : due) {
        if (!one.is_ping && places.insert(one.place()).second) {
            account.add(one.key.account);
            seq.add(one.seq);
        }
    }
    keep_bodies(tx, std::vector(places.begin(), places.end()));
    Bodies bodies;
    for (const auto& row : tx.exec(sql::load_bodies, pqxx::params{account.str(), seq.str(), bytes})) {
        bodies.emplace(event::Place{.account = read_id<AccountId>(row[0]), .seq = row[1].as<std::int64_t>()},
                       read_optional_text(row[2]));
    }
    return bodies;
}

// Those whose way is closed leave `due`.
void put_away(Tx& tx, std::vector<Due>& due, const Ways& ways) {
    std::vector<DeliveryKey> aside, orphans;
    std::erase_if(due, [&](const Due& one) {
        const auto way = ways.find({one.key.account, one.key.webhook});
        if (way == ways.end()) {
            orphans.push_back(one.key);
        } else if (way->second.is_disabled) {
            aside.push_back(one.key);
        }
        return way == ways.end() || way->second.is_disabled;
    });
    if (!aside.empty()) {
        tx.exec(sql::set_aside, KeyArrays(aside).params());
    }
    if (!orphans.empty()) {
        tx.exec(sql::drop_deliveries, KeyArrays(orphans).params());
    }
}

std::vector<Job> begin_attempts(Tx& tx, const std::map<DeliveryKey, Due>& due, std::chrono::milliseconds lease) {
    std::vector<DeliveryKey> keys;
    for (const auto& [key, one] : due) {
        keys.push_back(key);
    }
    auto params = KeyArrays(keys).params();
    params.append(lease.count());
    std::vector<Job> jobs;
    for (const auto& row : tx.exec(sql::begin_attempts, params)) {
        auto& job = jobs.emplace_back();
        job.key = {read_id<AccountId>(row[0]), read_id<WebhookId>(row[1]), read_id<EventId>(row[2])};
        job.attempt = row[3].as<int>();
        job.base = row[4].as<int>();
        job.since = read_timestamp(row[5]);
        job.occurred_at = read_timestamp(row[6]);
        job.begun_at = read_timestamp(row[7]);
        const auto& known = due.at(job.key);
        job.seq = known.seq;
        job.is_ping = known.is_ping;
        job.is_shaky = known.is_shaky;
    }
    return jobs;
}

std::string body_of_ping(const Job& job) {
    Delivery ping;
    ping.key = job.key;
    ping.seq = job.seq;
    ping.occurred_at = job.occurred_at;
    return ping_body(ping);
}

// False: the log does not have the event any more.
bool equip(Job& job, const Way& way, const Bodies& bodies) {
    job.url = way.url;
    job.format = way.format;
    job.link_url = way.link_url;
    job.sealed_secrets = way.sealed_secrets;
    if (job.is_ping) {
        job.body = body_of_ping(job);
        return true;
    }
    const auto body = bodies.find({.account = job.key.account, .seq = job.seq});
    job.body = body == bodies.end() ? std::string() : body->second.value_or("");
    return !job.body.empty();
}

// Those that are due and can be sent get their attempt; what does not fit any more stays due.
Claim begin(Tx& tx, std::span<const Due> due, const Ways& ways, const ClaimOptions& options) {
    Claim claim;
    const auto bodies = load_bodies(tx, due, options.bytes);
    std::map<DeliveryKey, Due> begun;
    for (const auto& one : due) {
        const auto body = one.is_ping ? bodies.end() : bodies.find(one.place());
        if (body == bodies.end() || body->second) {
            begun.emplace(one.key, one);
        } else {
            claim.is_cut = true;
        }
    }
    claim.jobs = begin_attempts(tx, begun, options.lease);
    std::vector<DeliveryKey> lost;
    std::erase_if(claim.jobs, [&](Job& job) {
        const bool is_kept = equip(job, ways.at({job.key.account, job.key.webhook}), bodies);
        if (!is_kept) {
            lost.push_back(job.key);
        }
        return !is_kept;
    });
    if (!lost.empty()) {
        tx.exec(sql::give_up, KeyArrays(lost).params());
        claim.lost = static_cast<int>(lost.size());
    }
    return claim;
}

}  // namespace

Claim claim(Tx& tx, const ClaimOptions& options) {
    Claim claim;
    bool is_cut = false;
    auto due = lock_due(tx, options, is_cut);
    if (!due.empty()) {
        const auto ways = load_ways(tx, due);
        put_away(tx, due, ways);
        claim = due.empty() ? Claim{} : begin(tx, due, ways, options);
    }
    claim.is_cut = claim.is_cut || is_cut;
    if (!claim.is_cut) {
        const auto rows = tx.exec(sql::until_next_due, pqxx::params{full_webhooks(options), busy_webhooks(options)});
        if (!rows.empty()) {
            claim.until_next = std::chrono::milliseconds{rows.at(0, 0).as<std::int64_t>()};
        }
    }
    return claim;
}

Backlog measure_backlog(Tx& tx) {
    const auto waiting = tx.exec(sql::measure_backlog, pqxx::params{kBacklogCountMax}).at(0);
    const auto endpoints = tx.exec(sql::measure_endpoints).at(0);
    return {.due = waiting[0].as<std::int64_t>(),
            .age = std::chrono::seconds{waiting[1].as<std::int64_t>()},
            .working = endpoints[0].as<std::int64_t>(),
            .held_back = endpoints[1].as<std::int64_t>(),
            .disabled = endpoints[2].as<std::int64_t>()};
}

}  // namespace lupaus::desk::webhook
