#include "services/courier/hold.hpp"

#include "services/desk/outbound/rules.hpp"
#include "services/desk/outbound/store.hpp"

namespace lupaus::courier {

bool Hold::look(Tx& tx) {
    is_elsewhere_.store(desk::outbound::is_copy(desk::outbound::read_standing(tx)), std::memory_order_relaxed);
    return stands();
}

std::string Hold::words() const {
    return desk::outbound::explain_hold(is_asked_, is_elsewhere_.load(std::memory_order_relaxed));
}

}  // namespace lupaus::courier
