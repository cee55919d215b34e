// Whose message it is and where it belongs: its contact and its conversation, found or made, with the message in it.
// Pure; lives for one batch.
#pragma once

#include "services/router/said.hpp"
#include "services/router/sheet.hpp"
#include "services/router/threading.hpp"

#include <map>
#include <set>

namespace lupaus::router {

class Placing {
public:
    explicit Placing(Sheet& sheet) : sheet_(sheet), threading_(sheet.snapshot) {}

    ContactFacts contact_of(const Item& item);

    // Null: it depends on a conversation that somebody holds.
    ConversationChange* place(const Item& item, const ContactFacts& contact, const Said& said);

private:
    struct Spot {
        ConversationId joins;     // nil: a new one
        ConversationId previous;  // which the new one follows
        bool is_busy = false;
    };

    Spot find_spot(const desk::inbound::Inbound& in, const ContactFacts& contact, Timestamp at);
    void keep_letter(const Item& item);
    bool is_gone(ConversationId id) const;
    bool may_join(const Conversation& known, Timestamp at) const;
    ConversationChange& begin_conversation(const Item& item, const ContactFacts& contact, ConversationId previous,
                                           Timestamp at);
    void name(ConversationChange& change, const desk::inbound::Inbound& in);
    void add_message(const Item& item, const Conversation& conversation, const ContactFacts& contact, const Said& said);

    Sheet& sheet_;
    Threading threading_;
    std::map<Address, ContactFacts> new_contacts_;
    std::set<desk::conversation::ExternalRef> given_refs_;
};

}  // namespace lupaus::router
