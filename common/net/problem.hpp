// Every refusal looks the same: application/problem+json with type, title, status, detail, request_id, and errors for
// wrong fields. Source: RFC 9457.
#pragma once

#include "common/base/error.hpp"
#include "common/net/http.hpp"

#include <string_view>

namespace lupaus::net {

// Adds Retry-After when the error says so and merges its extension members. `extension` must be a JSON object.
Response problem(const Error& error, std::string_view request_id);

// For what only HTTP itself can refuse (408, 417, 426, 431, 505 …), where no Errc fits.
Response protocol_problem(int status, std::string_view detail, std::string_view request_id);

}  // namespace lupaus::net
