#include "services/desk/acknowledgement/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/acknowledgement/queries.sql.hpp"

namespace lupaus::desk::acknowledgement {

std::map<ChannelId, Setting> load(Tx& tx, std::span<const Uuid> accounts) {
    std::map<ChannelId, Setting> settings;
    for (const auto& row : tx.exec(sql::load_settings, pqxx::params{array_text(accounts)})) {
        settings[read_id<ChannelId>(row[0])] = {
            .words = {.subject = row[1].as<std::string>(), .text = row[2].as<std::string>()},
            .address = row[3].as<std::string>(),
            .sender_name = row[4].as<std::string>(),
            .channel_name = row[5].as<std::string>(),
            .team_name = read_optional_text(row[6]).value_or("")};
    }
    return settings;
}

std::map<Sender, autoreply::Before> written_before(Tx& tx, const std::map<Sender, ContactId>& senders) {
    std::map<Sender, autoreply::Before> written;
    if (senders.empty()) {
        return written;
    }
    UuidColumn account, contact;
    TextColumn address;
    for (const auto& [sender, known] : senders) {
        account.add(sender.account);
        contact.add(known);
        address.add(sender.address);
    }
    for (const auto& row :
         tx.exec(sql::written_before, pqxx::params{account.param(), contact.param(), address.param()})) {
        written[{.account = read_id<AccountId>(row[0]), .address = row[1].as<std::string>()}] = {
            .to_address_today = row[2].as<int>(), .in_conversation = 0};
    }
    return written;
}

void note(Tx& tx, std::span<const Sender> senders) {
    if (senders.empty()) {
        return;
    }
    UuidColumn account;
    TextColumn address;
    for (const auto& sender : senders) {
        account.add(sender.account);
        address.add(sender.address);
    }
    tx.exec(sql::note_acknowledged, pqxx::params{account.param(), address.param()});
}

}  // namespace lupaus::desk::acknowledgement
