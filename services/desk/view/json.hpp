// How the API and the events show a saved view.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/view/types.hpp"

#include <string>

namespace lupaus::desk::view {

void write(text::JsonWriter& json, const SavedView& view);
std::string to_json(const SavedView& view);

}  // namespace lupaus::desk::view
