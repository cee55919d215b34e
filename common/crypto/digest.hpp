// SHA-256 and HMAC-SHA-256 over OpenSSL, with the algorithms fetched once and the contexts kept per thread (a fetch
// costs more than the hash of a small body). Any thread. Throws std::runtime_error if OpenSSL fails, which is no
// caller's fault.
#pragma once

#include "common/base/uuid.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace lupaus::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);

// The same over bytes that come in parts; finish() once, at their end.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::string_view part);
    Digest finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

Uuid sha256_uuid(std::string_view bytes);  // the first 16 bytes, for narrow unique indexes
Digest hmac_sha256(std::string_view key,
                   std::initializer_list<std::string_view> parts);  // RFC 2104 over the parts joined
std::string_view as_bytes(const Digest& digest);
bool constant_time_equal(std::string_view left, std::string_view right);  // different lengths: false, at once

}  // namespace lupaus::crypto
