#include "common/html/url.hpp"

#include "common/html/entities.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lupaus::html {

namespace {

constexpr std::array<std::pair<std::string_view, Scheme>, 5> kSchemes{{{"http", Scheme::http},
                                                                       {"https", Scheme::https},
                                                                       {"mailto", Scheme::mailto},
                                                                       {"tel", Scheme::tel},
                                                                       {"cid", Scheme::cid}}};

constexpr std::size_t kSchemeMax = 6;

// Browsers take tabs and line ends out before they look for the scheme; no other control character belongs there
// either.
std::string without_controls(std::string text) {
    constexpr auto may_be_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\xC2';
    };
    if (std::ranges::none_of(text, may_be_control)) {
        return text;
    }
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool is_c1 = byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
        if (is_c1) {
            ++at;
        } else if (byte >= 0x20 && byte != 0x7F) {
            out += text[at];
        }
    }
    return out;
}

std::string with_spaces_encoded(std::string_view text) {
    if (text.find(' ') == std::string_view::npos) {
        return std::string(text);
    }
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == ' ') {
            out += "%20";
        } else {
            out += c;
        }
    }
    return out;
}

bool leads_somewhere(Scheme scheme, std::string_view rest) {
    if (scheme != Scheme::http && scheme != Scheme::https) {
        return !rest.empty();
    }
    return rest.size() > 2 && rest.starts_with("//") &&
           std::string_view("/\\?#:@").find(rest[2]) == std::string_view::npos;
}

}  // namespace

std::optional<Url> read_url(std::string_view written) {
    const auto clean = without_controls(decode(written));
    std::string_view text = clean;
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon > kSchemeMax) {
        return std::nullopt;
    }
    const auto name = lupaus::text::lower_ascii(text.substr(0, colon));
    const auto* known = std::ranges::find(kSchemes, name, &std::pair<std::string_view, Scheme>::first);
    const auto rest = text.substr(colon + 1);
    if (known == kSchemes.end() || !leads_somewhere(known->second, rest)) {
        return std::nullopt;
    }
    return Url{.scheme = known->second, .text = name + ':' + with_spaces_encoded(rest)};
}

}  // namespace lupaus::html
