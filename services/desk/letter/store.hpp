// Mails beside their messages: kept with them, and found again by those that refer to them. Scope: the accounts named.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/letter/types.hpp"
#include "services/desk/letter/words.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::letter {

// In the transaction that writes their messages, after those. An id that a channel knows already stays whose it was.
void insert(Tx& tx, std::span<const Letter> letters);

struct Reference {
    AccountId account;
    ChannelId channel;  // of the mail that refers
    std::string id;     // without <>, not empty
};

struct Number {
    AccountId account;
    std::int64_t number = 0;

    auto operator<=>(const Number&) const = default;
};

// Where the messages are now, in the order of what was asked; nil: nobody knows it. No lock.
std::vector<ConversationId> conversations_of(Tx& tx, std::span<const Reference> references);
std::vector<ConversationId> conversations_of(Tx& tx, std::span<const Number> numbers);

// Of the accounts' email channels, in lower case: what is sent from these is no customer's.
std::map<AccountId, std::set<std::string>> own_addresses(Tx& tx, std::span<const Uuid> accounts);

// What mails of a channel are from; nothing: it is no email channel.
std::optional<inbound::Person> find_identity(Tx& tx, AccountId account, ChannelId channel);

struct Answered {
    MessageId message;
    inbound::MailHead head;
};

// The newest mail of a person in the conversation, among what was visible up to then: what a reply answers.
std::optional<Answered> find_answered_mail(Tx& tx, const conversation::Conversation& conversation,
                                           std::int64_t visible_max);

// That message, where the conversation's channel wants it below its replies.
std::optional<Quoted> find_quoted(Tx& tx, const conversation::Conversation& conversation, MessageId answered);

// Those of the messages that are mails; without references.
std::map<MessageId, inbound::MailHead> heads_of(Tx& tx, AccountId account, std::span<const MessageId> messages);

// A mail of ours, by its Message-ID. Whom it was for is in its head.
struct Sent {
    MessageId message;
    ChannelId channel;
    std::vector<inbound::Person> people;
};

std::optional<Sent> find_sent(Tx& tx, AccountId account, std::string_view id);

}  // namespace lupaus::desk::letter
