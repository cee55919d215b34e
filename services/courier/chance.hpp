// The jitter of pauses, and with whom a turn begins. Any thread.
#pragma once

namespace lupaus::courier {

double random_chance();  // in [0, 1)

}  // namespace lupaus::courier
