// Tokens as the API and the event log show them, without their text, and what the log says when one was issued or
// revoked: whoever does it, the entry is the same. Pure, any thread.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/token/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::token {

void write_fields(text::JsonWriter& json, const Token& token);  // without the braces, for those who add to them
void write_token(text::JsonWriter& json, const Token& token);

// `type`: token.issued, token.revoked.
event::Draft describe(std::string_view type, const Token& token, const event::Actor& actor);

}  // namespace lupaus::desk::token
