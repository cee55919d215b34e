#include "services/desk/channel/store.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/webhook_signature.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/channel/email_store.hpp"
#include "services/desk/channel/queries.sql.hpp"

namespace lupaus::desk::channel {

namespace {

// The column order of every query of this room that returns channels.
Channel read_channel(const pqxx::row& row) {
    Channel channel;
    channel.account = read_id<AccountId>(row[0]);
    channel.id = read_id<ChannelId>(row[1]);
    channel.kind = static_cast<Kind>(row[2].as<std::int16_t>());
    channel.name = row[3].as<std::string>();
    channel.team = read_id<TeamId>(row[4]);
    channel.skill = read_optional_text(row[5]);
    channel.weight = row[6].as<int>();
    channel.outbound_url = read_optional_text(row[7]);
    channel.live_since = read_timestamp(row[8]);
    channel.disabled_at = read_optional_timestamp(row[9]);
    channel.version = row[10].as<int>();
    channel.rotating = row[11].as<bool>();
    channel.bot = read_id<TokenId>(row[12]);
    if (!row[13].is_null()) {
        channel.reopen_window = std::chrono::seconds{row[13].as<std::int64_t>()};
    }
    channel.reopen_to = static_cast<ReopenTo>(row[14].as<std::int16_t>());
    channel.email = read_email(row);
    channel.mailbox = read_mailbox_health(row);
    return channel;
}

std::optional<std::string> read_optional_bytes(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(read_bytes(field));
}

std::optional<std::int64_t> window_seconds(const Channel& channel) {
    return channel.reopen_window ? std::optional<std::int64_t>(channel.reopen_window->count()) : std::nullopt;
}

std::optional<int> read_optional_int(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(field.as<int>());
}

Error unknown_team() {
    return invalid_field("/team_id", "names a team that does not exist");
}

std::optional<std::string> store_new_secret(Tx& tx, const Query& query, const crypto::SecretBox& box,
                                            const ChannelKey& key) {
    auto secret = crypto::make_webhook_secret();
    const auto sealed = box.seal(secret);
    const auto changed =
        tx.exec(query, pqxx::params{to_string(key.account), to_string(key.id), pqxx::binary_cast(sealed)});
    return changed.affected_rows() == 0 ? std::nullopt : std::optional(std::move(secret));
}

}  // namespace

Result<NewSecrets> create(Tx& tx, const crypto::SecretBox& box, Channel& channel) {
    const account::Bound bound{.what = "channels", .max = limits::kChannelsMax, .count = sql::count_channels};
    if (auto room = account::check_room(tx, channel.account, bound, channel.id.value); !room) {
        return room.error();
    }
    NewSecrets secrets{.inbound = crypto::make_webhook_secret(), .outbound = {}};
    const auto sealed = box.seal(secrets.inbound);
    std::optional<std::string> sealed_outbound;
    if (channel.outbound_url) {
        secrets.outbound = crypto::make_webhook_secret();
        sealed_outbound = box.seal(*secrets.outbound);
    }
    pqxx::params values{to_string(channel.account),
                        to_string(channel.id),
                        static_cast<int>(channel.kind),
                        channel.name,
                        sql_id(channel.team),
                        channel.skill,
                        channel.weight,
                        pqxx::binary_cast(sealed),
                        channel.outbound_url};
    if (sealed_outbound) {
        values.append(pqxx::binary_cast(*sealed_outbound));
    } else {
        values.append();
    }
    values.append(channel.live_since == Timestamp{} ? std::nullopt : std::optional(sql_timestamp(channel.live_since)));
    values.append(sql_id(channel.bot));
    values.append(window_seconds(channel));
    values.append(static_cast<int>(channel.reopen_to));
    try {
        channel.live_since = read_timestamp(tx.exec(sql::insert_channel, values).at(0, 0));
    } catch (const pqxx::foreign_key_violation&) {
        return unknown_team();
    }
    return secrets;
}

std::optional<Channel> find(Tx& tx, AccountId account, ChannelId id) {
    const auto rows = tx.exec(sql::find_channel_row, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_channel(rows[0]));
}

std::set<ChannelId> known(Tx& tx, AccountId account, std::span<const ChannelId> ids) {
    std::set<ChannelId> found;
    for (const auto& row : tx.exec(sql::known_channels, pqxx::params{to_string(account), array_text(ids)})) {
        found.insert(read_id<ChannelId>(row[0]));
    }
    return found;
}

std::optional<Channel> lock(Tx& tx, AccountId account, ChannelId id) {
    tx.exec(sql::lock_channel, pqxx::params{to_string(account), to_string(id)});
    return find(tx, account, id);
}

Result<void> update(Tx& tx, const Channel& channel) {
    try {
        tx.exec(sql::update_channel,
                pqxx::params{to_string(channel.account), to_string(channel.id), channel.name, sql_id(channel.team),
                             channel.skill, channel.weight, channel.outbound_url, sql_timestamp(channel.live_since),
                             sql_time(channel.disabled_at), sql_id(channel.bot), window_seconds(channel),
                             static_cast<int>(channel.reopen_to)});
    } catch (const pqxx::foreign_key_violation&) {
        return unknown_team();
    }
    return {};
}

std::vector<Channel> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit) {
    const auto name = after ? std::optional(after->name) : std::nullopt;
    const auto id = after ? std::optional(to_string(after->id)) : std::nullopt;
    std::vector<Channel> channels;
    for (const auto& row : tx.exec(sql::list_channels, pqxx::params{to_string(account), name, id, limit})) {
        channels.push_back(read_channel(row));
    }
    return channels;
}

std::optional<std::string> rotate(Tx& tx, const crypto::SecretBox& box, const ChannelKey& key) {
    return store_new_secret(tx, sql::rotate_secret, box, key);
}

bool finish_rotation(Tx& tx, const ChannelKey& key) {
    return tx.exec(sql::finish_rotation, pqxx::params{to_string(key.account), to_string(key.id)}).affected_rows() > 0;
}

std::optional<std::string> replace_outbound_secret(Tx& tx, const crypto::SecretBox& box, const ChannelKey& key) {
    return store_new_secret(tx, sql::replace_outbound_secret, box, key);
}

std::optional<Door> find_door(Tx& tx, ChannelId id) {
    const auto rows = tx.exec(sql::find_door, pqxx::params{to_string(id)});
    if (rows.empty()) {
        return std::nullopt;
    }
    const auto row = rows[0];
    return Door{.account = read_id<AccountId>(row[0]),
                .kind = static_cast<Kind>(row[1].as<std::int16_t>()),
                .secret = read_bytes(row[2]),
                .secret_previous = read_optional_bytes(row[3]),
                .live_since = read_timestamp(row[4]),
                .inbound_per_second = read_optional_int(row[5]),
                .messages_per_day = read_optional_int(row[6])};
}

}  // namespace lupaus::desk::channel
