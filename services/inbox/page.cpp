#include "services/inbox/page.hpp"

#include "common/base/limits.hpp"

#include <algorithm>
#include <charconv>

namespace lupaus::inbox {

namespace {

Result<int> read_limit(std::string_view text) {
    int limit = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, limit);
    if (parsed.ec != std::errc{} || parsed.ptr != end || limit < 1 || limit > limits::kPageMax) {
        return invalid_field("limit", "must be between 1 and " + std::to_string(limits::kPageMax));
    }
    return limit;
}

}  // namespace

Result<Page> read_page(const net::Request& request, std::string_view list,
                       std::initializer_list<std::string_view> filters) {
    for (const auto& parameter : request.query) {
        if (parameter.name != "limit" && parameter.name != "cursor" &&
            std::ranges::find(filters, parameter.name) == filters.end()) {
            return invalid_field(parameter.name, "is not a known parameter of this list");
        }
    }
    Page page{.limit = limits::kPageDefault, .after = {}};
    if (const auto text = request.query_value("limit")) {
        auto limit = read_limit(*text);
        if (!limit) {
            return limit.error();
        }
        page.limit = *limit;
    }
    if (const auto text = request.query_value("cursor")) {
        auto cursor = decode_cursor(list, *text);
        if (!cursor) {
            return cursor.error();
        }
        page.after = *std::move(cursor);
    }
    return page;
}

}  // namespace lupaus::inbox
