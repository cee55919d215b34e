// The member `attributes` of an edit: a partial object, in which null takes a value away.
#pragma once

#include "common/postgres/tx.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/attribute/types.hpp"
#include "services/desk/ids.hpp"

#include <optional>
#include <string>

namespace lupaus::inbox {

struct AttributesEdit {
    std::string by_key;                  // as they are shown from now on
    std::optional<std::string> by_slot;  // as they are kept
};

struct AttributesBefore {
    desk::AccountId account;
    desk::attribute::Subject subject{};
    const std::string& by_key;
};

// Empty: nothing changes, or the reader has an error, which names /attributes/<key>.
std::optional<AttributesEdit> read_attributes(Tx& tx, text::JsonReader& reader, const AttributesBefore& before);

}  // namespace lupaus::inbox
