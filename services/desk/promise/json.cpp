#include "services/desk/promise/json.hpp"

#include "services/desk/promise/rules.hpp"

namespace lupaus::desk::promise {

namespace {

template <class Tag>
std::optional<StrongId<Tag>> maybe(const StrongId<Tag>& id) {
    return id.is_nil() ? std::nullopt : std::optional(id);
}

std::optional<std::int64_t> count_of(const std::optional<std::chrono::milliseconds>& time) {
    return time ? std::optional(time->count()) : std::nullopt;
}

// What every reader of promises has read.
void write_known(text::JsonWriter& json, const Promise& promise) {
    const auto text = promise.kind == Kind::commitment ? std::optional(promise.text) : std::nullopt;
    const auto outcome = promise.outcome ? std::optional(to_string(*promise.outcome)) : std::nullopt;
    json.field("id", promise.id).field("kind", to_string(promise.kind)).field("source", to_string(promise.source));
    json.field("text", text).field("conversation_id", maybe(promise.conversation));
    json.field("contact_id", maybe(promise.contact)).field("agent_id", maybe(promise.agent));
    json.field("outcome", outcome).field("opened_at", promise.opened_at).field("due_at", promise.due_at);
    json.field("settled_at", promise.settled_at).field("waiting_since", promise.waiting_since);
    json.field("bot_seconds", bot_seconds(promise));
}

}  // namespace

void write_fields(text::JsonWriter& json, const Promise& promise) {
    write_known(json, promise);
    json.field("message_id", maybe(promise.message)).field("team_id", maybe(promise.team));
    json.field("first_due_at", promise.first_due_at ? promise.first_due_at : promise.due_at);
    json.field("settled_agent_id", maybe(promise.settled_agent)).field("settled_team_id", maybe(promise.settled_team));
    json.field("settled_message_id", maybe(promise.settled_message)).field("delivered_at", promise.delivered_at);
    json.field("elapsed_ms", count_of(promise.elapsed)).field("business_ms", count_of(promise.business));
    json.field("succeeded_by", maybe(promise.succeeded_by)).field("told_before_due", promise.told_before_due);
}

void append_json(std::string& out, const Promise& promise) {
    text::JsonWriter json(out);
    json.begin_object();
    write_known(json, promise);
    json.end_object();
}

void append_whole_json(std::string& out, const Promise& promise) {
    text::JsonWriter json(out);
    json.begin_object();
    write_fields(json, promise);
    json.end_object();
}

}  // namespace lupaus::desk::promise
