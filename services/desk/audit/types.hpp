// Who changed what is set up: one entry for each operation that changed something, written with the change.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <string>

namespace lupaus::desk::audit {

using EntryId = StrongId<struct EntryTag>;

struct Entry {
    AccountId account;
    EntryId id;
    Timestamp at{};
    AgentId agent;          // nil where no agent did it;
    TokenId token;          // nil as well: the operator, at the command line
    std::string operation;  // PATCH /v1/channels/{id}, lupaus channel rotate
    std::string kind;       // of what it was done to: channel, token, …
    Uuid subject;
    std::string changes;  // JSON: {"name":{"from":…,"to":…}}; never a secret
};

}  // namespace lupaus::desk::audit
