// Contacts as the API sees them; they are made by the router when somebody new writes, or by another system's id.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/contact/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
void set_attributes(Tx& tx, const Contact& contact, const std::optional<std::string>& by_slot);  // JSON; it is locked
std::vector<Contact> list(Tx& tx, AccountId account, ContactId after, int limit);  // in no order of meaning

struct External {
    Contact contact;
    bool is_new = false;
};

// Made where nobody has this external id, and locked.
External lock_external(Tx& tx, AccountId account, const std::string& external_id);

struct Binding {
    bool is_new = false;               // at least one address was nobody's
    std::optional<std::size_t> taken;  // place of the first that is somebody else's
};

// Addresses that are nobody's become this contact's. The account's lane is locked (inbound::lock_lane).
Binding bind(Tx& tx, const Contact& contact, std::span<const Address> addresses);

std::vector<Address> addresses(Tx& tx, AccountId account, ContactId id);

// Of what a merge would move the most, counted no further than `limit`.
struct Extent {
    std::int64_t count = 0;
    std::string_view what{};
};

Extent most_of(Tx& tx, const Contact& contact, int limit);

std::vector<ConversationId> conversations(Tx& tx, const Contact& contact, int limit);  // of theirs, in no order

// Everything of the source is the target's, who is as given. The lane, both, and the source's conversations are locked.
// Answers who turned out to be the source before, as they are now.
std::vector<Contact> merge(Tx& tx, const Contact& source, const Contact& target);

}  // namespace lupaus::desk::contact
