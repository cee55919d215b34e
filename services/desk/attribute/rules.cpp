#include "services/desk/attribute/rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace lupaus::desk::attribute {

namespace {

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Every character is a digit, as its callers have seen.
int number_of(std::string_view digits) {
    int number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace

bool is_key(std::string_view text) {
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
    return !text.empty() && text.size() <= kKeyBytesMax && is_letter(text.front()) && std::ranges::all_of(text, fits);
}

bool is_date(std::string_view text) {
    constexpr std::string_view kShape = "dddd-dd-dd";
    const auto fits = [](char c, char wanted) { return wanted == 'd' ? is_digit(c) : c == wanted; };
    if (!std::ranges::equal(text, kShape, fits)) {
        return false;
    }
    const std::chrono::year_month_day day{std::chrono::year{number_of(text.substr(0, 4))},
                                          std::chrono::month{static_cast<unsigned>(number_of(text.substr(5, 2)))},
                                          std::chrono::day{static_cast<unsigned>(number_of(text.substr(8, 2)))}};
    return day.ok() && day.year() >= std::chrono::year{1};
}

std::optional<std::string> number_text(double number) {
    // Beyond that many digits before the point nothing fits any more.
    if (!std::isfinite(number) || std::abs(number) >= 1e15) {
        return std::nullopt;
    }
    std::array<char, 400> buffer{};
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number == 0 ? 0.0 : number,
                                       std::chars_format::fixed);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
    const auto point = std::min(text.find('.'), text.size());
    const auto decimals = text.size() - std::min(point + 1, text.size());
    const auto first = text.find_first_of("123456789");
    const auto significant = first == std::string_view::npos ? 0 : std::ranges::count_if(text.substr(first), is_digit);
    const bool fits = decimals <= static_cast<std::size_t>(kDecimalsMax) && significant <= kDigitsMax;
    return fits ? std::optional<std::string>(text) : std::nullopt;
}

bool is_choice(const Attribute& attribute, std::string_view text) {
    return std::ranges::find(attribute.choices, text) != attribute.choices.end();
}

std::string_view to_string(Subject subject) {
    return subject == Subject::contact ? "contact" : "conversation";
}

std::string_view to_string(Type type) {
    switch (type) {
        case Type::text:
            return "text";
        case Type::number:
            return "number";
        case Type::boolean:
            return "boolean";
        case Type::date:
            return "date";
        case Type::choice:
            return "choice";
    }
    return "unknown";
}

}  // namespace lupaus::desk::attribute
