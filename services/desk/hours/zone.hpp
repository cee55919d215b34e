// The offsets of IANA time zones, read from the system's database (package tzdata) once and kept. Any thread.
#pragma once

#include "services/desk/hours/types.hpp"

#include <memory>
#include <string>

namespace lupaus::desk::hours {

std::shared_ptr<const Zone> find_zone(const std::string& name);  // null: there is no such zone

}  // namespace lupaus::desk::hours
