#include "common/net/target.hpp"

#include "common/text/utf8.hpp"

namespace lupaus::net {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<Parameter> parse_pair(std::string_view pair) {
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals < pair.size() ? pair.substr(equals + 1) : std::string_view{}, true);
    if (!name || !value) {
        return std::nullopt;
    }
    return Parameter{std::move(*name), std::move(*value)};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool is_plus_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_plus_space) {
            c = ' ';
        }
        if (c == '\0') {
            return std::nullopt;
        }
        decoded.push_back(c);
    }
    if (!text::is_valid_utf8(decoded)) {
        return std::nullopt;
    }
    return decoded;
}

std::optional<std::vector<Parameter>> parse_query(std::string_view query) {
    std::vector<Parameter> pairs;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        if (end > 0) {
            auto pair = parse_pair(query.substr(0, end));
            if (!pair) {
                return std::nullopt;
            }
            pairs.push_back(std::move(*pair));
        }
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return pairs;
}

std::optional<std::string_view> origin_form(std::string_view target) {
    if (target.starts_with('/')) {
        return target;
    }
    const auto scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto scheme = target.substr(0, scheme_end);
    if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
        return std::nullopt;
    }
    const auto path = target.find('/', scheme_end + 3);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace lupaus::net
