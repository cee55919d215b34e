#include "services/inbox/if_match.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::inbox {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// "7" with its quotes; a weak tag never matches here, but it is a tag.
std::optional<int> read_tag(std::string_view tag) {
    if (tag.starts_with("W/")) {
        return read_tag(tag.substr(2)) ? std::optional(0) : std::nullopt;
    }
    if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') {
        return std::nullopt;
    }
    int version = 0;
    const auto* end = tag.data() + tag.size() - 1;
    const auto parsed = std::from_chars(tag.data() + 1, end, version);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(version) : std::nullopt;
}

}  // namespace

Result<void> check_if_match(const net::Request& request, int version) {
    const auto header = request.headers.find("If-Match");
    if (!header || trim(*header) == "*") {
        return {};
    }
    for (std::string_view rest = *header; !rest.empty();) {
        const auto comma = std::min(rest.find(','), rest.size());
        const auto named = read_tag(trim(rest.substr(0, comma)));
        if (!named) {
            return invalid_field("If-Match", "must be an ETag that this resource had, such as \"7\"");
        }
        if (*named == version) {
            return {};
        }
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return Error{.code = Errc::precondition,
                 .detail = "It was changed meanwhile; its version is now " + std::to_string(version) + "."};
}

}  // namespace lupaus::inbox
