#include "services/inbox/resource.hpp"

#include "common/text/json_reader.hpp"
#include "services/desk/event/store.hpp"

namespace lupaus::inbox {

Result<desk::TeamId> read_team(const net::Request& request) {
    const auto text = request.query_value("team_id");
    if (!text) {
        return desk::TeamId{};
    }
    const auto team = parse_id<desk::TeamId>(*text);
    return team ? Result<desk::TeamId>(*team)
                : Result<desk::TeamId>(invalid_field("team_id", "must be an id (a UUID of 36 characters)"));
}

Result<void> refuse_fields(const Call& call) {
    text::JsonReader reader(call.body);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return {};
}

desk::agent::LeaseTerms lease_terms(const config::Config& config) {
    return {.away_after = config.presence.away_after, .offline_after = config.presence.offline_after};
}

desk::agent::LeaseTerms lease_terms(const Call& call) {
    return lease_terms(call.desk.config);
}

void append_changes(Tx& tx, const Call& call, const std::vector<desk::event::Draft>& drafts) {
    desk::event::append(tx, drafts);
    tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::event); });
}

}  // namespace lupaus::inbox
