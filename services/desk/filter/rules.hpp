// The words of filters, which comparisons a field takes, and which states a filter leaves. Pure.
#pragma once

#include "services/desk/filter/types.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lupaus::desk::filter {

inline constexpr int kDepthMax = 4;  // of groups in groups
inline constexpr std::size_t kTermsMax = 20;
inline constexpr std::size_t kGroupsMax = 20;
inline constexpr std::size_t kValuesMax = 50;  // of one term

inline constexpr std::array<std::string_view, 4> kStateWords{"open", "pending", "snoozed", "resolved"};
inline constexpr std::array<std::string_view, 4> kPriorityWords{"low", "normal", "high", "urgent"};
inline constexpr std::string_view kMe = "me";      // of an assignee: whoever asks
inline constexpr std::string_view kNone = "none";  // of an assignee or a team

// What a value of the field is.
enum class Form : std::uint8_t { state, priority, id, text, flag, time, any };

struct FieldRule {
    std::string_view word;  // of an attribute: what stands before its key
    Field field{};
    Form form{};
    std::span<const Op> ops;
    bool has_none = false;  // "none" is a value
};

// By its word, or what begins with it, where it is an attribute; empty: no such field.
struct Named {
    const FieldRule* rule = nullptr;
    std::string key;
};

std::optional<Named> find_field(std::string_view word);
const FieldRule& rule_of(Field field);

std::optional<Op> find_op(std::string_view word);
std::string_view to_string(Op op);
std::string words_of(std::span<const Op> ops);  // for people
std::string field_words();

// "-2h", "+30d": a sign, at most four digits, and m, h, d or w.
std::optional<Offset> parse_offset(std::string_view text);
std::string to_string(const Offset& offset);
std::chrono::seconds length_of(const Offset& offset);

// By code: a conversation in another state cannot match. Where that is hard to say, all of them.
using States = std::array<bool, 4>;
States states_of(const Node& filter);

}  // namespace lupaus::desk::filter
