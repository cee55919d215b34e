// What the router knows when it decides: plain values, read in a few set-based statements, changed by nobody meanwhile.
#pragma once

#include "services/desk/acknowledgement/types.hpp"
#include "services/desk/agent/types.hpp"
#include "services/desk/autoreply/rules.hpp"
#include "services/desk/channel/types.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/inbound/types.hpp"
#include "services/desk/promise/rules.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lupaus::router {

using desk::AccountId;
using desk::AgentId;
using desk::ChannelId;
using desk::ContactId;
using desk::ConversationId;
using desk::MessageId;
using desk::TeamId;
using desk::conversation::Conversation;

// A queue row with its payload decoded; commands have no message.
struct Item {
    desk::inbound::Queued row;
    desk::inbound::Inbound message;
};

struct ChannelFacts {
    AccountId account;
    TeamId team;
    std::optional<std::string> skill;
    int weight = 1;
    Timestamp live_since{};
    std::optional<std::chrono::seconds> reopen_window{};  // empty: as configured
    desk::channel::ReopenTo reopen_to = desk::channel::ReopenTo::same_agent;
    desk::TokenId bot;  // conversations begin with it; nil, also where its token has ended: with the desk
};

struct ContactFacts {
    ContactId id;
    std::string name;
    bool blocked = false;
};

struct TeamFacts {
    bool automatic = true;
    std::chrono::seconds wrap_up{0};
};

// Everybody who is not offline. `load` is what the column said; the reservation decides in the end.
struct AgentFacts {
    AccountId account;
    AgentId id;
    desk::agent::Role role = desk::agent::Role::agent;
    desk::agent::Presence presence = desk::agent::Presence::online;
    int capacity = 0;
    int load = 0;
    std::optional<Timestamp> assigned_at;
    std::optional<Timestamp> resolved_at;
    std::vector<TeamId> teams;
    std::vector<std::string> skills;
};

using Address = std::pair<ChannelId, std::string>;
using ThreadKey = std::pair<ChannelId, std::string>;
using MailKey = std::pair<ChannelId, std::string>;  // the channel of a mail that refers to this Message-ID
using NumberKey = std::pair<AccountId, std::int64_t>;
using ContactChannel = std::pair<ChannelId, ContactId>;

struct Snapshot {
    Timestamp now{};  // the database's clock
    std::map<ChannelId, ChannelFacts> channels;
    std::map<Address, ContactFacts> contacts;
    std::map<ThreadKey, ConversationId> by_thread;
    std::map<MailKey, ConversationId> by_mail;
    std::map<NumberKey, ConversationId> by_number;             // of verified reply addresses
    std::map<AccountId, std::set<std::string>> own_addresses;  // of email channels, where the batch has a mail
    std::map<ChannelId, desk::acknowledgement::Setting> acknowledgements;  // where the batch has a mail
    std::map<desk::acknowledgement::Sender, desk::autoreply::Before> written_before;
    std::map<desk::conversation::ExternalRef, ConversationId> by_external_ref;
    std::map<ContactChannel, ConversationId> newest;            // of each contact on a channel, if possible one to join
    std::unordered_map<ConversationId, Conversation> held;      // locked by this transaction
    std::unordered_set<ConversationId> busy;                    // somebody else holds them: next time
    std::map<ConversationId, desk::promise::Promise> promises;  // open waits that the batch may move; locked
    std::map<AccountId, std::vector<desk::promise::Policy>> policies;
    std::map<TeamId, TeamFacts> teams;
    std::vector<AgentFacts> agents;
    std::vector<ConversationId> waiting;  // unassigned, owed, and held: candidates for free capacity
    std::map<AgentId, std::vector<ConversationId>> releasable;     // of agents who went offline: not begun, held
    std::map<desk::TokenId, std::vector<ConversationId>> of_bots;  // of bots whose token has ended, held
};

}  // namespace lupaus::router
