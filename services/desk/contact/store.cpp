#include "services/desk/contact/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/contact/queries.sql.hpp"

#include <array>

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
    contact.external_id = read_optional_text(row[8]);
    contact.attributes = read_optional_text(row[9]).value_or("{}");
    contact.merged_into = read_id<ContactId>(row[10]);
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

void set_attributes(Tx& tx, const Contact& contact, const std::optional<std::string>& by_slot) {
    tx.exec(sql::set_contact_attributes, pqxx::params{to_string(contact.account), to_string(contact.id), by_slot});
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

External lock_external(Tx& tx, AccountId account, const std::string& external_id) {
    const auto made =
        tx.exec(sql::make_contact, pqxx::params{to_string(account), to_string(ContactId::make()), external_id});
    const auto rows = tx.exec(sql::find_external, pqxx::params{to_string(account), external_id});
    return {.contact = lock(tx, account, read_id<ContactId>(rows.at(0, 0))).value(),
            .is_new = made.affected_rows() > 0};
}

Binding bind(Tx& tx, const Contact& contact, std::span<const Address> addresses) {
    UuidColumn channel;
    TextColumn address;
    for (const auto& one : addresses) {
        channel.add(one.channel);
        address.add(one.address);
    }
    Binding binding;
    for (const auto& row : tx.exec(sql::bind_addresses, pqxx::params{to_string(contact.account), to_string(contact.id),
                                                                     channel.param(), address.param()})) {
        binding.is_new = binding.is_new || row[1].as<bool>();
        if (row[2].as<bool>() && !binding.taken) {
            binding.taken = row[0].as<std::size_t>() - 1;
        }
    }
    return binding;
}

Extent most_of(Tx& tx, const Contact& contact, int limit) {
    const auto rows = tx.exec(sql::extent, pqxx::params{to_string(contact.account), to_string(contact.id), limit});
    const std::array<std::string_view, 4> kinds{"conversations", "addresses", "open promises",
                                                "contacts merged into it"};
    Extent most;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const auto count = rows.at(0, static_cast<int>(i)).as<std::int64_t>();
        if (count > most.count) {
            most = {.count = count, .what = kinds[i]};
        }
    }
    return most;
}

std::vector<ConversationId> conversations(Tx& tx, const Contact& contact, int limit) {
    std::vector<ConversationId> ids;
    for (const auto& row :
         tx.exec(sql::conversations, pqxx::params{to_string(contact.account), to_string(contact.id), limit})) {
        ids.push_back(read_id<ConversationId>(row[0]));
    }
    return ids;
}

std::vector<Contact> merge(Tx& tx, const Contact& source, const Contact& target) {
    const pqxx::params both{to_string(source.account), to_string(source.id), to_string(target.id)};
    tx.exec(sql::move_conversations, both);
    tx.exec(sql::move_addresses, both);
    tx.exec(sql::move_words, both);
    std::vector<Contact> earlier;
    for (const auto& row : tx.exec(sql::lead_on, both)) {
        earlier.push_back(read_contact(row));
    }
    auto lead = both;
    lead.append(source.external_id == target.external_id);
    tx.exec(sql::lead_to, lead);
    tx.exec(sql::note_external, pqxx::params{to_string(target.account), to_string(target.id), target.external_id});
    update(tx, target);
    return earlier;
}

}  // namespace lupaus::desk::contact
