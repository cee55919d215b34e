#include "services/lupaus/doctor/store.hpp"

#include "common/postgres/database.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/outbound/rules.hpp"
#include "services/desk/outbound/store.hpp"
#include "services/lupaus/doctor/queries.sql.hpp"

namespace lupaus::doctor {

namespace {

constexpr int kListedMax = 10;
constexpr int kCountedMax = 1'000;
constexpr int kAttemptsWithoutWorry = 3;
constexpr int kRounds = 8;  // a pooler in use may hand us the same session a few times
constexpr const char* kStatement = "lupaus_doctor";

std::string first_field(pqxx::connection& connection, const Query& query, const pqxx::params& params = {}) {
    pqxx::nontransaction work(connection);
    return work.exec(query.sql, params).at(0, 0).as<std::string>();
}

// One session's setting is its own, and stays.
bool keep_settings(pqxx::connection& first, pqxx::connection& second) {
    for (int round = 1; round <= kRounds; ++round) {
        const auto value = std::to_string(first.backendpid()) + "-" + std::to_string(round);
        first_field(first, sql::keep_setting, pqxx::params{value});
        if (first_field(second, sql::read_setting) == value || first_field(first, sql::read_setting) != value) {
            return false;
        }
    }
    return true;
}

// Two sessions may use one name, and each finds its own statement again.
bool keep_statements(pqxx::connection& first, pqxx::connection& second) {
    try {
        for (auto* connection : {&first, &second}) {
            connection->prepare(kStatement, std::string(sql::backend.sql));
        }
        for (int round = 1; round <= kRounds; ++round) {
            for (auto* connection : {&first, &second}) {
                pqxx::nontransaction(*connection).exec(pqxx::prepped{kStatement});
            }
        }
        return true;
    } catch (const pqxx::sql_error&) {
        return false;
    }
}

void forget_statement(pqxx::connection& connection) {
    try {
        connection.unprepare(kStatement);
    } catch (const pqxx::sql_error&) {
        // Another session of the pooler had it.
    }
}

std::vector<ChannelTrouble> read_troubles(const pqxx::result& rows) {
    std::vector<ChannelTrouble> troubles;
    for (const auto& row : rows) {
        troubles.push_back({.channel = row[0].as<std::string>(),
                            .count = row[1].as<std::int64_t>(),
                            .example = row[2].as<std::string>()});
    }
    return troubles;
}

std::optional<Snapshot> read_snapshot(Tx& tx) {
    const auto rows = tx.exec(sql::oldest_snapshot);
    if (rows.empty()) {
        return std::nullopt;
    }
    const auto row = rows.at(0);
    Snapshot snapshot{.holder = row[0].as<std::string>(), .age = row[1].as<std::int64_t>(), .lasted = {}};
    if (!row[2].is_null()) {
        snapshot.lasted = std::chrono::seconds{row[2].as<std::int64_t>()};
    }
    return snapshot;
}

}  // namespace

Sessions probe_sessions(const std::string& url) {
    const auto bounded = with_connect_timeout(url);
    pqxx::connection first(bounded);
    Sessions sessions;
    sessions.is_direct = first_field(first, sql::backend) == std::to_string(first.backendpid());
    if (sessions.is_direct) {
        return sessions;
    }
    pqxx::connection second(bounded);
    sessions.keep_settings = keep_settings(first, second);
    sessions.keep_statements = keep_statements(first, second);
    forget_statement(first);
    return sessions;
}

QueueFacts read_queues(Tx& tx) {
    QueueFacts facts;
    facts.is_elsewhere = desk::outbound::is_copy(desk::outbound::read_standing(tx));
    facts.oldest_message = desk::inbound::measure_depth(tx, 0).age;
    facts.oldest_delivery = desk::delivery::measure_backlog(tx).age;
    facts.refused = read_troubles(tx.exec(sql::refused_messages, pqxx::params{kListedMax}));
    facts.failing = read_troubles(tx.exec(sql::refusing_receivers, pqxx::params{kListedMax, kAttemptsWithoutWorry}));
    facts.snapshot = read_snapshot(tx);
    for (const auto& row : tx.exec(sql::failing_mailboxes, pqxx::params{kListedMax})) {
        facts.mailboxes.push_back({.channel = row[0].as<std::string>(),
                                   .reason = row[2].as<std::string>(),
                                   .last_good = read_optional_timestamp(row[1])});
    }
    return facts;
}

OwnerFacts read_as_owner(Tx& tx, std::chrono::seconds silent_after) {
    OwnerFacts facts;
    facts.quarantined = tx.exec(sql::count_quarantined, pqxx::params{kCountedMax}).at(0, 0).as<std::int64_t>();
    for (const auto& row : tx.exec(sql::silent_channels, pqxx::params{silent_after.count(), kCountedMax})) {
        facts.silent.push_back(row[0].as<std::string>());
    }
    return facts;
}

}  // namespace lupaus::doctor
