#include "services/lupaus/simulate/log.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::simulate {

namespace {

using nlohmann::json;

constexpr std::string_view kMarkBegins = " #";

const json& member(const json& object, const char* name) {
    static const json kNothing;
    const auto at = object.is_object() ? object.find(name) : object.end();
    return at == object.end() ? kNothing : *at;
}

std::string text_of(const json& object, const char* name) {
    const auto& value = member(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

// Empty: a message of somebody else.
std::string mark_of(const std::string& text, std::string_view run) {
    const auto at = text.rfind(kMarkBegins);
    auto mark = at == std::string::npos ? std::string() : text.substr(at + kMarkBegins.size());
    return mark.starts_with(std::string(run) + '-') ? mark : std::string();
}

}  // namespace

std::string make_mark(std::string_view run, int number) {
    return std::string(run) + '-' + std::to_string(number);
}

std::string with_mark(std::string_view text, std::string_view mark) {
    return std::string(text) + std::string(kMarkBegins) + std::string(mark);
}

void count_event(Tally& tally, const json& event, std::string_view run) {
    const auto type = text_of(event, "type");
    if (type == "message.created") {
        const auto& message = member(event, "message");
        const auto mark = mark_of(text_of(message, "text"), run);
        if (!mark.empty() && text_of(message, "direction") == "in") {
            tally.stored(mark, text_of(message, "conversation_id"));
        }
        return;
    }
    const auto& promise = member(event, "promise");
    if (text_of(promise, "kind") != "first_reply") {
        return;
    }
    const auto id = text_of(promise, "id");
    if (const auto opened = parse_rfc3339(text_of(promise, "opened_at")); type == "promise.opened" && opened) {
        tally.promised(id, text_of(member(event, "conversation"), "id"), *opened);
    } else if (const auto settled = parse_rfc3339(text_of(promise, "settled_at"));
               type == "promise.settled" && settled) {
        const auto outcome = text_of(promise, "outcome");
        if (outcome == "kept" || outcome == "late") {
            tally.replied(id, *settled);
        } else {
            tally.released(id);
        }
    }
}

}  // namespace lupaus::simulate
