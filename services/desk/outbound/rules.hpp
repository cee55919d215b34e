// Whether anything may leave for customers and integrators.
#pragma once

#include "services/desk/outbound/types.hpp"

#include <string>

namespace lupaus::desk::outbound {

bool is_copy(const Standing& standing);

// Why nothing leaves, for people, with what to do about it; empty where it may leave. `is_asked`: by the operator, for
// this process (courier.hold, serve --hold-outbound).
std::string explain_hold(bool is_asked, bool is_elsewhere);

}  // namespace lupaus::desk::outbound
