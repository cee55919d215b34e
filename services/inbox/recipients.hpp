// Whom a reply by mail is for where its author says so: {"to", "cc", "bcc"}, lists of {"name", "address"}. What is
// absent is as the answered mail has it. Pure.
#pragma once

#include "common/text/json_reader.hpp"
#include "services/desk/letter/answer.hpp"

#include <string_view>

namespace lupaus::inbox {

// Mistakes are reported into `reader`: what is no address, and line ends or NUL in a name.
desk::letter::GivenRecipients read_recipients(text::JsonReader& reader);

std::string_view first_given(const desk::letter::GivenRecipients& given);  // the field of it, where it is not empty

}  // namespace lupaus::inbox
