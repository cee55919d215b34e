// How a cancelled task ends: by operation_aborted, thrown where it waits.
#pragma once

#include <exception>

namespace lupaus {

// Whoever catches everything in a loop lets this one pass.
bool is_cancellation(const std::exception& failure);

}  // namespace lupaus
