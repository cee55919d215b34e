// SQL of alerts. One row for each level of each subject, ever (a unique key decides); at most one of them fires.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/alert/types.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::alert {

Alert read_alert(const pqxx::row& row);

// Ends what still fires below the new levels as superseded, then stores the new rows (firing or superseded as given).
// A level at or below one that the subject already had does not fire again.
struct Raised {
    std::vector<Alert> superseded;  // fired until now
    std::vector<Alert> firing;      // really new
};

Raised raise(Tx& tx, std::span<const Alert> alerts);

std::vector<Alert> resolve_subject(Tx& tx, AccountId account, Kind kind, const Uuid& subject);

struct InConversation {
    AccountId account;
    ConversationId conversation;
};

// A human has dealt with the conversations since: of their replies that did not arrive nobody has to be told any more,
// now or later. The conversations are locked.
std::vector<Alert> close_undelivered(Tx& tx, std::span<const InConversation> conversations);

// Somebody took the conversations: `unattended` is over for them.
std::vector<Alert> resolve_unattended(Tx& tx, std::span<const InConversation> conversations);

Result<Alert> find(Tx& tx, AccountId account, AlertId id);
Result<Alert> acknowledge(Tx& tx, AccountId account, AlertId id, AgentId by);  // conflict unless it fires

// Newest first within one state; keyset on (raised_at, id).
struct Page {
    AccountId account;
    State state = State::firing;
    std::optional<Timestamp> before;
    AlertId before_id;
    int limit = 0;
};

std::vector<Alert> page(Tx& tx, const Page& page);

std::string_view to_string(Kind kind);
std::string_view to_string(State state);
void append_json(std::string& out, const Alert& alert);

}  // namespace lupaus::desk::alert
