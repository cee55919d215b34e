// The ledger: everything owed to a customer, with its due time. Codes are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/hours/types.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lupaus::desk::promise {

enum class Kind : std::int16_t { first_reply = 0, next_reply = 1, resolution = 2, update = 3, commitment = 4, feedback = 5 };
enum class Source : std::int16_t { service = 0, agent = 1, acknowledgement = 2 };
enum class Outcome : std::int16_t { kept = 0, late = 1, broken = 2, renegotiated = 3, waived = 4, withdrawn = 5 };

// A service promise: a target for whatever matches every condition that is set.
struct Policy {
    AccountId account;
    PolicyId id;
    Kind kind = Kind::first_reply;
    std::chrono::seconds target{};
    std::optional<std::chrono::seconds> warn_lead;  // before due; else 25 % of the target
    std::chrono::seconds leads_after{};             // after due: the team's leads
    std::chrono::seconds account_after{};           // after due: everybody in charge
    ChannelId channel;                              // nil: any
    TeamId team;
    std::optional<conversation::Priority> priority;
    std::optional<conversation::Visibility> visibility;
    HoursId hours;                                    // nil: every hour of every day
    std::shared_ptr<const hours::Calendar> calendar;  // of these hours; read along where times are counted
    int version = 1;
};

struct Promise {
    AccountId account;
    PromiseId id;
    ConversationId conversation;  // nil: a word given to a contact alone
    Kind kind = Kind::first_reply;
    Source source = Source::service;
    PolicyId policy;
    ChannelId channel;
    TeamId team;
    Timestamp waiting_since{};  // with bot time
    Timestamp opened_at{};
    std::optional<Timestamp> due_at;  // empty: measured, no target
    std::optional<Timestamp> warn_at;
    std::optional<Timestamp> leads_at;
    std::optional<Timestamp> account_at;
    std::optional<Timestamp> next_alert_at;
    int level = -1;  // highest raised
    std::optional<Timestamp> held_until;
    std::optional<Timestamp> settled_at;
    std::optional<Outcome> outcome;
    HoursId hours;                                    // what its times are counted by; nil: the calendar
    std::shared_ptr<const hours::Calendar> calendar;  // of these hours; read along where times are counted
    std::optional<std::chrono::milliseconds> elapsed;
    std::optional<std::chrono::milliseconds> business;  // the same as far as it was open
    ContactId contact;                                  // where there is no conversation
    AgentId agent;                                      // whose word it is
    std::string text;                                   // what they promised
    // Read only where a promise is shown:
    MessageId message;                      // that gave the word
    std::optional<Timestamp> first_due_at;  // what was promised first, before it was renegotiated
    AgentId settled_agent;
    TeamId settled_team;
    MessageId settled_message;
    std::optional<Timestamp> delivered_at;
    PromiseId succeeded_by;
    std::optional<bool> told_before_due;
    TeamId owing_team;  // whose work it is now
};

}  // namespace lupaus::desk::promise
