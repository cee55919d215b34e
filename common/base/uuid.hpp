// 128-bit identifiers in the layout of RFC 9562. Version 7 ids are made in the program; they identify and never order.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;

    bool is_nil() const { return *this == Uuid{}; }
};

Uuid make_uuid_v7(std::chrono::system_clock::time_point now);  // thread-safe; random bits from the system's CSPRNG
Uuid make_uuid_v7();                                           // with the system clock
std::string to_string(const Uuid& id);                         // lower case, 36 characters
std::optional<Uuid> parse_uuid(std::string_view text);         // only the 36-character form, either case

// An id that cannot be mistaken for another kind of id. The tag is an incomplete type.
template <class Tag>
struct StrongId {
    Uuid value{};

    auto operator<=>(const StrongId&) const = default;

    bool is_nil() const { return value.is_nil(); }

    static StrongId make() { return StrongId{make_uuid_v7()}; }
};

template <class Tag>
std::string to_string(const StrongId<Tag>& id) {
    return to_string(id.value);
}

template <class Id>
std::optional<Id> parse_id(std::string_view text) {
    const auto value = parse_uuid(text);
    return value ? std::optional<Id>(Id{*value}) : std::nullopt;
}

}  // namespace lupaus

template <>
struct std::hash<lupaus::Uuid> {
    std::size_t operator()(const lupaus::Uuid& id) const noexcept {
        // The last eight bytes of a version 7 id are random; earlier ones are shared by ids of the same millisecond.
        std::uint64_t tail = 0;
        for (std::size_t i = 8; i < 16; ++i) {
            tail = tail << 8U | id.bytes[i];
        }
        return static_cast<std::size_t>(tail);
    }
};

template <class Tag>
struct std::hash<lupaus::StrongId<Tag>> {
    std::size_t operator()(const lupaus::StrongId<Tag>& id) const noexcept {
        return std::hash<lupaus::Uuid>{}(id.value);
    }
};
