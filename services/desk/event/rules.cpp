#include "services/desk/event/rules.hpp"

#include <algorithm>

namespace lupaus::desk::event {

namespace {

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

bool matches_type(std::string_view pattern, std::string_view type) {
    if (pattern.ends_with(".*")) {
        return type.starts_with(pattern.substr(0, pattern.size() - 1));
    }
    return pattern == type;
}

bool is_type_pattern(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || !is_word(text.substr(0, dot))) {
        return false;
    }
    const auto rest = text.substr(dot + 1);
    return rest == "*" || is_word(rest);
}

}  // namespace lupaus::desk::event
