#include "services/desk/attribute/json.hpp"

#include "services/desk/attribute/rules.hpp"

namespace lupaus::desk::attribute {

void write(text::JsonWriter& json, const Attribute& attribute) {
    json.begin_object();
    json.field("id", attribute.id).field("applies_to", to_string(attribute.applies_to)).field("key", attribute.key);
    json.field("name", attribute.name).field("type", to_string(attribute.type));
    json.key("choices").begin_array();
    for (const auto& choice : attribute.choices) {
        json.value(choice);
    }
    json.end_array().field("version", attribute.version);
    json.end_object();
}

std::string to_json(const Attribute& attribute) {
    std::string body;
    text::JsonWriter json(body);
    write(json, attribute);
    return body;
}

}  // namespace lupaus::desk::attribute
