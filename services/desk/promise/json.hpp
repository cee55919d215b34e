// How events and the API show a promise. The API's is the same with everything behind it, of promises that were read
// whole.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/promise/types.hpp"

#include <string>

namespace lupaus::desk::promise {

void append_json(std::string& out, const Promise& promise);
void append_whole_json(std::string& out, const Promise& promise);
void write_fields(text::JsonWriter& json, const Promise& promise);  // the members of the whole

}  // namespace lupaus::desk::promise
