#include "services/desk/audit/changes.hpp"

#include "common/text/utf8.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::desk::audit {

namespace {

using text::Json;

Json shown(const Json& value) {
    const auto words = value.is_string() ? value.get<std::string>() : text::dump(value);
    if (words.size() <= kValueBytesMax) {
        return value;
    }
    return std::string(text::utf8_prefix(words, kValueBytesMax)) + "…";
}

Json member(const Json& object, const std::string& name) {
    return object.is_object() && object.contains(name) ? object.at(name) : Json();
}

bool has(const Json& object, const std::string& name) {
    return object.is_object() && object.contains(name);
}

}  // namespace

std::string changes(const Views& views) {
    auto changed = Json::object();
    const bool is_gone = views.before.is_object() && !views.after.is_object();
    const auto& named = is_gone ? views.before : views.asked;
    for (const auto& [name, unused] : named.items()) {
        const bool is_shown = is_gone || has(views.after, name);
        const auto from = member(views.before, name);
        const auto to = member(views.after, name);
        if (is_shown && from != to) {
            changed[name] = {{"from", shown(from)}, {"to", shown(to)}};
        }
    }
    return text::dump(changed);
}

}  // namespace lupaus::desk::audit
