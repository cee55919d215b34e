// What the history says of each type of event: one sentence, and which parts of the conversation it changed. Pure.
#pragma once

#include "services/desk/timeline/types.hpp"

#include <span>
#include <string>
#include <string_view>

namespace lupaus::desk::timeline {

std::vector<std::string_view> said_types();
bool has_sentence(std::string_view type);

// A type that nobody knows (of a newer program) is said by its name.
std::string sentence(const Happening& it, const Names& names);

// What an event of the type tells from and to; nothing for most.
std::span<const Field> fields_of(std::string_view type);

bool differs(Field field, const Shown& before, const Shown& after);

}  // namespace lupaus::desk::timeline
