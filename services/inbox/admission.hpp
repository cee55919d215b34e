// What a request must show before anything is done for it, as decisions without I/O. Pure.
// Source: RFC 6750 for the header; browsers cannot set one on a WebSocket, so there a subprotocol carries the token.
#pragma once

#include "common/base/error.hpp"
#include "common/net/http.hpp"
#include "common/text/json.hpp"
#include "services/desk/token/types.hpp"

#include <optional>
#include <string_view>

namespace lupaus::inbox {

inline constexpr std::string_view kStreamProtocol = "lupaus";  // what a WebSocket speaks after the handshake

// Of `Authorization: Bearer …`, or of the subprotocol `lupaus.bearer.…`; a view into the request. Never of the URL.
std::optional<std::string_view> bearer_token(const net::Request& request);

// `scope` counts for integrators, `least` for everybody else. Errors: forbidden, naming what is missing.
Result<void> check_rights(const desk::token::Principal& principal, std::string_view scope, desk::agent::Role least);

// A request without a body may leave its type out. False: 415.
bool is_json_or_empty(const net::Request& request);
Result<text::Json> read_body(const net::Request& request);  // an empty object where there is none

}  // namespace lupaus::inbox
