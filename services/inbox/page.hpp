// Lists: which page was asked for, and how it is answered: {"items":[…],"next_cursor":…}. Pure.
// A handler asks its store for limit + 1 rows; the one too many only says that there is more.
#pragma once

#include "common/net/http.hpp"
#include "common/text/json_writer.hpp"
#include "services/inbox/cursor.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::inbox {

struct Page {
    int limit = 0;
    std::optional<Cursor> after;
};

// `list` names the list and its order; `filters` are the other query parameters the handler knows. Errors: invalid,
// naming `limit`, `cursor` or the unknown parameter.
Result<Page> read_page(const net::Request& request, std::string_view list,
                       std::initializer_list<std::string_view> filters = {});

// `write(JsonWriter&, row)` writes one item, `place(row)` is where the next page would begin after it.
template <class Row, class Write, class Place>
std::string write_page(std::string_view list, const Page& page, const std::vector<Row>& rows, Write write,
                       Place place) {
    const auto shown = std::min(rows.size(), static_cast<std::size_t>(page.limit));
    std::optional<std::string> next;
    if (rows.size() > shown) {
        next = encode_cursor(list, place(rows[shown - 1]));
    }
    std::string body;
    text::JsonWriter json(body);
    json.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < shown; ++i) {
        write(json, rows[i]);
    }
    json.end_array().field("next_cursor", next).end_object();
    return body;
}

}  // namespace lupaus::inbox
