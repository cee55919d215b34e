#include "services/desk/conversation/json.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/promise/rules.hpp"

namespace lupaus::desk::conversation {

namespace {

template <class Tag>
std::optional<StrongId<Tag>> maybe(const StrongId<Tag>& id) {
    return id.is_nil() ? std::nullopt : std::optional(id);
}

void append_owed(text::JsonWriter& json, const std::optional<Owed>& owed) {
    if (!owed) {
        json.field("owed", nullptr);
        return;
    }
    json.key("owed").begin_object();
    json.field("id", owed->id);
    json.field("kind", promise::to_string(static_cast<promise::Kind>(owed->kind)));
    json.field("opened_at", owed->opened_at);
    json.field("due_at", owed->due_at);
    json.end_object();
}

}  // namespace

void append_json(std::string& out, const Conversation& c) {
    text::JsonWriter json(out);
    json.begin_object();
    json.field("id", c.id).field("number", c.number).field("subject", c.subject).field("state", to_string(c.state));
    json.field("channel_id", c.channel);
    json.key("contact").begin_object().field("id", c.contact).field("name", c.contact_name).end_object();
    json.field("assignee_id", maybe(c.assignee))
        .field("team_id", maybe(c.team))
        .field("priority", to_string(c.priority));
    json.field("visibility", to_string(c.visibility)).field("thread_id", c.thread_id);
    json.field("external_ref", c.external_ref);
    json.key("tags").begin_array();
    for (const auto& tag : c.tags) {
        json.value(tag);
    }
    json.end_array().raw_field("attributes", c.attributes);
    json.field("bot_token_id", maybe(c.bot)).field("waiting_since", c.waiting_since);
    append_owed(json, c.owed);
    json.field("previous_id", maybe(c.previous)).field("previous_agent_id", maybe(c.previous_agent));
    json.field("split_from", maybe(c.split_from)).field("merged_into", maybe(c.merged_into)).field("spam", c.spam);
    json.field("snoozed_until", c.snoozed_until).field("resolved_at", c.resolved_at);
    json.field("last_message_at", c.last_message_at).field("created_at", c.created_at).field("version", c.version);
    json.end_object();
}

std::string to_json(const Conversation& conversation) {
    std::string out;
    out.reserve(768);
    append_json(out, conversation);
    return out;
}

std::string handover_members(TokenId bot, std::string_view reason) {
    return R"("reason":")" + std::string(reason) + R"(","bot_token_id":")" + to_string(bot) + "\"";
}

}  // namespace lupaus::desk::conversation
