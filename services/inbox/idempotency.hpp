// Idempotency-Key: what makes a repeated POST harmless. A key belongs to the token that used it. Pure.
// Errors: invalid for a key that is empty, too long or not printable ASCII.
#pragma once

#include "common/base/error.hpp"
#include "common/net/http.hpp"
#include "services/desk/token/types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lupaus::inbox {

struct KeyedRequest {
    desk::AccountId account;
    desk::TokenId token;
    std::string key;
    Uuid request_hash;      // over method, target and body: the same key must mean the same request
    std::int64_t lock = 0;  // of PostgreSQL's advisory locks, over account, token and key
};

// Nothing where the request has no key, or is no POST.
Result<std::optional<KeyedRequest>> read_idempotency_key(const net::Request& request,
                                                         const desk::token::Principal& principal);

}  // namespace lupaus::inbox
