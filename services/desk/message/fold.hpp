// The new words of a message apart from the history and the signature that it carries along. Nothing is cut out of what
// is stored: a fold is a place in it, found once, when a mail arrives. Linear, pure, any thread.
#pragma once

#include "services/desk/message/types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::desk::message {

// Of what is stored: markup that is sanitised.
Folds find_folds(std::string_view text, const std::optional<std::string>& html);

// What comes before the fold; nothing where nothing is folded away.
std::optional<std::string> new_text(const Message& message);  // the beginning of its text
std::optional<std::string> new_html(const Message& message);  // balanced

}  // namespace lupaus::desk::message
