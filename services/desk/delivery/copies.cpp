#include "services/desk/delivery/copies.hpp"

#include "common/base/limits.hpp"
#include "services/desk/delivery/ending.hpp"
#include "services/desk/delivery/queries.sql.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace lupaus::desk::delivery {

namespace {

struct Claimed {
    std::vector<Uuid> accounts{};
    std::map<DeliveryId, int> attempts{};
    ArrayText account{};
    ArrayText id{};
};

Claimed begin_copies(Tx& tx, const CopyClaim& claim) {
    ArrayText busy;
    for (const auto channel : claim.busy) {
        busy.add(channel);
    }
    Claimed claimed;
    for (const auto& row : tx.exec(sql::claim_copies, pqxx::params{claim.limit, busy.str(), claim.lease.count()})) {
        const auto account = read_id<AccountId>(row[0]);
        const auto id = read_id<DeliveryId>(row[1]);
        if (std::ranges::find(claimed.accounts, account.value) == claimed.accounts.end()) {
            claimed.accounts.push_back(account.value);
        }
        claimed.account.add(account);
        claimed.id.add(id);
        claimed.attempts.emplace(id, row[2].as<int>());
    }
    return claimed;
}

CopyJob read_copy(const pqxx::row& row) {
    constexpr int kMailbox = 15;
    CopyJob copy;
    copy.mail.delivery = read_delivery(row);
    copy.mail.way.kind = channel::Kind::email;
    const auto at = [&row](int column) { return row[kMailbox + column]; };
    copy.server = {.host = at(0).as<std::string>(),
                   .port = at(1).as<int>(),
                   .security = static_cast<channel::Security>(at(2).as<std::int16_t>()),
                   .user = read_optional_text(at(3)).value_or(""),
                   .has_password = !at(4).is_null()};
    copy.sealed_password = read_bytes(at(4));
    copy.folder = at(5).as<std::string>();
    if (!at(6).is_null() && !at(9).is_null()) {
        copy.mail.way.oauth = channel::SealedGrant{.token_url = at(6).as<std::string>(),
                                                   .client_id = read_optional_text(at(7)).value_or(""),
                                                   .sealed_client_secret = read_bytes(at(8)),
                                                   .sealed_refresh_token = read_bytes(at(9))};
    }
    return copy;
}

}  // namespace

std::vector<CopyJob> claim_copies(Tx& tx, const CopyClaim& claim) {
    const auto claimed = begin_copies(tx, claim);
    std::vector<CopyJob> copies;
    if (claimed.accounts.empty()) {
        return copies;
    }
    tx.narrow(Scope::accounts(claimed.accounts));
    for (const auto& row : tx.exec(sql::load_copies, pqxx::params{claimed.account.str(), claimed.id.str()})) {
        copies.push_back(read_copy(row));
        copies.back().attempt = claimed.attempts.at(copies.back().mail.delivery.id);
    }
    if (copies.size() < claimed.attempts.size()) {
        tx.exec(sql::drop_unwanted_copies, pqxx::params{claimed.account.str(), claimed.id.str()});
    }
    std::vector<Job> mails;
    for (auto& copy : copies) {
        mails.push_back(std::move(copy.mail));
    }
    load_files(tx, mails);
    for (std::size_t i = 0; i < copies.size(); ++i) {
        copies[i].mail = std::move(mails[i]);
    }
    return copies;
}

void conclude_copy(Tx& tx, const CopyEnd& end) {
    const pqxx::params key{to_string(end.account), to_string(end.delivery), end.attempt};
    if (end.is_there) {
        tx.exec(sql::finish_copy, key);
        return;
    }
    const auto wait = end.wait ? std::optional(end.wait->count()) : std::nullopt;
    tx.exec(sql::postpone_copy,
            pqxx::params{to_string(end.account), to_string(end.delivery), end.attempt, wait, end.error});
}

std::optional<std::string> find_copy_error(Tx& tx, AccountId account, DeliveryId delivery) {
    const auto rows = tx.exec(sql::find_copy_error, pqxx::params{to_string(account), to_string(delivery)});
    return rows.empty() ? std::nullopt : read_optional_text(rows.at(0, 0));
}

std::optional<std::chrono::milliseconds> pause_of_copy(int attempt, const Schedule& schedule) {
    if (attempt >= limits::kSentCopyAttemptsMax) {
        return std::nullopt;
    }
    return std::min(schedule.first * (1 << (2 * attempt)), schedule.longest);
}

}  // namespace lupaus::desk::delivery
