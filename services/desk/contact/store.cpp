#include "services/desk/contact/store.hpp"

#include "services/desk/contact/queries.sql.hpp"

namespace lupaus::desk::contact {

namespace {

constexpr std::string_view kHighestId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

// The column order of every query of this room that returns contacts.
Contact read_contact(const pqxx::row& row) {
    Contact contact;
    contact.account = read_id<AccountId>(row[0]);
    contact.id = read_id<ContactId>(row[1]);
    contact.name = row[2].as<std::string>();
    contact.email = read_optional_text(row[3]);
    contact.phone = read_optional_text(row[4]);
    contact.blocked_at = read_optional_timestamp(row[5]);
    contact.version = row[6].as<int>();
    contact.created_at = read_timestamp(row[7]);
    return contact;
}

}  // namespace

std::optional<Contact> find(Tx& tx, AccountId account, ContactId id) {
    const auto rows = tx.exec(sql::find_contact, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_contact(rows[0]));
}

std::vector<Contact> read(Tx& tx, AccountId account, std::span<const ContactId> ids) {
    ArrayText wanted;
    for (const auto& id : ids) {
        wanted.add(id);
    }
    std::vector<Contact> contacts;
    for (const auto& row : tx.exec(sql::read_contacts, pqxx::params{to_string(account), wanted.str()})) {
        contacts.push_back(read_contact(row));
    }
    return contacts;
}

std::optional<Contact> lock(Tx& tx, AccountId account, ContactId id) {
    tx.exec(sql::lock_contact, pqxx::params{to_string(account), to_string(id)});
    return find(tx, account, id);
}

void update(Tx& tx, const Contact& contact) {
    tx.exec(sql::update_contact, pqxx::params{to_string(contact.account), to_string(contact.id), contact.name,
                                              contact.email, contact.phone, sql_time(contact.blocked_at)});
}

std::vector<Contact> list(Tx& tx, AccountId account, ContactId after, int limit) {
    std::vector<Contact> contacts;
    const auto place = after.is_nil() ? std::string(kHighestId) : to_string(after);
    for (const auto& row : tx.exec(sql::list_contacts, pqxx::params{to_string(account), place, limit})) {
        contacts.push_back(read_contact(row));
    }
    return contacts;
}

std::vector<Address> addresses(Tx& tx, AccountId account, ContactId id) {
    std::vector<Address> found;
    for (const auto& row : tx.exec(sql::list_addresses, pqxx::params{to_string(account), to_string(id)})) {
        found.push_back({.channel = read_id<ChannelId>(row[0]), .address = row[1].as<std::string>()});
    }
    return found;
}

}  // namespace lupaus::desk::contact
