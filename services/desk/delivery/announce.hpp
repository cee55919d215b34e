// Who has to hear that a delivery ended: call it after the commit, on any thread.
#pragma once

#include "services/desk/context/wakeups.hpp"
#include "services/desk/delivery/types.hpp"

namespace lupaus::desk::delivery {

// Readers of the log, the watcher where an alert has become due, the router where a wait goes on.
void announce_end(Wakeups& wakeups, State state);

}  // namespace lupaus::desk::delivery
