// Channels and replies that have just been written, in the database of the test, and what a courier does with them.
#pragma once

#include "services/desk/channel/types.hpp"
#include "services/desk/delivery/store.hpp"
#include "tests/support/builders.hpp"

#include <optional>
#include <string>

namespace lupaus::desk::delivery {

struct Reply {
    Delivery delivery;
    ConversationId conversation;
    PromiseId promise;  // settled by the reply
};

class OutboxFixture {
public:
    explicit OutboxFixture(support::TestDatabase& of) : database(of), account(support::make_account(of)) {}

    ChannelId add_channel(const std::optional<std::string>& url, channel::Kind kind = channel::Kind::webhook);

    Reply add_reply(ChannelId channel) { return add_reply_to(account, channel); }

    Reply add_reply_to(AccountId owner, ChannelId channel);

    Claim claim(const ClaimOptions& options = {
                    .limit = 100, .per_channel = 100, .in_flight = {}, .lease = std::chrono::minutes{1}});
    bool conclude(const Delivery& delivery, const Step& step, std::optional<int> status = {},
                  std::optional<std::string> external_id = {});
    void expire_leases();  // as if the courier had been gone for long
    Delivery read(const Reply& reply);

    double settled_count(const std::string& outcome);  // as the metrics have it

    // The first field of the first row, as text; the statement sees every account. "NULL" for none.
    std::string ask(const Query& query, const pqxx::params& params = {});

    std::string ask_about(const Query& query, const Uuid& id) { return ask(query, pqxx::params{to_string(id)}); }

    void run(const Query& query, const pqxx::params& params = {}) { ask(query, params); }

    support::TestDatabase& database;
    telemetry::Metrics metrics;
    AccountId account;
    AgentId agent = AgentId::make();
};

// What tests ask about.
inline constexpr Query kMessageState{"test_message_state", "SELECT delivery_state FROM message WHERE id = $1"};
inline constexpr Query kTimerIn{"test_timer_in",
                                "SELECT round(extract(epoch FROM due_at - clock_timestamp()) / 60) FROM timer "
                                "WHERE kind = 1 AND subject_id = $1"};
inline constexpr Query kDeliveredAt{"test_delivered_at", "SELECT delivered_at IS NOT NULL FROM promise WHERE id = $1"};
inline constexpr Query kEvents{
    "test_events",
    "SELECT coalesce(string_agg(type || ':' || (data -> 'delivery' ->> 'state'), ' ' ORDER BY seq), '') "
    "FROM event WHERE message_id = $1 AND type = 'message.delivery'"};
inline constexpr Query kOwed{"test_owed", "SELECT owed_id FROM conversation WHERE id = $1"};

}  // namespace lupaus::desk::delivery
