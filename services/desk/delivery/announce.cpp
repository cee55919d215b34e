#include "services/desk/delivery/announce.hpp"

namespace lupaus::desk::delivery {

void announce_end(Wakeups& wakeups, State state) {
    wakeups.announce(Topic::event);
    if (state == State::failed || state == State::uncertain) {
        wakeups.announce(Topic::due);
    }
    if (state == State::failed) {
        wakeups.announce(Topic::queue);
    }
}

}  // namespace lupaus::desk::delivery
