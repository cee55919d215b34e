// The small language of canned replies: text, in which {{contact.name}} and a few others stand for what differs. There
// is no condition, no loop and no way to write two braces: what somebody saves is what everybody reads. Pure.
#pragma once

#include "common/base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lupaus::desk::canned {

inline constexpr std::size_t kShortcutBytesMax = 50;
inline constexpr std::size_t kTextBytesMax = 8 * 1024;

// What stands in the places. A value is put in as it is, and is not looked at for variables.
struct Values {
    std::string contact_name;
    std::string agent_name;  // of whoever asks
    std::string team_name;
    std::string channel_name;
    std::string subject;
    std::string number;
};

// Small letters, digits, '-' and '_'.
bool is_shortcut(std::string_view text);

// What is wrong with a text: a variable that is unknown, or braces without their other end. Empty: nothing.
std::string find_mistake(std::string_view text);

bool mentions(std::string_view text, std::string_view variable);  // of a text that was checked

// Errors: invalid, naming /text and the variable that is unknown, or braces without their other end.
Result<void> check_text(std::string_view text);

std::string variable_words();  // all of them, for people

// Of a text that was checked.
std::string render(std::string_view text, const Values& values);

}  // namespace lupaus::desk::canned
