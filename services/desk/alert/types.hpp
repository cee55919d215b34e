// An alert: one level of one ladder, raised once. Codes are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <optional>

namespace lupaus::desk::alert {

enum class Kind : std::int16_t {
    promise = 0,      // the ladder of a promise with a due time
    silent = 1,       // waiting long without any target
    unattended = 2,   // waiting and nobody is able to take it
    undelivered = 3,  // a reply did not reach the customer
};
enum class State : std::int16_t { firing = 0, acknowledged = 1, superseded = 2, resolved = 3 };
enum class RecipientType : std::int16_t { agent = 0, team = 1, leads = 2, account = 3 };

inline constexpr int kWarning = 0;
inline constexpr int kDue = 1;
inline constexpr int kLeads = 2;
inline constexpr int kAccount = 3;

struct Alert {
    AccountId account;
    AlertId id;
    Kind kind = Kind::promise;
    Uuid subject;  // the promise, or the delivery for `undelivered`
    int level = kWarning;
    State state = State::firing;
    ConversationId conversation;
    PromiseId promise;
    RecipientType recipient_type = RecipientType::account;
    Uuid recipient;  // agent or team; nil for the account
    Timestamp raised_at{};   // when it fell due
    Timestamp noticed_at{};  // when the watcher wrote it
    std::optional<Timestamp> acknowledged_at;
    AgentId acknowledged_by;
    std::optional<Timestamp> ended_at;
    int version = 1;
};

}  // namespace lupaus::desk::alert
