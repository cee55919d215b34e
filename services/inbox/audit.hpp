// The audit: what an operation leaves there, and the page that reads it. Every write that takes a lead or an
// administrator is a change of how the desk is set up, and so is the end of a token, which anybody may do to their own.
#pragma once

#include "services/inbox/endpoint.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace lupaus::inbox {

bool is_audited(const Endpoint& endpoint);

// What an operation is done to, by the collection in its path: channel, token, … Empty for a collection without a name.
std::string_view subject_kind(std::string_view pattern);

// The pattern of what an operation is done to: /v1/channels/{id} for all that is below it.
std::string_view subject_pattern(std::string_view pattern);

// Around one operation, in its transaction: looks at the thing before and stores one entry after.
class AuditNote {
public:
    // `read` shows the thing, or is null where nothing does.
    AuditNote(Tx& tx, const Call& call, Handle read);
    void record(Tx& tx, const Endpoint& endpoint, const Answer& answer);

private:
    const Call& call_;
    nlohmann::json before_;
};

Result<Answer> handle_list_audit(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
