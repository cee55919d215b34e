// SQL of messages and their attachments. Messages are only ever added, by whoever holds their conversation; a
// conversation's order is (ordered_at, seq).
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/message/types.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::message {

// Of a row with account, id, message, name, content type, size, hash, state and error, in this order.
Attachment read_attachment(const pqxx::row& row);

void insert(Tx& tx, std::span<const Message> messages);  // with their attachments; seq 0 takes the next arrival number

Result<Message> find(Tx& tx, AccountId account, MessageId id);

std::vector<Message> find_all(Tx& tx, AccountId account, std::span<const MessageId> ids);  // in no order

struct Place {
    Timestamp ordered_at{};
    std::int64_t seq = 0;
};

// Oldest first, after (or, newest first, before) a place; with attachments.
struct Page {
    AccountId account;
    ConversationId conversation;
    std::optional<Place> after;
    std::optional<Place> before;
    int limit = 0;
};

std::vector<Message> page(Tx& tx, const Page& page);

// Public messages that became visible after the given one, in that order: what an agent who read up to it has missed.
std::vector<Message> public_after(Tx& tx, const Message& seen, int limit);

std::vector<AgentId> read_mentions(const pqxx::field& field);
Folds read_folds(const pqxx::field& text, const pqxx::field& html);
std::optional<Judgement> read_judgement(const pqxx::field& verdict, const pqxx::field& rule);

std::string_view to_string(Verdict verdict);
void append_json(std::string& out, const Message& message);

}  // namespace lupaus::desk::message
