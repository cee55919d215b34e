#include "common/crypto/token.hpp"

#include "common/crypto/encoding.hpp"

#include <sodium.h>

#include <stdexcept>

namespace lupaus::crypto {

namespace {

constexpr std::size_t kTokenBytes = 32;

}  // namespace

std::string random_bytes(std::size_t count) {
    static const bool ready = sodium_init() >= 0;
    if (!ready) {
        throw std::runtime_error("libsodium found no source of randomness");
    }
    std::string bytes(count, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::string make_token(std::string_view prefix) {
    return std::string(prefix) + base64url_encode(random_bytes(kTokenBytes));
}

Digest token_hash(std::string_view token) {
    return sha256(token);
}

}  // namespace lupaus::crypto
