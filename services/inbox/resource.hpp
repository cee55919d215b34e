// What the handlers of plain resources share: the id in the path, answers with their version, entries in the event log.
#pragma once

#include "services/desk/agent/rules.hpp"
#include "services/inbox/endpoint.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lupaus::inbox {

// What is no id names nothing. Errors: not_found.
template <class Id>
Result<Id> path_id(const Call& call, std::string_view what, std::string_view name = "id") {
    const auto id = parse_id<Id>(call.request.param(name));
    return id ? Result<Id>(*id) : Result<Id>(not_found(what));
}

// The query parameter `team_id`; nil where there is none. Errors: invalid.
Result<desk::TeamId> read_team(const net::Request& request);

// For an operation that takes an empty object. Errors: invalid.
Result<void> refuse_fields(const Call& call);

desk::agent::LeaseTerms lease_terms(const config::Config& config);
desk::agent::LeaseTerms lease_terms(const Call& call);

// The last statement of the transaction.
void append_changes(Tx& tx, const Call& call, const std::vector<desk::event::Draft>& drafts);

inline Answer created(std::string body, int version) {
    return {.status = 201, .body = std::move(body), .version = version};
}

inline Answer found(std::string body, int version) {
    return {.status = 200, .body = std::move(body), .version = version};
}

inline Answer nothing_left() {
    return {.status = 204, .body = {}, .version = 0};
}

}  // namespace lupaus::inbox
