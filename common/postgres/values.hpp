// The text forms PostgreSQL reads and writes: array literals built without a temporary per element, timestamps in UTC.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/uuid.hpp"

#include <pqxx/pqxx>

#include <optional>
#include <string>
#include <string_view>

namespace lupaus {

// Builds '{...}' for unnest($1::uuid[]) and its like. NUL bytes must have been refused at the edge.
class ArrayText {
public:
    ArrayText& add(std::string_view text);  // quoted and escaped
    ArrayText& add(const Uuid& id);
    ArrayText& add(std::int64_t number);
    ArrayText& add(bool value);
    ArrayText& add(Timestamp time);
    ArrayText& add_null();
    ArrayText& add_bytes(std::string_view bytes);  // bytea in hex form

    template <class Tag>
    ArrayText& add(const StrongId<Tag>& id) {
        return id.is_nil() ? add_null() : add(id.value);
    }

    ArrayText& add(const char* text) { return add(std::string_view(text)); }

    ArrayText& add(const std::string& text) { return add(std::string_view(text)); }

    template <class T>
        requires std::is_integral_v<T> && (!std::is_same_v<T, bool>)
    ArrayText& add(T number) {
        return add(static_cast<std::int64_t>(number));
    }

    template <class T>
        requires std::is_enum_v<T>
    ArrayText& add(T code) {
        return add(static_cast<std::int64_t>(code));
    }

    template <class T>
    ArrayText& add(const std::optional<T>& value) {
        return value ? add(*value) : add_null();
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::string str() const { return text_ + '}'; }

private:
    void separate();

    std::string text_ = "{";
    std::size_t size_ = 0;
};

// The literal of a range of what can be added.
template <class Items>
std::string array_text(const Items& items) {
    ArrayText array;
    for (const auto& item : items) {
        array.add(item);
    }
    return array.str();
}

std::string sql_timestamp(Timestamp time);             // with microseconds and Z
Timestamp read_timestamp(std::string_view text);       // PostgreSQL's ISO form in UTC; throws on anything else
std::optional<Timestamp> read_optional_timestamp(const pqxx::field& field);
Timestamp read_timestamp(const pqxx::field& field);
Uuid read_uuid(const pqxx::field& field);              // nil for NULL
std::optional<std::string> read_optional_text(const pqxx::field& field);
std::string read_bytes(const pqxx::field& field);      // of a bytea; empty for NULL
std::vector<std::string> read_text_array(const pqxx::field& field);

template <class Id>
Id read_id(const pqxx::field& field) {
    return Id{read_uuid(field)};
}

// Parameters: nil ids and empty optionals become NULL.
template <class Tag>
std::optional<std::string> sql_id(const StrongId<Tag>& id) {
    return id.is_nil() ? std::nullopt : std::optional(to_string(id.value));
}

inline std::optional<std::string> sql_time(const std::optional<Timestamp>& time) {
    return time ? std::optional(sql_timestamp(*time)) : std::nullopt;
}

}  // namespace lupaus
