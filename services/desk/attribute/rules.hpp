// What an attribute and its values may be. Pure.
#pragma once

#include "services/desk/attribute/types.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::desk::attribute {

inline constexpr std::size_t kKeyBytesMax = 40;
inline constexpr std::size_t kTextBytesMax = 500;  // of a value
inline constexpr std::size_t kChoicesMax = 50;
inline constexpr int kDigitsMax = 15;  // of a number: as many as every reader of JSON keeps
inline constexpr int kDecimalsMax = 9;

// Begins with a small letter; small letters, digits and '_'.
bool is_key(std::string_view text);

// YYYY-MM-DD, a day that there is, in the years 1 to 9999.
bool is_date(std::string_view text);

// The number as JSON writes it, without an exponent. Empty where it has more digits than are kept exactly.
std::optional<std::string> number_text(double number);

bool is_choice(const Attribute& attribute, std::string_view text);

std::string_view to_string(Subject subject);
std::string_view to_string(Type type);

}  // namespace lupaus::desk::attribute
