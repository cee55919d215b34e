#include "services/desk/channel/json.hpp"

#include "services/desk/channel/email_json.hpp"
#include "services/desk/channel/rules.hpp"
#include "services/desk/event/store.hpp"

namespace lupaus::desk::channel {

namespace {

void write_mailbox(text::JsonWriter& json, const Channel& channel) {
    json.key("mailbox");
    if (!has_mailbox(channel)) {
        json.value(nullptr);
        return;
    }
    const auto& health = channel.mailbox;
    json.begin_object().field("state", to_string(health.state)).field("reason", health.reason);
    json.field("last_good_at", health.last_good_at).field("mails", health.mails);
    json.field("stored", health.stored).end_object();
}

}  // namespace

void write_fields(text::JsonWriter& json, const Channel& channel) {
    json.field("id", channel.id).field("kind", to_string(channel.kind)).field("name", channel.name);
    json.field("path", hook_path(channel.kind, channel.id)).field("team_id", id_or_null(channel.team));
    json.field("skill", channel.skill).field("weight", channel.weight).field("outbound_url", channel.outbound_url);
    json.field("reopen_window_s", channel.reopen_window ? std::optional(channel.reopen_window->count()) : std::nullopt);
    json.field("reopen_to", to_string(channel.reopen_to)).field("bot_token_id", id_or_null(channel.bot));
    json.field("live_since", channel.live_since).field("rotating", channel.rotating);
    json.field("disabled", channel.disabled_at.has_value()).field("version", channel.version);
    if (channel.email) {
        json.key("email");
        write_email(json, *channel.email);
        write_mailbox(json, channel);
    }
}

std::string to_json(const Channel& channel) {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object();
    write_fields(json, channel);
    json.end_object();
    return body;
}

event::Draft describe(std::string_view type, const Channel& channel, const event::Actor& actor) {
    return event::describe(channel.account, actor, {.type = type, .member = "channel", .json = to_json(channel)});
}

}  // namespace lupaus::desk::channel
