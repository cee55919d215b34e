// `lupaus doctor`: what is wrong with this desk and what to do, one line a check. Exit code 1 where there is a problem.
#pragma once

#include "services/lupaus/cli/command.hpp"

namespace lupaus::doctor {

cli::Command command();

}  // namespace lupaus::doctor
