// The log: one JSON object a line on stderr, a constant text plus fields, so that lines can be searched by either.
//     log::info("message accepted", {{"account", account}, {"count", 3}, {"request_id", request_id}});
// Any thread; a line is written at once, whole, with CR and LF escaped and long strings cut. A Secret is no field.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/secret.hpp"
#include "common/base/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lupaus::log {

enum class Level { debug, info, warn, error };

inline constexpr std::size_t kValueBytesMax = 4 * 1024;

// Lives for one statement: strings are viewed, not copied.
class Field {
public:
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, Uuid>;

    Field(std::string_view key, std::string_view text) : key_(key), value_(text) {}

    Field(std::string_view key, const std::string& text) : key_(key), value_(std::string_view(text)) {}

    Field(std::string_view key, const char* text) : key_(key), value_(std::string_view(text)) {}

    Field(std::string_view key, double number) : key_(key), value_(number) {}

    Field(std::string_view key, const Uuid& id) : key_(key), value_(id) {}

    Field(std::string_view key, std::same_as<bool> auto flag) : key_(key), value_(flag) {}

    Field(std::string_view key, const Secret& secret) = delete;

    template <class Tag>
    Field(std::string_view key, const StrongId<Tag>& id) : key_(key), value_(id.value) {}

    template <std::signed_integral Number>
    Field(std::string_view key, Number number) : key_(key), value_(static_cast<std::int64_t>(number)) {}

    template <std::unsigned_integral Number>
        requires(!std::same_as<Number, bool>)
    Field(std::string_view key, Number number) : key_(key), value_(static_cast<std::uint64_t>(number)) {}

    std::string_view key() const { return key_; }

    const Value& value() const { return value_; }

private:
    std::string_view key_;
    Value value_;
};

using Fields = std::initializer_list<Field>;

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});
bool enabled(Level level);

void set_level(Level level);  // info until set
std::optional<Level> parse_level(std::string_view word);
std::string describe(std::exception_ptr failure);  // what() of an exception, for a field

// Sends every line (without its newline) elsewhere instead of stderr; for tests. An empty function restores stderr.
void redirect(std::function<void(std::string_view line)> writer);

}  // namespace lupaus::log
