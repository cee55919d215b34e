#include "services/desk/view/json.hpp"

#include "services/desk/conversation/rules.hpp"

namespace lupaus::desk::view {

void write(text::JsonWriter& json, const SavedView& view) {
    json.begin_object();
    json.field("id", view.id).field("name", view.name).field("shared", view.agent.is_nil());
    json.raw_field("filter", view.filter).field("sort", conversation::to_string(view.sort));
    json.field("position", view.position).field("version", view.version);
    json.end_object();
}

std::string to_json(const SavedView& view) {
    std::string body;
    text::JsonWriter json(body);
    write(json, view);
    return body;
}

}  // namespace lupaus::desk::view
