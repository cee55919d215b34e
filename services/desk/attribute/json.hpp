// How the API and the events show an attribute.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/attribute/types.hpp"

#include <string>

namespace lupaus::desk::attribute {

void write(text::JsonWriter& json, const Attribute& attribute);
std::string to_json(const Attribute& attribute);

}  // namespace lupaus::desk::attribute
