#include "services/desk/webhook/store.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/webhook_signature.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/webhook/queries.sql.hpp"
#include "services/desk/webhook/rows.hpp"

namespace lupaus::desk::webhook {

namespace {

constexpr int kProgress = 17;  // of list_webhooks: where the state's columns begin

pqxx::params named(const WebhookKey& key) {
    return pqxx::params{to_string(key.account), to_string(key.id)};
}

Result<void> check_names(Tx& tx, const Webhook& webhook) {
    const auto missing = read_optional_text(
        tx.exec(sql::find_missing, pqxx::params{to_string(webhook.account), array_text(webhook.filter.teams),
                                                array_text(webhook.filter.channels), sql_id(webhook.filter.token)})
            .at(0, 0));
    if (missing) {
        return invalid_field("/" + *missing, "names something that does not exist");
    }
    return {};
}

// Account to ordered, the first parameters of insert and update.
pqxx::params settings(const Webhook& webhook) {
    return pqxx::params{to_string(webhook.account),
                        to_string(webhook.id),
                        webhook.name,
                        webhook.url,
                        static_cast<int>(webhook.format),
                        webhook.link_url,
                        array_text(webhook.filter.types),
                        array_text(webhook.filter.teams),
                        array_text(webhook.filter.channels),
                        sql_id(webhook.filter.token),
                        webhook.filter.exclude_own,
                        webhook.ordered};
}

}  // namespace

Result<std::string> create(Tx& tx, const crypto::SecretBox& box, Webhook& webhook) {
    if (auto known = check_names(tx, webhook); !known) {
        return known.error();
    }
    const account::Bound bound{.what = "webhooks", .max = limits::kWebhooksMax, .count = sql::count_webhooks};
    if (auto room = account::check_room(tx, webhook.account, bound, webhook.id.value); !room) {
        return room.error();
    }
    auto secret = crypto::make_webhook_secret();
    const auto sealed = box.seal(secret);
    auto values = settings(webhook);
    values.append(pqxx::binary_cast(sealed));
    webhook.created_at = read_timestamp(tx.exec(sql::insert_webhook, values).at(0, 0));
    return secret;
}

std::optional<Webhook> find(Tx& tx, const WebhookKey& key) {
    const auto rows = tx.exec(sql::find_webhook, named(key));
    return rows.empty() ? std::nullopt : std::optional(read_webhook(rows[0]));
}

std::optional<Webhook> lock(Tx& tx, const WebhookKey& key) {
    tx.exec(sql::lock_webhook, named(key));
    return find(tx, key);
}

std::optional<Progress> progress(Tx& tx, const WebhookKey& key) {
    const auto rows = tx.exec(sql::find_progress, named(key));
    return rows.empty() ? std::nullopt : std::optional(read_progress(rows[0], 0));
}

std::vector<Listed> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit) {
    const auto time = after ? std::optional(sql_timestamp(after->created_at)) : std::nullopt;
    const auto id = after ? sql_id(after->id) : std::nullopt;
    std::vector<Listed> listed;
    for (const auto& row : tx.exec(sql::list_webhooks, pqxx::params{to_string(account), time, id, limit})) {
        listed.push_back({.webhook = read_webhook(row), .progress = read_progress(row, kProgress)});
    }
    return listed;
}

Result<void> update(Tx& tx, const Webhook& before, const Webhook& after) {
    if (auto known = check_names(tx, after); !known) {
        return known;
    }
    auto values = settings(after);
    values.append(sql_time(after.disabled_at));
    values.append(after.disabled_reason ? std::optional(static_cast<int>(*after.disabled_reason)) : std::nullopt);
    tx.exec(sql::update_webhook, values);
    const WebhookKey key{.account = after.account, .id = after.id};
    if (after.disabled_at && !before.disabled_at) {
        tx.exec(sql::deactivate, named(key));
    } else if (!after.disabled_at && before.disabled_at) {
        tx.exec(sql::activate, named(key));
    }
    return {};
}

void remove(Tx& tx, const WebhookKey& key) {
    tx.exec(sql::delete_webhook, named(key));
}

std::string rotate(Tx& tx, const crypto::SecretBox& box, const WebhookKey& key) {
    auto secret = crypto::make_webhook_secret();
    const auto sealed = box.seal(secret);
    tx.exec(sql::rotate_secret, pqxx::params{to_string(key.account), to_string(key.id), pqxx::binary_cast(sealed)});
    return secret;
}

void finish_rotation(Tx& tx, const WebhookKey& key) {
    tx.exec(sql::finish_rotation, named(key));
}

void move_cursor(Tx& tx, const WebhookKey& key, std::int64_t cursor) {
    tx.exec(sql::move_cursor, pqxx::params{to_string(key.account), to_string(key.id), cursor});
}

}  // namespace lupaus::desk::webhook
