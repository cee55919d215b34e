#include "services/courier/slack.hpp"

#include "common/base/clock.hpp"
#include "common/text/json.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/webhook/rules.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace lupaus::courier {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using text::Json;

constexpr std::string_view kBetween = " \xC2\xB7 ";

// What deserves better words than its type.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kHeadlines{{
    {"ping", "This webhook works"},
    {"message.created", "New message"},
    {"conversation.created", "New conversation"},
    {"promise.due_soon", "Reply due soon"},
    {"promise.overdue", "Reply overdue"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAlerts{{
    {"silent", "Customer without an answer"},
    {"unattended", "Nobody can take this"},
    {"undelivered", "Reply not delivered"},
}};

std::string string_at(const Json& object, std::string_view name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& member(const Json& object, std::string_view name) {
    static const Json nothing;
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() ? *found : nothing;
}

// The three characters that mean something to Slack: no name may call a channel or hide a link.
std::string escape(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            default:
                safe += c == '\n' || c == '\r' ? ' ' : c;
        }
    }
    return safe;
}

template <class Table>
std::optional<std::string_view> look_up(const Table& table, std::string_view word) {
    const auto found = std::ranges::find(table, word, [](const auto& row) { return row.first; });
    return found == table.end() ? std::nullopt : std::optional(found->second);
}

// "conversation.resolved" as "Conversation resolved".
std::string spell_out(std::string type) {
    std::ranges::replace(type, '.', ' ');
    std::ranges::replace(type, '_', ' ');
    if (!type.empty() && type[0] >= 'a' && type[0] <= 'z') {
        type[0] = static_cast<char>(type[0] - 'a' + 'A');
    }
    return type;
}

std::string headline(const Json& event) {
    const auto type = string_at(event, "type");
    if (type == "alert.raised") {
        const auto& alert = member(event, "alert");
        const auto kind = string_at(alert, "kind");
        if (kind == "promise") {
            return member(alert, "level") == 0 ? "Alert: Reply due soon" : "Alert: Reply overdue";
        }
        if (const auto words = look_up(kAlerts, kind)) {
            return "Alert: " + std::string(*words);
        }
    }
    const auto words = look_up(kHeadlines, type);
    return words ? std::string(*words) : spell_out(type);
}

std::string length_in_words(seconds length) {
    const auto part = [](auto count, std::string_view unit) {
        return std::to_string(count.count()) + std::string(unit);
    };
    if (length < minutes{1}) {
        return part(length, " s");
    }
    if (length < hours{1}) {
        return part(std::chrono::floor<minutes>(length), " min");
    }
    if (length < days{1}) {
        return part(std::chrono::floor<hours>(length), " h");
    }
    return part(std::chrono::floor<days>(length), " d");
}

std::optional<std::string> wait_in_words(const Json& event, const Json& conversation) {
    const auto since = parse_rfc3339(string_at(conversation, "waiting_since"));
    const auto now = parse_rfc3339(string_at(event, "occurred_at"));
    if (!since || !now) {
        return std::nullopt;
    }
    return "waiting " + length_in_words(std::max(seconds{0}, std::chrono::floor<seconds>(*now - *since)));
}

// A URL has none of the characters that would end the link.
std::string link(const std::string& link_url, const std::string& id, const std::string& number) {
    return '<' + escape(desk::webhook::fill_link(link_url, id, number)) + "|#" + number + '>';
}

}  // namespace

std::string slack_body(std::string_view event_json, const std::optional<std::string>& link_url) {
    const auto event = text::parse_json(event_json);
    std::string line = event ? escape(headline(*event)) : "An event";
    const auto& conversation = event ? member(*event, "conversation") : Json();
    if (conversation.is_object()) {
        const auto name = string_at(member(conversation, "contact"), "name");
        const auto& number = member(conversation, "number");
        const auto digits = number.is_number_integer() ? std::to_string(number.get<std::int64_t>()) : std::string("?");
        line += ": " + (name.empty() ? std::string("a customer without a name") : escape(name));
        if (const auto wait = wait_in_words(*event, conversation)) {
            line.append(kBetween).append(*wait);
        }
        line.append(kBetween);
        line += link_url ? link(*link_url, string_at(conversation, "id"), digits) : '#' + digits;
    }
    std::string body;
    text::JsonWriter(body).begin_object().field("text", line).end_object();
    return body;
}

}  // namespace lupaus::courier
