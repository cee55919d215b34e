// How events show a promise.
#pragma once

#include "services/desk/promise/types.hpp"

#include <string>

namespace lupaus::desk::promise {

void append_json(std::string& out, const Promise& promise);

}  // namespace lupaus::desk::promise
