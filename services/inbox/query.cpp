#include "services/inbox/query.hpp"

#include <charconv>

namespace lupaus::inbox {

Result<std::optional<std::int64_t>> read_number(std::string_view name, std::optional<std::string_view> text,
                                                const NumberRule& rule) {
    if (!text) {
        return std::optional<std::int64_t>();
    }
    std::int64_t number = 0;
    const auto* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number < rule.min || number > rule.max) {
        return invalid_field(std::string(name), "must be a whole number between " + std::to_string(rule.min) + " and " +
                                                    std::to_string(rule.max));
    }
    return std::optional(number);
}

}  // namespace lupaus::inbox
