// Events read back as happenings, and happenings as the API shows them. Pure.
#pragma once

#include "services/desk/timeline/types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::timeline {

// Takes what the event's data says of the change. What is no JSON object says nothing.
void read_data(Happening& it, std::string_view data);

// Every id that a sentence or an answer names.
void collect_ids(const Happening& it, std::vector<Uuid>& ids);

std::string to_json(const Happening& it, const Names& names);

}  // namespace lupaus::desk::timeline
