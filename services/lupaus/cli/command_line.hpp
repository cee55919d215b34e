// The program's command line. Answers go to standard output, complaints to standard error.
#pragma once

#include "services/lupaus/cli/command.hpp"

#include <span>

namespace lupaus::cli {

inline constexpr int kFailed = 1;
inline constexpr int kMisused = 2;  // unknown command or option, one missing: nothing was tried

// 0, kFailed or kMisused. Exceptions end here: a database that is gone is a failure with its reason.
int run_command_line(std::span<const Command> commands, int argc, const char* const* argv,
                     const config::Environment& environment);

}  // namespace lupaus::cli
