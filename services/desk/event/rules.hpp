// Which types of events somebody asked for.
#pragma once

#include <string_view>

namespace lupaus::desk::event {

// The pattern is a type, or the beginning of one with a star for the rest: alert.*
bool matches_type(std::string_view pattern, std::string_view type);

// "message.created", "alert.*", and nothing that could never match.
bool is_type_pattern(std::string_view text);

}  // namespace lupaus::desk::event
