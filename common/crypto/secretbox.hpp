// Secrets at rest (channel credentials): XSalsa20-Poly1305 of libsodium's crypto_secretbox under one 32-byte key.
// Sealed form: version byte, 4 bytes naming the key, 24 bytes of nonce, ciphertext. Immutable, any thread.
// Errors: internal when the box was damaged or sealed with another key; a key of the wrong length throws.
#pragma once

#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/crypto/digest.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace lupaus::crypto {

class SecretBox {
public:
    explicit SecretBox(const Secret& key);  // 32 bytes
    ~SecretBox();
    SecretBox(const SecretBox&) = delete;
    SecretBox& operator=(const SecretBox&) = delete;

    std::string seal(std::string_view plain) const;
    Result<std::string> open(std::string_view sealed) const;

    // HMAC-SHA256 under a key of that purpose, derived from this one: what this program wrote, it knows again.
    Digest sign(std::string_view purpose, std::string_view text) const;

private:
    std::array<std::uint8_t, 32> key_{};
    std::array<std::uint8_t, 4> key_id_{};
};

}  // namespace lupaus::crypto
