#include "services/email/store.hpp"

#include "services/email/queries.sql.hpp"
#include "services/email/rules.hpp"

namespace lupaus::email {

namespace {

using desk::channel::ChannelKey;
using desk::channel::FetchMode;
using desk::channel::Security;

ChannelKey read_key(const pqxx::row& row) {
    return {.account = read_id<desk::AccountId>(row[0]), .id = read_id<desk::ChannelId>(row[1])};
}

imap::Security security_of(Security security) {
    switch (security) {
        case Security::tls:
            return imap::Security::tls;
        case Security::starttls:
            return imap::Security::starttls;
        case Security::none:
            break;
    }
    return imap::Security::none;
}

mailbox::Disposition disposition_of(FetchMode mode) {
    switch (mode) {
        case FetchMode::seen:
            return mailbox::Disposition::mark_seen;
        case FetchMode::move:
            return mailbox::Disposition::move;
        case FetchMode::leave:
            break;
    }
    return mailbox::Disposition::leave;
}

MailboxSettings read_settings(const pqxx::row& row) {
    MailboxSettings found{.mailbox = {.key = read_key(row), .version = row[2].as<int>()}, .settings = {}, .user = {}};
    found.settings.server = {.host = row[3].as<std::string>(),
                             .port = static_cast<std::uint16_t>(row[4].as<int>()),
                             .security = security_of(static_cast<Security>(row[5].as<std::int16_t>()))};
    found.user = row[6].as<std::string>();
    found.settings.folder = row[7].as<std::string>();
    found.settings.disposition = disposition_of(static_cast<FetchMode>(row[8].as<std::int16_t>()));
    found.settings.move_to = row[9].as<std::string>();
    return found;
}

}  // namespace

std::optional<desk::ChannelId> find_mailbox(Tx& tx, std::string_view address) {
    ArrayText names;
    for (const auto& name : names_of(address)) {
        names.add(name);
    }
    const auto rows = tx.exec(sql::find_mailbox, pqxx::params{names.str()});
    return rows.empty() ? std::nullopt : std::optional(read_id<desk::ChannelId>(rows[0][0]));
}

std::vector<OwnedMailbox> claim_mailboxes(Tx& tx, const Claim& claim) {
    const auto owner = to_string(claim.owner);
    const auto lease = static_cast<double>(claim.lease.count());
    tx.exec(sql::enter_mailboxes);
    tx.exec(sql::renew_mailboxes, pqxx::params{owner, lease});
    if (claim.new_max > 0) {
        tx.exec(sql::claim_mailboxes, pqxx::params{owner, lease, claim.new_max});
    }
    std::vector<OwnedMailbox> owned;
    for (const auto& row : tx.exec(sql::own_mailboxes, pqxx::params{owner})) {
        owned.push_back({.key = read_key(row), .version = row[2].as<int>(), .has_wanted = row[3].as<bool>()});
    }
    return owned;
}

bool release_mailboxes(Tx& tx, const Uuid& owner) {
    return tx.exec(sql::release_mailboxes, pqxx::params{to_string(owner)}).affected_rows() > 0;
}

void hold_mailboxes(Tx& tx, std::string_view reason) {
    tx.exec(sql::enter_mailboxes);
    tx.exec(sql::hold_mailboxes, pqxx::params{reason});
}

std::vector<MailboxSettings> load_mailboxes(Tx& tx, std::span<const OwnedMailbox> mailboxes) {
    ArrayText accounts, channels;
    for (const auto& one : mailboxes) {
        accounts.add(one.key.account);
        channels.add(one.key.id);
    }
    std::vector<MailboxSettings> found;
    for (const auto& row : tx.exec(sql::load_mailboxes, pqxx::params{accounts.str(), channels.str()})) {
        found.push_back(read_settings(row));
    }
    return found;
}

std::optional<SealedLogin> find_mailbox_login(Tx& tx, const ChannelKey& key) {
    const auto rows = tx.exec(sql::find_mailbox_login, pqxx::params{to_string(key.account), to_string(key.id)});
    if (rows.empty()) {
        return std::nullopt;
    }
    const auto row = rows[0];
    SealedLogin login{
        .user = read_optional_text(row[0]).value_or(""), .sealed_password = read_bytes(row[1]), .oauth = {}};
    if (!row[2].is_null() && !row[5].is_null()) {
        login.oauth = desk::channel::SealedGrant{.token_url = row[2].as<std::string>(),
                                                 .client_id = read_optional_text(row[3]).value_or(""),
                                                 .sealed_client_secret = read_bytes(row[4]),
                                                 .sealed_refresh_token = read_bytes(row[5])};
    }
    return login;
}

mailbox::Checkpoint find_checkpoint(Tx& tx, const MailboxPlace& place) {
    const auto rows = tx.exec(sql::find_checkpoint,
                              pqxx::params{to_string(place.key.account), to_string(place.key.id), place.source});
    if (rows.empty()) {
        return {};
    }
    return {.uid_validity = rows[0][0].as<std::uint32_t>(), .uid = rows[0][1].as<std::uint32_t>()};
}

bool move_checkpoint(Tx& tx, const MailboxPlace& place, const CheckpointMove& move) {
    const auto moved = tx.exec(sql::move_checkpoint, pqxx::params{to_string(place.key.account), to_string(place.key.id),
                                                                  to_string(place.owner), place.source,
                                                                  move.to.uid_validity, move.to.uid, move.stored});
    return moved.affected_rows() > 0;
}

void count_stored(Tx& tx, const MailboxPlace& place) {
    tx.exec(sql::count_stored,
            pqxx::params{to_string(place.key.account), to_string(place.key.id), to_string(place.owner)});
}

bool tell_health(Tx& tx, const MailboxPlace& place, const mailbox::Health& health) {
    const bool is_counted = health.state == mailbox::State::waiting || health.mails > 0;
    const auto mails = is_counted ? std::optional<std::int64_t>(health.mails) : std::nullopt;
    const auto told = tx.exec(sql::tell_mailbox, pqxx::params{to_string(place.key.account), to_string(place.key.id),
                                                              to_string(place.owner), static_cast<int>(health.state),
                                                              health.reason, sql_time(health.last_good), mails});
    return told.affected_rows() > 0;
}

}  // namespace lupaus::email
