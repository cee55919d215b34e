// A reply as the mail that it becomes: its ids, whom it is from and for, what it answers, and all that it says. Made
// once, with the reply, and kept with its delivery: every attempt sends the same. Sources: RFC 5322 3.6.3 (who is
// answered), 3.6.4 (References).
#pragma once

#include "common/crypto/secretbox.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/letter/store.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::letter {

// To whom: where the answered mail wants its answers, and in copy everybody else whom it named, without the desk's own
// addresses; or to the contact's address, where nothing is answered. Pure.
struct Recipients {
    std::vector<inbound::Person> to;
    std::vector<inbound::Person> cc;
};

// What the author of the reply wants otherwise.
struct GivenRecipients {
    std::optional<std::vector<delivery::Mailbox>> to{};
    std::optional<std::vector<delivery::Mailbox>> cc{};
    std::vector<delivery::Mailbox> bcc{};

    bool empty() const { return !to && !cc && bcc.empty(); }
};

Recipients recipients_of(const inbound::MailHead& answered, const std::set<std::string>& own, std::string_view contact);

struct Reply {
    const conversation::Conversation& conversation;
    const message::Message& message;
    std::string_view contact_address;
    std::int64_t visible_max = 0;  // what its author had seen
    GivenRecipients given{};
};

struct Prepared {
    delivery::OutboundMail mail;
    Words words;  // the message's; an agent's with their signature, and with what it answers where the channel says so
};

// Empty: the conversation's channel is no email channel. Else the reply's id and head are kept in this transaction,
// which stores its message too. Scope: the account.
std::optional<Prepared> prepare(Tx& tx, const crypto::SecretBox& box, const Reply& reply);

}  // namespace lupaus::desk::letter
