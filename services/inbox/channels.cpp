#include "common/net/url_guard.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/desk/channel/email_json.hpp"
#include "services/desk/channel/email_store.hpp"
#include "services/desk/channel/json.hpp"
#include "services/desk/channel/rules.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/timer/store.hpp"
#include "services/desk/token/rules.hpp"
#include "services/desk/token/store.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

#include <array>

namespace lupaus::inbox {

namespace {

using desk::ChannelId;
using desk::channel::Channel;
using desk::channel::Kind;

constexpr std::string_view kByName = "channels.name";

constexpr std::array kKinds{text::Choice<Kind>{"webhook", Kind::webhook}, text::Choice<Kind>{"email", Kind::email}};

using desk::channel::ReopenTo;

constexpr std::array kReopenTos{text::Choice<ReopenTo>{"same_agent", ReopenTo::same_agent},
                                text::Choice<ReopenTo>{"queue", ReopenTo::queue}};

void write_channel(text::JsonWriter& json, const Channel& channel) {
    json.begin_object();
    write_fields(json, channel);
    json.end_object();
}

// With secrets that were made just now: the only time they are shown.
std::string channel_json(const Channel& channel, const std::optional<std::string>& secret,
                         const std::optional<std::string>& outbound_secret) {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object();
    write_fields(json, channel);
    if (secret) {
        json.field("secret", *secret);
    }
    if (outbound_secret) {
        json.field("outbound_secret", *outbound_secret);
    }
    json.end_object();
    return body;
}

// The form only: where it leads is judged by the guard of whoever calls it, every time.
void read_outbound_url(text::JsonReader& reader, Channel& channel) {
    constexpr std::size_t kUrlBytesMax = 2048;
    const bool given = reader.has("outbound_url");
    const auto url = reader.optional_string("outbound_url", {.max_bytes = kUrlBytesMax});
    if (!given) {
        return;
    }
    if (url) {
        if (const auto parsed = net::parse_url(*url); !parsed) {
            reader.fail("outbound_url", parsed.error().detail);
        }
    }
    channel.outbound_url = url;
}

// A bot is an integrator's token with the scope for it; one that has ended could answer nobody.
void read_bot(Tx& tx, text::JsonReader& reader, Channel& channel) {
    const bool given = reader.has("bot_token_id");
    const auto bot = reader.optional_id<desk::TokenId>("bot_token_id");
    if (!given) {
        return;
    }
    if (bot) {
        const auto token = desk::token::find(tx, channel.account, *bot);
        if (!token || !desk::token::is_bot(*token)) {
            reader.fail("bot_token_id", "names no token with the scope bot");
        } else if (desk::token::has_ended(*token, desk::database_now(tx))) {
            reader.fail("bot_token_id", "names a token that was revoked or has expired");
        }
    }
    channel.bot = bot.value_or(desk::TokenId{});
}

// What a bot has when its token expires goes to the desk then, as when it is revoked.
void watch_bot(Tx& tx, const Call& call, const Channel& channel) {
    const auto token = channel.bot.is_nil() ? std::nullopt : desk::token::find(tx, channel.account, channel.bot);
    if (token && token->expires_at) {
        desk::timer::put(
            tx, {{{.account = channel.account, .kind = desk::timer::Kind::bot_end, .subject = channel.bot.value},
                  *token->expires_at}});
        tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::due); });
    }
}

// null: as the desk is configured.
void read_reopening(text::JsonReader& reader, Channel& channel) {
    const bool has_window = reader.has("reopen_window_s");
    const auto window =
        reader.optional_integer("reopen_window_s", {.min = 0, .max = desk::channel::kReopenWindowMax.count()});
    if (has_window) {
        channel.reopen_window = window ? std::optional(std::chrono::seconds{*window}) : std::nullopt;
    }
    channel.reopen_to = reader.optional_one_of<ReopenTo>("reopen_to", kReopenTos).value_or(channel.reopen_to);
}

void read_changes(Tx& tx, text::JsonReader& reader, Channel& channel) {
    channel.name = reader.optional_string("name").value_or(channel.name);
    const bool has_team = reader.has("team_id");
    const auto team = reader.optional_id<desk::TeamId>("team_id");
    channel.team = has_team ? team.value_or(desk::TeamId{}) : channel.team;
    const bool has_skill = reader.has("skill");
    const auto skill = reader.optional_string("skill");
    channel.skill = has_skill ? skill : channel.skill;
    const text::IntegerRule weight{.min = 0, .max = desk::channel::kWeightMax};
    channel.weight = static_cast<int>(reader.optional_integer("weight", weight).value_or(channel.weight));
    channel.live_since = reader.optional_timestamp("live_since").value_or(channel.live_since);
    read_outbound_url(reader, channel);
    read_reopening(reader, channel);
    read_bot(tx, reader, channel);
}

struct Edit {
    Channel before;
    Channel after;
    desk::channel::MailSecrets secrets;  // that are new
};

