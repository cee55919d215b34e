// `lupaus bench …`: loads a running desk through its public door and prints one JSON object with what it measured.
#pragma once

#include "services/lupaus/cli/command.hpp"

#include <vector>

namespace lupaus::bench {

std::vector<cli::Command> commands();

}  // namespace lupaus::bench
