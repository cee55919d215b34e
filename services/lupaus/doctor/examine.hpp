// Gathers the facts: this machine, both roles' view of the server, the desk's own tables. A database that does not
// answer is a fact as well, never an exception.
#pragma once

#include "common/config/config.hpp"
#include "services/lupaus/doctor/types.hpp"

namespace lupaus::doctor {

Facts examine(const config::Config& config);

}  // namespace lupaus::doctor
