#include "common/base/uuid.hpp"

#include <cstring>
#include <stdexcept>

#include <sys/random.h>

namespace lupaus {

namespace {

// One system call buys random bits for many ids; per thread, so no lock.
class RandomBytes {
public:
    void fill(std::uint8_t* out, std::size_t size) {
        if (used_ + size > buffer_.size()) {
            refill();
        }
        std::memcpy(out, buffer_.data() + used_, size);
        used_ += size;
    }

private:
    void refill() {
        if (getrandom(buffer_.data(), buffer_.size(), 0) != static_cast<ssize_t>(buffer_.size())) {
            throw std::runtime_error("getrandom failed");
        }
        used_ = 0;
    }

    std::array<std::uint8_t, 256> buffer_{};  // getrandom never returns short for up to 256 bytes
    std::size_t used_ = 256;
};

constexpr std::string_view kHex = "0123456789abcdef";

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool is_dash_position(std::size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

Uuid make_uuid_v7(std::chrono::system_clock::time_point now) {
    thread_local RandomBytes random;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const auto stamp = static_cast<std::uint64_t>(ms);
    Uuid id;
    for (std::size_t i = 0; i < 6; ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(stamp >> (40U - 8U * i));
    }
    random.fill(id.bytes.data() + 6, 10);
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0fU) | 0x70U);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3fU) | 0x80U);
    return id;
}

Uuid make_uuid_v7() {
    return make_uuid_v7(std::chrono::system_clock::now());
}

std::string to_string(const Uuid& id) {
    std::string text(36, '-');
    std::size_t at = 0;
    for (const auto byte : id.bytes) {
        at += is_dash_position(at) ? 1 : 0;
        text[at++] = kHex[byte >> 4U];
        text[at++] = kHex[byte & 0x0fU];
    }
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) {
        return std::nullopt;
    }
    Uuid id;
    std::size_t nibble = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_dash_position(i)) {
            if (text[i] != '-') {
                return std::nullopt;
            }
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) {
            return std::nullopt;
        }
        auto& byte = id.bytes[nibble / 2];
        byte = static_cast<std::uint8_t>(static_cast<unsigned>(byte) << 4U | static_cast<unsigned>(value));
        ++nibble;
    }
    return id;
}

}  // namespace lupaus
