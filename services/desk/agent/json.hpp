// Agents and teams as the API, the event log and the command line show them, and what the log says when one was made or
// changed: whoever does it, the entry is the same. Pure, any thread.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/agent/types.hpp"
#include "services/desk/event/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::agent {

void write_agent(text::JsonWriter& json, const Agent& agent);
void write_team(text::JsonWriter& json, const Team& team);
std::string to_json(const Agent& agent);
std::string to_json(const Team& team);

// `type`: agent.created, agent.updated; team.created, team.updated, team.deleted.
event::Draft describe(std::string_view type, const Agent& agent, const event::Actor& actor);
event::Draft describe(std::string_view type, const Team& team, const event::Actor& actor);

}  // namespace lupaus::desk::agent
