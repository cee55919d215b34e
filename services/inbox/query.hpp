// Numbers in query parameters and headers. Pure. Errors: invalid, naming the parameter.
#pragma once

#include "common/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace lupaus::inbox {

struct NumberRule {
    std::int64_t min = 0;
    std::int64_t max = 0;
};

// Nothing where there is no text.
Result<std::optional<std::int64_t>> read_number(std::string_view name, std::optional<std::string_view> text,
                                                const NumberRule& rule);

}  // namespace lupaus::inbox
