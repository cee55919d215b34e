// Random bytes and bearer tokens: 256 random bits, shown once, stored as their SHA-256 (which suffices because nobody
// can guess 256 bits; passwords would need Argon2id). Any thread. Throws std::runtime_error without a source of
// randomness.
#pragma once

#include "common/crypto/digest.hpp"

#include <string>
#include <string_view>

namespace lupaus::crypto {

std::string random_bytes(std::size_t count);
std::string make_token(std::string_view prefix = "lup_");  // prefix and 43 characters of base64url
Digest token_hash(std::string_view token);

}  // namespace lupaus::crypto
