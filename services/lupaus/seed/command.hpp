// `lupaus bench seed`: an invented desk with a history, to measure on.
#pragma once

#include "services/lupaus/cli/command.hpp"

namespace lupaus::seed {

cli::Command command();

}  // namespace lupaus::seed
