#include "common/postgres/values.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace lupaus {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
    int value = 0;
    const auto* first = text.data() + at;
    const auto parsed = std::from_chars(first, first + digits, value);
    if (at + digits > text.size() || parsed.ptr != first + digits) {
        throw std::runtime_error("unexpected timestamp from the database");
    }
    return value;
}

}  // namespace

void ArrayText::separate() {
    if (size_++ > 0) {
        text_ += ',';
    }
}

ArrayText& ArrayText::add(std::string_view text) {
    separate();
    text_ += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            text_ += '\\';
        }
        text_ += c;
    }
    text_ += '"';
    return *this;
}

ArrayText& ArrayText::add(const Uuid& id) {
    separate();
    text_ += to_string(id);
    return *this;
}

ArrayText& ArrayText::add(std::int64_t number) {
    separate();
    text_ += std::to_string(number);
    return *this;
}

ArrayText& ArrayText::add(bool value) {
    separate();
    text_ += value ? 't' : 'f';
    return *this;
}

ArrayText& ArrayText::add(Timestamp time) {
    separate();
    text_ += '"';
    text_ += sql_timestamp(time);
    text_ += '"';
    return *this;
}

ArrayText& ArrayText::add_null() {
    separate();
    text_ += "NULL";
    return *this;
}

ArrayText& ArrayText::add_bytes(std::string_view bytes) {
    separate();
    text_ += "\"\\\\x";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text_ += kHex[byte >> 4U];
        text_ += kHex[byte & 0x0fU];
    }
    text_ += '"';
    return *this;
}

std::string sql_timestamp(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::array<char, 64> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return std::string(buffer.data(), static_cast<std::size_t>(size));
}

// 2026-11-22 10:05:17.123456+00, the fraction as long as it needs to be
Timestamp read_timestamp(std::string_view text) {
    if (text.size() < 22 || !text.ends_with("+00")) {
        throw std::runtime_error("unexpected timestamp from the database");
    }
    const std::chrono::year_month_day date{std::chrono::year{number_at(text, 0, 4)},
                                           std::chrono::month{static_cast<unsigned>(number_at(text, 5, 2))},
                                           std::chrono::day{static_cast<unsigned>(number_at(text, 8, 2))}};
    Timestamp time{std::chrono::sys_days{date}};
    time += std::chrono::hours{number_at(text, 11, 2)} + std::chrono::minutes{number_at(text, 14, 2)} +
            std::chrono::seconds{number_at(text, 17, 2)};
    int unit = 100'000;
    for (std::size_t at = 20; text[19] == '.' && at + 3 < text.size(); ++at) {
        time += Micros{(text[at] - '0') * unit};
        unit /= 10;
    }
    return time;
}

std::optional<Timestamp> read_optional_timestamp(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(read_timestamp(field.view()));
}

Timestamp read_timestamp(const pqxx::field& field) {
    return read_timestamp(field.view());
}

Uuid read_uuid(const pqxx::field& field) {
    if (field.is_null()) {
        return Uuid{};
    }
    const auto id = parse_uuid(field.view());
    if (!id) {
        throw std::runtime_error("unexpected uuid from the database");
    }
    return *id;
}

std::optional<std::string> read_optional_text(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(std::string(field.view()));
}

std::string read_bytes(const pqxx::field& field) {
    if (field.is_null()) {
        return {};
    }
    const auto bytes = field.as<pqxx::bytes>();
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::vector<std::string> read_text_array(const pqxx::field& field) {
    std::vector<std::string> values;
    if (field.is_null()) {
        return values;
    }
    auto parser = pqxx::array_parser(field.view());
    for (auto item = parser.get_next(); item.first != pqxx::array_parser::juncture::done; item = parser.get_next()) {
        if (item.first == pqxx::array_parser::juncture::string_value) {
            values.push_back(std::move(item.second));
        }
    }
    return values;
}

}  // namespace lupaus
