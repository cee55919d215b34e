#include "services/inbox/idempotency.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/digest.hpp"

#include <algorithm>
#include <cstring>

namespace lupaus::inbox {

namespace {

constexpr std::string_view kHeader = "Idempotency-Key";

Uuid hash_request(const net::Request& request) {
    std::string text;
    text.reserve(request.method_name.size() + request.target.size() + request.body.size() + 2);
    text.append(request.method_name).append("\n").append(request.target).append("\n").append(request.body);
    return crypto::sha256_uuid(text);
}

std::int64_t lock_number(const KeyedRequest& keyed) {
    const auto hash = crypto::sha256(to_string(keyed.account) + to_string(keyed.token) + keyed.key);
    std::int64_t number = 0;
    std::memcpy(&number, hash.data(), sizeof number);
    return number;
}

}  // namespace

Result<std::optional<KeyedRequest>> read_idempotency_key(const net::Request& request,
                                                         const desk::token::Principal& principal) {
    const auto key = request.headers.find(kHeader);
    if (request.method != net::Method::post || !key) {
        return std::optional<KeyedRequest>();
    }
    if (key->empty() || key->size() > limits::kIdempotencyKeyBytesMax) {
        return invalid_field(std::string(kHeader),
                             "must have between 1 and " + std::to_string(limits::kIdempotencyKeyBytesMax) + " bytes");
    }
    if (!std::ranges::all_of(*key, [](char c) { return c >= ' ' && c <= '~'; })) {
        return invalid_field(std::string(kHeader), "must be printable ASCII");
    }
    KeyedRequest keyed{.account = principal.account,
                       .token = principal.token,
                       .key = std::string(*key),
                       .request_hash = hash_request(request)};
    keyed.lock = lock_number(keyed);
    return std::optional(std::move(keyed));
}

}  // namespace lupaus::inbox
