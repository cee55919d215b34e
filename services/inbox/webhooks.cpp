#include "services/inbox/webhooks.hpp"

#include "common/net/url_guard.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/event/rules.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/webhook/json.hpp"
#include "services/desk/webhook/rules.hpp"
#include "services/desk/webhook/store.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/time_cursor.hpp"

#include <algorithm>
#include <array>

namespace lupaus::inbox {

namespace {

using desk::WebhookId;
using desk::webhook::Format;
using desk::webhook::Listed;
using desk::webhook::Webhook;
using desk::webhook::WebhookKey;

constexpr std::string_view kByAge = "webhooks.created_at";
constexpr std::size_t kUrlBytesMax = 2048;

const std::array kFormats{text::Choice<Format>{desk::webhook::to_string(Format::event), Format::event},
                          text::Choice<Format>{desk::webhook::to_string(Format::slack), Format::slack}};

WebhookKey key_of(const Webhook& webhook) {
    return {.account = webhook.account, .id = webhook.id};
}

// With how far it is; with its secret only where that was made just now.
Answer show(Tx& tx, const Webhook& webhook, const std::optional<std::string>& secret, int status = 200) {
    Answer answer{.status = status, .body = {}, .version = webhook.version};
    text::JsonWriter json(answer.body);
    json.begin_object();
    write_fields(json, webhook);
    write_fields(json, desk::webhook::progress(tx, key_of(webhook)).value(), desk::database_now(tx));
    if (secret) {
        json.field("secret", *secret);
    }
    json.end_object();
    return answer;
}

// Last in the transaction.
void tell_of(Tx& tx, const Call& call, std::string_view type, const Webhook& webhook) {
    append_changes(tx, call, {describe(type, webhook, call.actor())});
}

// Whoever is told everything could as well read it.
Result<void> check_reader(const Call& call) {
    constexpr std::string_view kNeeded = "events:read";
    const auto& principal = call.principal;
    const bool is_program = principal.role == desk::agent::Role::integrator;
    if (is_program && std::ranges::find(principal.scopes, kNeeded) == principal.scopes.end()) {
        return Error{.code = Errc::forbidden, .detail = "This needs the scope events:read as well."};
    }
    return {};
}

// The form only: where it leads is judged by the courier's guard, every time.
std::string read_url(text::JsonReader& reader, std::string_view name, std::optional<std::string> given) {
    if (given) {
        if (const auto parsed = net::parse_url(*given); !parsed) {
            reader.fail(name, parsed.error().detail);
        }
    }
    return given.value_or("");
}

template <class Id>
void read_ids(text::JsonReader& reader, std::string_view name, std::vector<Id>& ids) {
    if (!reader.has(name)) {
        return;
    }
    ids.clear();
    for (const auto& id : reader.uuid_list(name)) {
        ids.push_back(Id{id});
    }
}

void read_filter(text::JsonReader& reader, desk::webhook::Filter& filter) {
    if (reader.has("types")) {
        filter.types = reader.string_list("types");
        for (const auto& type : filter.types) {
            if (!desk::event::is_type_pattern(type)) {
                reader.fail("types", "must hold types such as message.created or alert.*");
            }
        }
    }
    read_ids(reader, "team_ids", filter.teams);
    read_ids(reader, "channel_ids", filter.channels);
    filter.exclude_own = reader.optional_boolean("exclude_own").value_or(filter.exclude_own);
    const bool has_token = reader.has("token_id");
    const auto token = reader.optional_id<desk::TokenId>("token_id");
    filter.token = has_token ? token.value_or(desk::TokenId{}) : filter.token;
}

void read_settings(text::JsonReader& reader, Webhook& webhook) {
    webhook.name = reader.optional_string("name", {.min_bytes = 0}).value_or(webhook.name);
    webhook.format = reader.optional_one_of<Format>("format", kFormats).value_or(webhook.format);
    webhook.ordered = reader.optional_boolean("ordered").value_or(webhook.ordered);
    const bool has_link = reader.has("link_url");
    const auto link = reader.optional_string("link_url", {.max_bytes = kUrlBytesMax});
    if (has_link) {
        webhook.link_url = link;
    }
    if (has_link && link) {
        read_url(reader, "link_url", desk::webhook::fill_link(*link, "0", "0"));
    }
    read_filter(reader, webhook.filter);
}

Result<Webhook> find_locked(Tx& tx, const Call& call) {
    const auto id = path_id<WebhookId>(call, "webhook");
    auto webhook = id ? desk::webhook::lock(tx, {.account = call.principal.account, .id = *id}) : std::nullopt;
    return webhook ? Result<Webhook>(*std::move(webhook)) : Result<Webhook>(not_found("webhook"));
}

Result<Webhook> read_edit(Tx& tx, const Call& call, const Webhook& before) {
    text::JsonReader reader(call.body);
    Webhook after = before;
    read_settings(reader, after);
    if (reader.has("url")) {
        after.url = read_url(reader, "url", reader.string("url", {.max_bytes = kUrlBytesMax}));
    }
    if (const auto disabled = reader.optional_boolean("disabled");
        disabled && *disabled != before.disabled_at.has_value()) {
        after.disabled_at = *disabled ? std::optional(desk::database_now(tx)) : std::nullopt;
        after.disabled_reason = *disabled ? std::optional(desk::webhook::DisabledReason::asked) : std::nullopt;
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return after;
}

}  // namespace

Result<Answer> handle_list_webhooks(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByAge);
    if (!page) {
        return page.error();
    }
    std::optional<desk::webhook::After> after;
    if (page->after) {
        const auto time = read_time(*page->after);
        if (!time) {
            return time.error();
        }
        after = desk::webhook::After{.created_at = *time, .id = WebhookId{page->after->id}};
    }
    const auto rows = desk::webhook::list(tx, call.principal.account, after, page->limit + 1);
    const auto write = [now = desk::database_now(tx)](text::JsonWriter& json, const Listed& row) {
        json.begin_object();
        write_fields(json, row.webhook);
        write_fields(json, row.progress, now);
        json.end_object();
    };
    const auto place = [](const Listed& row) { return time_cursor(row.webhook.created_at, row.webhook.id.value); };
    return Answer{.status = 200, .body = write_page(kByAge, *page, rows, write, place)};
}

Result<Answer> handle_get_webhook(Tx& tx, const Call& call) {
    const auto id = path_id<WebhookId>(call, "webhook");
    const auto webhook = id ? desk::webhook::find(tx, {.account = call.principal.account, .id = *id}) : std::nullopt;
    if (!webhook) {
        return not_found("webhook");
    }
    return show(tx, *webhook, std::nullopt);
}

Result<Answer> handle_create_webhook(Tx& tx, const Call& call) {
    if (auto allowed = check_reader(call); !allowed) {
        return allowed.error();
    }
    text::JsonReader reader(call.body);
    Webhook webhook;
    webhook.account = call.principal.account;
    webhook.id = WebhookId::make();
    webhook.filter.token = call.principal.token;
    webhook.url = read_url(reader, "url", reader.string("url", {.max_bytes = kUrlBytesMax}));
    read_settings(reader, webhook);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto secret = desk::webhook::create(tx, call.desk.box, webhook);
    if (!secret) {
        return secret.error();
    }
    auto answer = show(tx, webhook, *secret, 201);
    tell_of(tx, call, "webhook.created", webhook);
    return answer;
}

Result<Answer> handle_edit_webhook(Tx& tx, const Call& call) {
    const auto before = find_locked(tx, call);
    if (!before) {
        return before.error();
    }
    if (auto match = check_if_match(call.request, before->version); !match) {
        return match.error();
    }
    if (auto allowed = check_reader(call); !allowed) {
        return allowed.error();
    }
    auto after = read_edit(tx, call, *before);
    if (!after) {
        return after.error();
    }
    if (auto stored = desk::webhook::update(tx, *before, *after); !stored) {
        return stored.error();
    }
    ++after->version;
    auto answer = show(tx, *after, std::nullopt);
    tell_of(tx, call, after->disabled_at && !before->disabled_at ? "webhook.disabled" : "webhook.updated", *after);
    tx.after_commit([&wakeups = call.desk.wakeups] { wakeups.announce(desk::Topic::webhook); });
    return answer;
}

Result<Answer> handle_delete_webhook(Tx& tx, const Call& call) {
    const auto webhook = find_locked(tx, call);
    if (!webhook) {
        return webhook.error();
    }
    if (auto match = check_if_match(call.request, webhook->version); !match) {
        return match.error();
    }
    desk::webhook::remove(tx, key_of(*webhook));
    tell_of(tx, call, "webhook.deleted", *webhook);
    return nothing_left();
}

Result<Answer> handle_rotate_webhook(Tx& tx, const Call& call) {
    const auto before = find_locked(tx, call);
    if (!before) {
        return before.error();
    }
    if (auto read = refuse_fields(call); !read) {
        return read.error();
    }
    const auto secret = desk::webhook::rotate(tx, call.desk.box, key_of(*before));
    const auto webhook = desk::webhook::find(tx, key_of(*before)).value();
    auto answer = show(tx, webhook, secret);
    tell_of(tx, call, "webhook.updated", webhook);
    return answer;
}

Result<Answer> handle_finish_webhook_rotation(Tx& tx, const Call& call) {
    const auto before = find_locked(tx, call);
    if (!before) {
        return before.error();
    }
    if (auto read = refuse_fields(call); !read) {
        return read.error();
    }
    desk::webhook::finish_rotation(tx, key_of(*before));
    const auto webhook = desk::webhook::find(tx, key_of(*before)).value();
    auto answer = show(tx, webhook, std::nullopt);
    tell_of(tx, call, "webhook.updated", webhook);
    return answer;
}

Result<Answer> handle_replay_webhook(Tx& tx, const Call& call) {
    const auto webhook = find_locked(tx, call);
    if (!webhook) {
        return webhook.error();
    }
    text::JsonReader reader(call.body);
    const auto cursor = reader.integer("from_cursor");
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    const auto extent = desk::event::extent(tx, call.principal.account);
    if (!extent.can_resume(cursor)) {
        return Error{.code = Errc::conflict,
                     .detail = "The log holds nothing from there on: it goes from " +
                               std::to_string(extent.oldest - 1) + " to " + std::to_string(extent.newest) + ".",
                     .extension = R"({"newest_cursor":)" + std::to_string(extent.newest) + '}'};
    }
    desk::webhook::move_cursor(tx, key_of(*webhook), cursor);
    auto answer = show(tx, *webhook, std::nullopt);
    tell_of(tx, call, "webhook.replayed", *webhook);
    return answer;
}

}  // namespace lupaus::inbox