Result<Edit> read_edit(Tx& tx, const Call& call) {
    const auto id = path_id<ChannelId>(call, "channel");
    const auto before = id ? desk::channel::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!before) {
        return not_found("channel");
    }
    if (auto match = check_if_match(call.request, before->version); !match) {
        return match.error();
    }
    text::JsonReader reader(call.body);
    Edit edit{.before = *before, .after = *before, .secrets = {}};
    read_changes(tx, reader, edit.after);
    edit.secrets = desk::channel::read_email(reader, edit.after);
    if (const auto disabled = reader.optional_boolean("disabled")) {
        edit.after.disabled_at =
            *disabled ? std::optional(before->disabled_at.value_or(desk::database_now(tx))) : std::nullopt;
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return edit;
}

desk::channel::ChannelKey key_of(const Channel& channel) {
    return {.account = channel.account, .id = channel.id};
}

}  // namespace

Result<Answer> handle_list_channels(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByName);
    if (!page) {
        return page.error();
    }
    std::optional<desk::channel::After> after;
    if (page->after) {
        after = desk::channel::After{.name = page->after->key, .id = ChannelId{page->after->id}};
    }
    const auto rows = desk::channel::list(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Channel& channel) { return Cursor{.key = channel.name, .id = channel.id.value}; };
    return Answer{.status = 200, .body = write_page(kByName, *page, rows, write_channel, place)};
}

Result<Answer> handle_get_channel(Tx& tx, const Call& call) {
    const auto id = path_id<ChannelId>(call, "channel");
    const auto channel = id ? desk::channel::find(tx, call.principal.account, *id) : std::nullopt;
    if (!channel) {
        return not_found("channel");
    }
    return found(to_json(*channel), channel->version);
}

Result<Answer> handle_create_channel(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    Channel channel;
    channel.account = call.principal.account;
    channel.id = ChannelId::make();
    channel.kind = reader.one_of<Kind>("kind", kKinds);
    read_changes(tx, reader, channel);
    channel.name = reader.string("name");
    const auto mail_secrets = desk::channel::read_email(reader, channel);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto secrets = desk::channel::create(tx, call.desk.box, channel);
    if (!secrets) {
        return secrets.error();
    }
    if (channel.email) {
        if (auto stored = desk::channel::put_email(tx, call.desk.box, channel, mail_secrets); !stored) {
            return stored.error();
        }
    }
    watch_bot(tx, call, channel);
    append_changes(tx, call, {describe("channel.created", channel, call.actor())});
    return created(channel_json(channel, secrets->inbound, secrets->outbound), channel.version);
}

Result<Answer> handle_edit_channel(Tx& tx, const Call& call) {
    auto edit = read_edit(tx, call);
    if (!edit) {
        return edit.error();
    }
    auto& [before, after, mail_secrets] = *edit;
    if (auto stored = desk::channel::update(tx, after); !stored) {
        return stored.error();
    }
    if (after.email) {
        if (auto stored = desk::channel::put_email(tx, call.desk.box, after, mail_secrets); !stored) {
            return stored.error();
        }
    }
    // An address that is new here gets a secret; one that only moved keeps its own.
    std::optional<std::string> outbound_secret;
    if (after.outbound_url && !before.outbound_url) {
        outbound_secret = desk::channel::replace_outbound_secret(tx, call.desk.box, key_of(after));
    }
    if (after.bot != before.bot) {
        watch_bot(tx, call, after);
    }
    if (after.skill != before.skill) {
        desk::agent::push_drain(tx, call.desk.wakeups, after.account, {});
    }
    const auto channel = desk::channel::find(tx, after.account, after.id);
    append_changes(tx, call, {describe("channel.updated", *channel, call.actor())});
    return found(channel_json(*channel, std::nullopt, outbound_secret), channel->version);
}

Result<Answer> handle_rotate_secret(Tx& tx, const Call& call) {
    const auto id = path_id<ChannelId>(call, "channel");
    const auto before = id ? desk::channel::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!before) {
        return not_found("channel");
    }
    text::JsonReader reader(call.body);
    const auto which = reader.optional_one_of("which", {"inbound", "outbound"}).value_or("inbound");
    if (which == "outbound" && !before->outbound_url) {
        reader.fail("which", "names a secret that this channel does not have: it has no outbound_url");
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    std::optional<std::string> secret;
    std::optional<std::string> outbound_secret;
    if (which == "inbound") {
        secret = desk::channel::rotate(tx, call.desk.box, key_of(*before));
    } else {
        outbound_secret = desk::channel::replace_outbound_secret(tx, call.desk.box, key_of(*before));
    }
    const auto channel = desk::channel::find(tx, before->account, before->id);
    append_changes(tx, call, {describe("channel.updated", *channel, call.actor())});
    return found(channel_json(*channel, secret, outbound_secret), channel->version);
}

Result<Answer> handle_finish_rotation(Tx& tx, const Call& call) {
    const auto id = path_id<ChannelId>(call, "channel");
    const auto before = id ? desk::channel::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!before) {
        return not_found("channel");
    }
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    desk::channel::finish_rotation(tx, key_of(*before));
    const auto channel = desk::channel::find(tx, before->account, before->id);
    append_changes(tx, call, {describe("channel.updated", *channel, call.actor())});
    return found(to_json(*channel), channel->version);
}

}  // namespace lupaus::inbox
