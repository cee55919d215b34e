// A desk whose queue is routed by hand: customers write, route() runs routing transactions, and questions are answered
// from the tables. Everything runs with the roles and scopes that the services have.
#pragma once

#include "services/desk/agent/types.hpp"
#include "services/desk/capacity/store.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/router/batch.hpp"
#include "services/router/watch.hpp"
#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <future>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::router {

using namespace std::chrono_literals;

struct Saying {
    std::string sender = "liisa";
    std::string text = "Hei!";
    std::optional<std::string> thread{};
    Micros ago{0};              // when it was said
    desk::ChannelId channel{};  // nil: the fixture's
    desk::AccountId account{};  // nil: the fixture's
    bool backlog = false;       // an adapter saw that it is history
    std::optional<desk::inbound::MailHead> mail{};
};

class RoutingFixture : public ::testing::Test {
protected:
    RoutingFixture();

    // ---- what customers and agents do
    MessageId say(const Saying& saying = {});         // accepted, not routed
    ConversationId start(const Saying& saying = {});  // and routed: where it went
    void command(desk::inbound::Kind kind, const Uuid& subject = {});
    void set_presence(AgentId agent, desk::agent::Presence presence);
    void set_state(ConversationId id, desk::conversation::State state, std::optional<Timestamp> snoozed_until = {});

    // ---- what the services do
    BatchReport route_once(std::optional<BatchOptions> other = {});  // one transaction over every lane
    BatchReport route();                                             // until the queue is empty; sums up
    WatchReport watch_promises();
    WatchReport watch_timers();

    // ---- what came of it
    pqxx::result look(const std::string& sql, const pqxx::params& params = {});  // as the owner, who sees all
    std::string ask(const std::string& sql,
                    const pqxx::params& params = {});  // the first field; "-" for NULL or nothing

    std::string ask_about(const std::string& sql, const Uuid& id) { return ask(sql, pqxx::params{to_string(id)}); }

    std::vector<std::string> list(const std::string& sql, const pqxx::params& params = {});  // the first column
    desk::conversation::Conversation load(ConversationId id);
    int load_of(AgentId agent);
    int queued();
    std::string count_blocked();
    std::vector<std::string> event_types();
    std::vector<std::string> alerts(ConversationId id);  // "promise 1 firing agent", by level

    // Until one of this database's transactions waits for a lock, or it is too late for that.
    template <class Value>
    void await_blocked(const std::future<Value>& outcome) {
        while (outcome.wait_for(0s) != std::future_status::ready && count_blocked() == "0") {
        }
    }

    void expect_feed_is_whole();  // seq without gaps, and the counter knows the last one
    void expect_loads_are_true();

    support::TestDatabase database{};
    AccountId account = support::make_account(database);
    ChannelId channel = support::make_channel(database, account).id;
    crypto::SecretBox box{Secret(std::string(32, 'k'))};
    BatchOptions options{};
    WatchOptions watch_options{};

private:
    pqxx::connection owner_{database.url("lupaus_owner")};
    int next_external_ = 0;
};

}  // namespace lupaus::router
