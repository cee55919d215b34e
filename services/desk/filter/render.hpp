// A filter as JSON, which parses to the same filter. Pure.
#pragma once

#include "services/desk/filter/types.hpp"

#include <string>

namespace lupaus::desk::filter {

std::string to_json(const Node& filter);

}  // namespace lupaus::desk::filter
