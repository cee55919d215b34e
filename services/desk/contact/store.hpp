// Contacts as the API sees them; they are made by the router when somebody new writes.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/contact/types.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::contact {

struct Address {
    ChannelId channel;
    std::string address;
};

std::optional<Contact> find(Tx& tx, AccountId account, ContactId id);
std::vector<Contact> read(Tx& tx, AccountId account,
                          std::span<const ContactId> ids);  // in no order; unknown ones are missing
std::optional<Contact> lock(Tx& tx, AccountId account, ContactId id);
void update(Tx& tx, const Contact& contact);  // name, email, phone, blocked_at; the version rises
std::vector<Contact> list(Tx& tx, AccountId account, ContactId after, int limit);  // in no order of meaning
std::vector<Address> addresses(Tx& tx, AccountId account, ContactId id);

}  // namespace lupaus::desk::contact
