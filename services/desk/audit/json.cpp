#include "services/desk/audit/json.hpp"

#include <string_view>

namespace lupaus::desk::audit {

namespace {

std::string_view actor_type(const Entry& entry) {
    if (!entry.agent.is_nil()) {
        return "agent";
    }
    return entry.token.is_nil() ? "operator" : "token";
}

}  // namespace

void write(text::JsonWriter& json, const Entry& entry) {
    json.begin_object().field("id", entry.id).field("occurred_at", entry.at);
    json.key("actor").begin_object().field("type", actor_type(entry));
    json.field("id", id_or_null(entry.agent)).field("token_id", id_or_null(entry.token)).end_object();
    json.field("operation", entry.operation);
    json.key("subject").begin_object().field("kind", entry.kind).field("id", entry.subject).end_object();
    json.raw_field("changes", entry.changes).end_object();
}

}  // namespace lupaus::desk::audit
