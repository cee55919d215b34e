// Values of attributes as JSON: one as its type wants it, and what all of them become by a partial object. Pure.
#pragma once

#include "common/base/error.hpp"
#include "common/text/json.hpp"
#include "services/desk/attribute/types.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::attribute {

// The value as JSON, written as it is kept. Errors: a detail that continues "/attributes/key ...".
struct Read {
    std::string json;
    std::string fault;
};

Read read_value(const Attribute& attribute, const text::Json& value);

const Attribute* find_key(std::span<const Attribute> known, std::string_view key);

struct Merged {
    std::string by_key;                  // as it is shown
    std::optional<std::string> by_slot;  // as it is kept; empty: there are no values
    bool is_changed = false;
    std::vector<FieldError> faults;  // by key
};

// `shown`: the values before, by key. `given`: some of them anew; null takes one away.
Merged merge(std::span<const Attribute> known, std::string_view shown, const text::Json& given);

}  // namespace lupaus::desk::attribute
