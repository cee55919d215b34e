// Keyset cursors: where a page ended, as text that means something only here. The name of the list and of its order is
// part of it, so that a cursor of one list is refused by another. Pure. Errors: invalid, naming `cursor`.
#pragma once

#include "common/base/error.hpp"
#include "common/base/uuid.hpp"

#include <string>
#include <string_view>

namespace lupaus::inbox {

struct Cursor {
    std::string
        key;  // of the last item: its sort key as text (a name, sql_timestamp(…)); empty where ids are the order
    Uuid id;  // of the last item, for those with the same key
};

std::string encode_cursor(std::string_view list, const Cursor& cursor);
Result<Cursor> decode_cursor(std::string_view list, std::string_view text);

}  // namespace lupaus::inbox
