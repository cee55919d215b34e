// How the API and the events show a canned reply.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/canned/types.hpp"

#include <string>

namespace lupaus::desk::canned {

void write(text::JsonWriter& json, const Canned& canned);
std::string to_json(const Canned& canned);

}  // namespace lupaus::desk::canned
