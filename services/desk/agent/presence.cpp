#include "services/desk/agent/presence.hpp"

#include "common/postgres/columns.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/agent/queries.sql.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/inbound/store.hpp"

#include <algorithm>

namespace lupaus::desk::agent {

namespace {

double seconds(std::chrono::milliseconds length) {
    return std::chrono::duration<double>(length).count();
}

// The column order of every query of this file: who, the lease, what was settled, the database's clock.
PresenceChange read_change(const pqxx::row& row, const LeaseTerms& terms) {
    const Lease lease{.chosen = static_cast<Presence>(row[2].as<std::int16_t>()),
                      .until = read_optional_timestamp(row[3]),
                      .seen_at = read_timestamp(row[4])};
    return {.account = read_id<AccountId>(row[0]),
            .agent = read_id<AgentId>(row[1]),
            .before = static_cast<Presence>(row[5].as<std::int16_t>()),
            .after = effective(lease, read_timestamp(row[6]), terms),
            .until = lease.until};
}

void settle(Tx& tx, std::span<const PresenceChange> changes) {
    UuidColumn accounts;
    UuidColumn agents;
    ArrayText states;
    for (const auto& change : changes) {
        accounts.add(change.account);
        agents.add(change.agent);
        states.add(change.after);
    }
    tx.exec(sql::settle_presence, pqxx::params{accounts.param(), agents.param(), states.str()});
}

std::vector<PresenceChange> settle_changed(Tx& tx, const pqxx::result& rows, const LeaseTerms& terms) {
    std::vector<PresenceChange> changes;
    for (const auto& row : rows) {
        auto change = read_change(row, terms);
        if (change.before != change.after) {
            changes.push_back(std::move(change));
        }
    }
    if (!changes.empty()) {
        settle(tx, changes);
    }
    return changes;
}

std::optional<PresenceChange> only(std::vector<PresenceChange> changes) {
    return changes.empty() ? std::nullopt : std::optional(std::move(changes.front()));
}

std::string describe(const PresenceChange& change) {
    std::string data;
    text::JsonWriter json(data);
    json.begin_object().key("agent").begin_object();
    json.field("id", change.agent).field("presence", to_string(change.after)).field("until", change.until);
    json.end_object().end_object();
    return data;
}

}  // namespace

std::optional<PresenceChange> put(Tx& tx, AccountId account, AgentId agent, Presence chosen,
                                  const std::optional<Timestamp>& until) {
    const auto rows = tx.exec(sql::put_presence, pqxx::params{to_string(account), to_string(agent),
                                                              static_cast<int>(chosen), sql_time(until)});
    // Just seen: no terms can make the effective state another than the chosen one.
    constexpr LeaseTerms kFresh{.away_after = std::chrono::hours{1}, .offline_after = std::chrono::hours{1}};
    return only(settle_changed(tx, rows, kFresh));
}

std::optional<PresenceChange> touch(Tx& tx, AccountId account, AgentId agent, const LeaseTerms& terms) {
    // Less than the caller's interval, or else a touch that was slower than the one after it would put that off.
    const auto least = touch_interval(terms) / 2;
    const auto rows = tx.exec(sql::touch_presence, pqxx::params{to_string(account), to_string(agent), seconds(least)});
    return only(settle_changed(tx, rows, terms));
}

std::vector<PresenceChange> claim_lapsed(Tx& tx, const LeaseTerms& terms, int limit) {
    const auto rows =
        tx.exec(sql::lock_lapsing, pqxx::params{seconds(terms.away_after), seconds(terms.offline_after), limit});
    return settle_changed(tx, rows, terms);
}

void push_drain(Tx& tx, Wakeups& wakeups, AccountId account, AgentId agent) {
    inbound::push_command(tx, account, inbound::Kind::drain, agent.value);
    tx.after_commit([&wakeups] { wakeups.announce(Topic::queue); });
}

void watch_coverage(Tx& tx, Context& desk, std::span<const std::pair<AccountId, AgentId>> leaving) {
    if (leaving.empty()) {
        return;
    }
    UuidColumn account, agent;
    for (const auto& [owner, id] : leaving) {
        account.add(owner);
        agent.add(id);
    }
    const auto patience = seconds(desk.config.alerts.unattended_after);
    tx.exec(sql::watch_coverage, pqxx::params{account.param(), agent.param(), patience});
    tx.after_commit([&wakeups = desk.wakeups] { wakeups.announce(Topic::due); });
}

std::vector<event::Draft> follow_up(Tx& tx, Context& desk, std::span<const PresenceChange> changes,
                                    const event::Actor& actor) {
    auto& wakeups = desk.wakeups;
    std::vector<event::Draft> drafts;
    std::vector<std::pair<AccountId, AgentId>> leaving;
    for (const auto& change : changes) {
        if (change.after == Presence::online) {
            push_drain(tx, wakeups, change.account, change.agent);
        } else if (change.after == Presence::offline) {
            inbound::push_command(tx, change.account, inbound::Kind::release, change.agent.value);
            tx.after_commit([&wakeups] { wakeups.announce(Topic::queue); });
        }
        if (change.before == Presence::online) {
            leaving.emplace_back(change.account, change.agent);
        }
        drafts.push_back({.account = change.account,
                          .type = "agent.presence",
                          .actor = actor,
                          .conversation = {},
                          .message = {},
                          .data = describe(change)});
    }
    watch_coverage(tx, desk, leaving);
    return drafts;
}

void record(Tx& tx, Context& desk, std::span<const PresenceChange> changes, const event::Actor& actor) {
    const auto drafts = follow_up(tx, desk, changes, actor);
    if (drafts.empty()) {
        return;
    }
    event::append(tx, drafts);
    tx.after_commit([&wakeups = desk.wakeups] { wakeups.announce(Topic::event); });
}

}  // namespace lupaus::desk::agent
