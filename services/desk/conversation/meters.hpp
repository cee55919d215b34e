// What is counted of conversations. Called after the commit.
#pragma once

#include "common/telemetry/metrics.hpp"

#include <string_view>

namespace lupaus::desk::conversation {

// From a bot to the desk. Reasons: asked (the bot or somebody said so), silence, ended (its token), taken (by people).
void count_handover(telemetry::Metrics& metrics, std::string_view reason);

}  // namespace lupaus::desk::conversation
