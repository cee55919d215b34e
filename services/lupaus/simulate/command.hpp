// `lupaus simulate`: live customers and agents at a running desk.
#pragma once

#include "services/lupaus/cli/command.hpp"

namespace lupaus::simulate {

cli::Command command();

}  // namespace lupaus::simulate
