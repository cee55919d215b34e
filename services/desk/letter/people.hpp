// Whom a mail names, as it is stored and shown: [{"role":"to","name":"Ada","address":"ada@example.org"}]. Pure.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/inbound/types.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::letter {

std::string_view to_string(inbound::Role role);
void write_people(text::JsonWriter& json, std::span<const inbound::Person> people);
std::vector<inbound::Person> read_people(std::string_view json);  // as it was written; what is not is left out

}  // namespace lupaus::desk::letter
