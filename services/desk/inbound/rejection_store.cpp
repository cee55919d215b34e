#include "services/desk/inbound/rejection_store.hpp"

#include "services/desk/inbound/queries.sql.hpp"

namespace lupaus::desk::inbound {

namespace {

Rejection read_rejection(const pqxx::row& row) {
    return {.account = read_id<AccountId>(row[0]),
            .id = read_id<RejectionId>(row[1]),
            .channel = read_id<ChannelId>(row[2]),
            .reason = static_cast<RejectionReason>(row[3].as<std::int16_t>()),
            .external_id = read_optional_text(row[4]),
            .detail = row[5].as<std::string>(),
            .body = read_bytes(row[6]),
            .body_bytes = row[7].as<std::int64_t>(),
            .received_at = read_timestamp(row[8]),
            .replayed_at = read_optional_timestamp(row[9])};
}

}  // namespace

void reject(Tx& tx, std::span<const Rejection> rejections) {
    if (rejections.empty()) {
        return;
    }
    ArrayText account, id, channel, reason, external_id, detail, body_start, body_size;
    std::string bodies;
    for (const auto& rejection : rejections) {
        account.add(rejection.account);
        id.add(rejection.id);
        channel.add(rejection.channel);
        reason.add(rejection.reason);
        external_id.add(rejection.external_id);
        detail.add(rejection.detail);
        body_start.add(bodies.size() + 1);
        body_size.add(rejection.body.size());
        bodies += rejection.body;
    }
    tx.exec(sql::insert_rejections,
            pqxx::params{account.str(), id.str(), channel.str(), reason.str(), external_id.str(), detail.str(),
                         body_start.str(), body_size.str(), pqxx::binary_cast(bodies)});
}

std::vector<Rejection> list_rejections(Tx& tx, AccountId account, ChannelId channel,
                                       const std::optional<RejectionCursor>& before, int limit) {
    const auto at = before ? sql_timestamp(before->received_at) : "infinity";
    const auto id = to_string(before ? before->id.value : Uuid{});
    std::vector<Rejection> items;
    for (const auto& row : tx.exec(sql::list_rejections, pqxx::params{to_string(account), to_string(channel), at, id,
                                                                      limit, kRejectionPreviewBytes})) {
        items.push_back(read_rejection(row));
    }
    return items;
}

std::optional<Rejection> lock_rejection(Tx& tx, AccountId account, ChannelId channel, RejectionId id) {
    const auto rows = tx.exec(sql::lock_rejection, pqxx::params{to_string(account), to_string(channel), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_rejection(rows[0]));
}

void mark_replayed(Tx& tx, AccountId account, RejectionId id) {
    tx.exec(sql::mark_replayed, pqxx::params{to_string(account), to_string(id)});
}

int delete_old_rejections(Tx& tx, std::chrono::milliseconds age, int limit) {
    return static_cast<int>(tx.exec(sql::delete_old_rejections, pqxx::params{age.count(), limit}).affected_rows());
}

}  // namespace lupaus::desk::inbound
