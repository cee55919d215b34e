// A desk on paper: what the router's pure functions decide about, made with a line for each thing. It is ten o'clock.
//
//   PaperDesk desk;
//   const auto maija = desk.add_agent({.capacity = 1});
//   desk.say({.sender = "liisa"});
//   EXPECT_EQ(assignee(desk.route()), maija);
#pragma once

#include "services/desk/agent/rules.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/router/route.hpp"

#include <string>
#include <vector>

namespace lupaus::router {

using namespace std::chrono_literals;
using desk::agent::Presence;
using desk::agent::Role;
using desk::conversation::State;
using desk::inbound::Kind;
using desk::promise::Policy;
using desk::promise::Promise;
using PromiseKind = desk::promise::Kind;

inline const Timestamp kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 10h};

struct PaperAgent {
    Presence presence = Presence::online;
    int capacity = 10;
    int load = 0;
    std::vector<TeamId> teams{};
    std::vector<std::string> skills{};
    std::optional<Timestamp> assigned_at{};
    std::optional<Timestamp> resolved_at{};
    Role role = Role::agent;
};

struct PaperConversation {
    std::string sender = "liisa";
    State state = State::open;
    AgentId assignee{};
    AgentId previous_agent{};
    std::optional<Timestamp> waiting_since{};
    std::optional<Timestamp> due_at{};
    std::optional<std::string> thread{};
    std::optional<Timestamp> resolved_at{};
    std::optional<Timestamp> snoozed_until{};
    bool begun = false;
    int weight = 1;
    TeamId team{};
};

struct PaperMessage {
    std::string sender = "liisa";
    std::optional<std::string> thread{};
    std::optional<Timestamp> occurred_at{};
    Timestamp received_at = kNow;
    ChannelId channel{};  // nil: the desk's first
    std::string text = "Hei!";
    std::optional<desk::message::Judgement> judgement{};
    std::optional<desk::inbound::MailHead> mail{};
};

class PaperDesk {
public:
    PaperDesk();

    AgentId add_agent(const PaperAgent& spec = {});  // who is offline is not in the snapshot, as in real life
    TeamId add_team(const TeamFacts& facts = {});
    ChannelId add_channel(ChannelFacts facts = {});
    ContactId add_contact(const std::string& sender, bool blocked = false);
    void add_policy(PromiseKind kind, std::chrono::seconds target);

    // Known from before: held, the newest of its sender, and waiting for free capacity if nobody has it.
    Conversation& add_conversation(const PaperConversation& spec = {});
    Conversation& add_waiting(Timestamp due_at, TeamId team = {});     // of somebody else, unassigned, owed
    void name_mail(const std::string& message_id, ConversationId id);  // a mail of it has this id
    void make_busy(ConversationId id);                                 // somebody else holds it

    void say(const PaperMessage& spec = {});  // another row of the queue
    void command(Kind kind, const Uuid& subject = {});

    Changes route();              // the batch, which is empty afterwards
    void commit(const Changes&);  // what the next snapshot would show

    AccountId account;
    ChannelId channel;
    Snapshot snapshot;
    std::vector<Item> batch;
    RouteOptions options;

private:
    template <class Id>
    Id next_id() {
        return Id{next_uuid()};
    }

    Uuid next_uuid();
    void find_newest();

    std::vector<Item> routed_;  // changes point to their items
    std::int64_t next_seq_ = 0;
    std::int64_t numbers_taken_ = 0;
    std::uint8_t ids_made_ = 0;
    std::uint8_t ids_routed_ = 0;
};

const ConversationChange& only_conversation(const Changes& changes);  // of those that are new or changed
const Conversation& only_new(const Changes& changes);
const Conversation& after(const Changes& changes, ConversationId id);
AgentId assignee(const Changes& changes, ConversationId id);  // as planned; nil: none
AgentId assignee(const Changes& changes);                     // of the only assignment
std::vector<std::string_view> happened(const Changes& changes);

}  // namespace lupaus::router
