// The API's operations, one line each, in the order of proto/openapi.yaml, which describes them all (a test compares).
#pragma once

#include "services/inbox/endpoint.hpp"

#include <span>

namespace lupaus::inbox {

std::span<const Endpoint> endpoints();

}  // namespace lupaus::inbox
