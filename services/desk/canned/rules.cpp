#include "services/desk/canned/rules.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace lupaus::desk::canned {

namespace {

struct Variable {
    std::string_view name;
    std::string Values::* value;
};

constexpr std::array kVariables{
    Variable{"contact.name", &Values::contact_name},    Variable{"agent.name", &Values::agent_name},
    Variable{"team.name", &Values::team_name},          Variable{"channel.name", &Values::channel_name},
    Variable{"conversation.subject", &Values::subject}, Variable{"conversation.number", &Values::number},
};

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(' ');
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
}

const Variable* find_variable(std::string_view name) {
    const auto found = std::ranges::find(kVariables, name, &Variable::name);
    return found == kVariables.end() ? nullptr : &*found;
}

// Text up to a variable, its name, and what comes after it.
struct Piece {
    std::string_view before;
    std::optional<std::string_view> name;
    std::string_view after;
    bool is_whole = true;  // the braces have both ends
};

Piece next_piece(std::string_view text) {
    const auto open = text.find(kOpen);
    if (open == std::string_view::npos) {
        return {.before = text, .name = {}, .after = {}, .is_whole = text.find(kClose) == std::string_view::npos};
    }
    const auto close = text.find(kClose);
    if (close == std::string_view::npos || close < open) {
        return {.before = text, .name = {}, .after = {}, .is_whole = false};
    }
    const auto name_at = open + kOpen.size();
    return {.before = text.substr(0, open),
            .name = trim(text.substr(name_at, close - name_at)),
            .after = text.substr(close + kClose.size())};
}

}  // namespace

bool is_shortcut(std::string_view text) {
    const auto is_fitting = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !text.empty() && text.size() <= kShortcutBytesMax && std::ranges::all_of(text, is_fitting);
}

std::string find_mistake(std::string_view text) {
    while (!text.empty()) {
        const auto piece = next_piece(text);
        if (!piece.is_whole) {
            return "has braces without their other end: {{ and }} go together";
        }
        if (piece.name && find_variable(*piece.name) == nullptr) {
            return "has the unknown variable {{" + std::string(*piece.name) + "}}; there are " + variable_words();
        }
        text = piece.after;
    }
    return {};
}

bool mentions(std::string_view text, std::string_view variable) {
    for (auto piece = next_piece(text); piece.name; piece = next_piece(piece.after)) {
        if (*piece.name == variable) {
            return true;
        }
    }
    return false;
}

Result<void> check_text(std::string_view text) {
    auto mistake = find_mistake(text);
    return mistake.empty() ? Result<void>() : Result<void>(invalid_field("/text", std::move(mistake)));
}

std::string variable_words() {
    std::string words;
    for (const auto& variable : kVariables) {
        words += words.empty() ? "" : ", ";
        words += variable.name;
    }
    return words;
}

std::string render(std::string_view text, const Values& values) {
    std::string rendered;
    while (!text.empty()) {
        const auto piece = next_piece(text);
        rendered += piece.before;
        const auto* variable = piece.name ? find_variable(*piece.name) : nullptr;
        rendered += variable == nullptr ? std::string() : values.*(variable->value);
        text = piece.after;
    }
    return rendered;
}

}  // namespace lupaus::desk::canned
