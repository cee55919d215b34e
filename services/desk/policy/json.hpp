// Service promises as the API and the event log show them, and what the log says when one was made, changed or taken
// away: whoever does it, the entry is the same. Pure, any thread.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/promise/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::policy {

void write_policy(text::JsonWriter& json, const promise::Policy& policy);
std::string to_json(const promise::Policy& policy);

// `type`: policy.created, policy.updated, policy.deleted.
event::Draft describe(std::string_view type, const promise::Policy& policy, const event::Actor& actor);

}  // namespace lupaus::desk::policy
