// What team leads watch: how promises ended, and how long customers waited for a reply. Called after the commit.
#pragma once

#include "common/telemetry/metrics.hpp"
#include "services/desk/promise/types.hpp"

namespace lupaus::desk::promise {

void count_settled(telemetry::Metrics& metrics, const Promise& settled);

}  // namespace lupaus::desk::promise
