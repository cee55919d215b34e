// Appends JSON to a string: no tree, no allocation besides the string, commas by itself. For events, pages and log
// lines. The caller balances begin and end. Broken UTF-8 and U+0000 become U+FFFD, so PostgreSQL takes every output.
//     JsonWriter json(out);
//     json.begin_object().field("id", id).field("text",
//     text).key("tags").begin_array().value("vip").end_array().end_object();
#pragma once

#include "common/base/clock.hpp"
#include "common/base/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::text {

void append_json_string(std::string& out, std::string_view text);  // with its quotes

class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& raw(std::string_view json);  // a value that is JSON already

    JsonWriter& value(std::string_view text);

    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }

    JsonWriter& value(const char* text) { return value(std::string_view(text)); }

    JsonWriter& value(double number);  // not finite: null
    JsonWriter& value(std::nullptr_t);
    JsonWriter& value(Timestamp time);
    JsonWriter& value(const Uuid& id);

    JsonWriter& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }

    template <std::integral Number>
        requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
    JsonWriter& value(Number number) {
        if constexpr (std::signed_integral<Number>) {
            return integer(static_cast<std::int64_t>(number));
        } else {
            return unsigned_integer(static_cast<std::uint64_t>(number));
        }
    }

    template <class Tag>
    JsonWriter& value(const StrongId<Tag>& id) {
        return value(id.value);
    }

    template <class Value>
    JsonWriter& value(const std::optional<Value>& maybe) {
        return maybe ? value(*maybe) : value(nullptr);
    }

    template <class Value>
    JsonWriter& field(std::string_view name, const Value& content) {
        key(name);
        return value(content);
    }

    JsonWriter& raw_field(std::string_view name, std::string_view json) {
        key(name);
        return raw(json);
    }

private:
    void separate();
    JsonWriter& integer(std::int64_t number);
    JsonWriter& unsigned_integer(std::uint64_t number);

    std::string& out_;
    bool comma_ = false;  // the next key or value follows another one
};

}  // namespace lupaus::text
