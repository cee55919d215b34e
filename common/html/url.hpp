// What an address leads to, and whether a message may lead there. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::html {

enum class Scheme : std::uint8_t { http, https, mailto, tel, cid };

struct Url {
    Scheme scheme = Scheme::https;
    std::string text{};  // without control characters and spaces; its scheme in lower case
};

inline bool is_remote(const Url& url) {
    return url.scheme == Scheme::http || url.scheme == Scheme::https;
}

// An attribute's value as written. Nothing where it is relative, empty, or of another scheme.
std::optional<Url> read_url(std::string_view written);

}  // namespace lupaus::html
