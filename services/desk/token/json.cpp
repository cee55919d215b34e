#include "services/desk/token/json.hpp"

#include "services/desk/agent/rules.hpp"
#include "services/desk/event/store.hpp"

namespace lupaus::desk::token {

void write_fields(text::JsonWriter& json, const Token& token) {
    json.field("id", token.id).field("name", token.name).field("prefix", token.prefix);
    json.field("agent_id", id_or_null(token.agent)).field("role", agent::to_string(token.role));
    json.key("scopes").begin_array();
    for (const auto& scope : token.scopes) {
        json.value(scope);
    }
    json.end_array().field("expires_at", token.expires_at).field("revoked_at", token.revoked_at);
    json.field("created_at", token.created_at);
}

void write_token(text::JsonWriter& json, const Token& token) {
    json.begin_object();
    write_fields(json, token);
    json.end_object();
}

event::Draft describe(std::string_view type, const Token& token, const event::Actor& actor) {
    std::string body;
    text::JsonWriter json(body);
    write_token(json, token);
    return event::describe(token.account, actor, {.type = type, .member = "token", .json = body});
}

}  // namespace lupaus::desk::token
