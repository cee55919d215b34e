#include "services/desk/unfetched/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/unfetched/queries.sql.hpp"

namespace lupaus::desk::unfetched {

namespace {

struct MailColumns {
    ArrayText uid, size;
    TimeColumn arrived;

    void add(const Mail& mail) {
        uid.add(mail.uid);
        size.add(mail.size);
        arrived.add(mail.arrived);
    }
};

}  // namespace

std::set<std::uint32_t> recognise(Tx& tx, const Numbering& numbering, std::span<const Mail> mails) {
    std::set<std::uint32_t> known;
    if (mails.empty()) {
        return known;
    }
    MailColumns columns;
    for (const auto& mail : mails) {
        columns.add(mail);
    }
    for (const auto& row :
         tx.exec(sql::recognise, pqxx::params{to_string(numbering.account), to_string(numbering.channel),
                                              numbering.source, numbering.uid_validity, columns.uid.str(),
                                              columns.size.str(), columns.arrived.param()})) {
        known.insert(row[0].as<std::uint32_t>());
    }
    return known;
}

void enter(Tx& tx, const Numbering& numbering, std::span<const Entry> entries) {
    if (entries.empty()) {
        return;
    }
    UuidColumn id;
    MailColumns columns;
    for (const auto& entry : entries) {
        id.add(entry.id);
        columns.add(entry.mail);
    }
    tx.exec(sql::enter, pqxx::params{to_string(numbering.account), to_string(numbering.channel), numbering.source,
                                     numbering.uid_validity, id.param(), columns.uid.str(), columns.size.str(),
                                     columns.arrived.param()});
}

Answer ask(Tx& tx, AccountId account, MessageId id) {
    const auto rows = tx.exec(sql::ask, pqxx::params{to_string(account), to_string(id)});
    if (rows.empty()) {
        return Answer::unknown;
    }
    return rows[0][0].as<bool>() ? Answer::asked : Answer::unread;
}

std::vector<Asked> list_asked(Tx& tx, const Numbering& numbering, int limit) {
    std::vector<Asked> asked;
    for (const auto& row :
         tx.exec(sql::list_asked, pqxx::params{to_string(numbering.account), to_string(numbering.channel),
                                               numbering.source, numbering.uid_validity, limit})) {
        asked.push_back({.entry = {.id = read_id<MessageId>(row[0]),
                                   .mail = {.uid = row[1].as<std::uint32_t>(),
                                            .size = row[2].as<std::uint64_t>(),
                                            .arrived = read_optional_timestamp(row[3])}},
                         .is_current = row[4].as<bool>()});
    }
    return asked;
}

bool give_back(Tx& tx, AccountId account, MessageId id, std::string_view reason) {
    if (!inbound::lock_quarantined(tx, account, id)) {
        return false;
    }
    tx.exec(sql::give_back, pqxx::params{to_string(account), to_string(id), reason});
    return true;
}

bool replace(Tx& tx, AccountId account, MessageId id, MessageId stored) {
    const auto held = inbound::lock_quarantined(tx, account, id);
    if (!held) {
        return false;
    }
    const auto message = inbound::decode(std::string_view(held->payload));
    const auto key = inbound::key_of(message ? message->external_id : "");
    tx.exec(sql::replace, pqxx::params{to_string(account), to_string(id), to_string(held->channel), to_string(key),
                                       to_string(stored)});
    return true;
}

}  // namespace lupaus::desk::unfetched
