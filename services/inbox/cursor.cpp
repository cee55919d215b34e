#include "services/inbox/cursor.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/encoding.hpp"
#include "common/text/json.hpp"
#include "common/text/json_writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::inbox {

namespace {

// ["agents.name","Aino","<id>"]: a key is a name at most, escaped at worst sixfold, then a third longer.
constexpr std::size_t kCursorBytesMax = limits::kNameBytesMax * 8 + 256;

Error broken(std::string detail) {
    return invalid_field("cursor", std::move(detail));
}

}  // namespace

std::string encode_cursor(std::string_view list, const Cursor& cursor) {
    std::string json;
    text::JsonWriter(json).begin_array().value(list).value(cursor.key).value(cursor.id).end_array();
    return crypto::base64url_encode(json);
}

Result<Cursor> decode_cursor(std::string_view list, std::string_view text) {
    const auto json =
        text.size() > kCursorBytesMax ? Result<std::string>(broken("is too long")) : crypto::base64url_decode(text);
    const auto parsed = json ? text::parse_json(*json) : Result<text::Json>(json.error());
    const bool is_tuple = parsed && parsed->is_array() && parsed->size() == 3 &&
                          std::ranges::all_of(*parsed, [](const text::Json& part) { return part.is_string(); });
    if (!is_tuple) {
        return broken("is not a next_cursor of this API");
    }
    const auto id = parse_uuid((*parsed)[2].get_ref<const std::string&>());
    if (!id) {
        return broken("is not a next_cursor of this API");
    }
    if ((*parsed)[0].get_ref<const std::string&>() != list) {
        return broken("belongs to another list, or to another order of this one");
    }
    return Cursor{.key = (*parsed)[1].get<std::string>(), .id = *id};
}

}  // namespace lupaus::inbox
