#include "services/desk/outbound/hold.hpp"

#include "services/desk/outbound/rules.hpp"
#include "services/desk/outbound/store.hpp"

namespace lupaus::desk::outbound {

bool Hold::look(Tx& tx) {
    is_elsewhere_.store(is_copy(read_standing(tx)), std::memory_order_relaxed);
    return stands();
}

std::string Hold::words() const {
    return explain_hold(is_asked_, is_elsewhere_.load(std::memory_order_relaxed));
}

}  // namespace lupaus::desk::outbound
