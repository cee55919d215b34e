// The Date field (RFC 5322, section 3.3, and 4.3 for the obsolete forms: years of two digits, zones with names). Pure.
#pragma once

#include "common/base/clock.hpp"

#include <optional>
#include <string_view>

namespace lupaus::mail {

// Nothing for what is no date between 1970 and 2261. Without a zone, or with one that nobody knows, it is UTC.
std::optional<Timestamp> parse_date(std::string_view folded);

}  // namespace lupaus::mail
