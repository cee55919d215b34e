#include "services/desk/canned/json.hpp"

namespace lupaus::desk::canned {

void write(text::JsonWriter& json, const Canned& canned) {
    json.begin_object();
    json.field("id", canned.id).field("shortcut", canned.shortcut).field("text", canned.text);
    json.field("team_id", id_or_null(canned.team)).field("version", canned.version);
    json.end_object();
}

std::string to_json(const Canned& canned) {
    std::string body;
    text::JsonWriter json(body);
    write(json, canned);
    return body;
}

}  // namespace lupaus::desk::canned
