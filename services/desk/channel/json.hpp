// Channels as the API and the event log show them, without their secrets, and what the log says when one was made or
// changed: whoever does it, the entry is the same. Pure, any thread.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/channel/types.hpp"
#include "services/desk/event/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::channel {

void write_fields(text::JsonWriter& json, const Channel& channel);  // without the braces, for those who add to them
std::string to_json(const Channel& channel);

// `type`: channel.created, channel.updated.
event::Draft describe(std::string_view type, const Channel& channel, const event::Actor& actor);

}  // namespace lupaus::desk::channel
