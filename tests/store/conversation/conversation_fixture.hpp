// A desk with two teams, two agents and a lead, on a channel with an outbound_url, and customers who write.
// Conversations are made through the rooms' own stores, without the router; the event log holds only what the handlers
// appended.
#pragma once

#include "services/desk/alert/types.hpp"
#include "services/desk/capacity/store.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/promise/types.hpp"
#include "tests/store/admin/endpoint_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lupaus::inbox {

using desk::AgentId;
using desk::AlertId;
using desk::ConversationId;
using desk::MessageId;
using desk::PromiseId;
using desk::TeamId;
using desk::conversation::Conversation;
using desk::conversation::State;
using desk::token::Principal;

// What a customer did: `ago` before now. A conversation that is not waiting was never promised anything.
struct Opening {
    std::string text = "Hei!";
    Micros ago = std::chrono::seconds{1};
    TeamId team{};
    AgentId assignee{};
    State state = State::open;
    int weight = 1;
    bool is_waiting = true;
    desk::ContactId contact{};  // nil: a new one
};

struct Opened {
    ConversationId id;
    MessageId message;
    PromiseId promise;

    std::string str() const { return to_string(id); }
};

class ConversationTest : public ::testing::Test {
protected:
    Opened open(const Opening& opening = {});
    std::int64_t arrive();  // the arrival number of a message that waits in the queue
    MessageId write(ConversationId conversation, const std::string& text, Micros ago = {},
                    std::optional<std::int64_t> arrived = {});  // opens a wait if none is open
    AlertId raise_alert(const Opened& opened, int level = desk::alert::kDue);

    Result<Answer> call(Handle handle, const Principal& who, const std::string& id, const std::string& body = "{}") {
        return ask(desk_, handle, {.principal = who, .body = body, .id = id});
    }

    Result<Answer> fetch(Handle handle, const Principal& who, const std::string& query, const std::string& id = {}) {
        return ask(desk_, handle, {.principal = who, .id = id, .query = query});
    }

    Conversation load(ConversationId id);
    Timestamp now();
    pqxx::result look(const Query& query, const pqxx::params& params = {});     // as the owner, who sees all
    std::string look_one(const Query& query, const pqxx::params& params = {});  // the one value, "null" for NULL

    std::vector<std::string> event_types();
    text::Json event_data(const std::string& type);  // of the newest one of that type
    std::string outcome_of(PromiseId promise);       // open, kept, late, …
    int load_of(AgentId agent);
    int drains();
    std::vector<desk::capacity::Drift> recount();

    support::TestDesk desk_{};
    desk::AccountId account_ = support::make_account(desk_.database);
    TeamId team_ = support::make_team(desk_.database, account_, "Support");
    TeamId sales_ = support::make_team(desk_.database, account_, "Sales");
    support::MadeChannel channel_ =
        support::make_channel(desk_.database, account_, {.team = team_, .outbound_url = "https://desk.example/out"});
    AgentId maija_ = support::make_agent(desk_.database, account_, {.name = "Maija", .teams = {team_}});
    AgentId pekka_ = support::make_agent(desk_.database, account_, {.name = "Pekka", .teams = {team_}});
    AgentId liisa_ = support::make_agent(desk_.database, account_, {.name = "Liisa", .role = desk::agent::Role::lead});
    Principal as_maija_ = support::make_agent_token(desk_.database, account_, maija_).principal;
    Principal as_pekka_ = support::make_agent_token(desk_.database, account_, pekka_).principal;
    Principal as_lead_ = support::make_agent_token(desk_.database, account_, liisa_).principal;
    Principal as_program_ =
        support::make_integrator_token(desk_.database, account_, {"messages:write", "conversations:write"}).principal;
};

}  // namespace lupaus::inbox
