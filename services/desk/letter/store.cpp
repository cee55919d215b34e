#include "services/desk/letter/store.hpp"

#include "common/crypto/digest.hpp"
#include "common/postgres/columns.hpp"
#include "services/desk/letter/people.hpp"
#include "services/desk/letter/queries.sql.hpp"

namespace lupaus::desk::letter {

namespace {

std::string people_text(std::span<const inbound::Person> people) {
    std::string out;
    text::JsonWriter json(out);
    write_people(json, people);
    return out;
}

std::vector<ConversationId> in_places(const pqxx::result& rows, std::size_t count) {
    std::vector<ConversationId> found(count);
    for (const auto& row : rows) {
        found.at(row[0].as<std::size_t>() - 1) = read_id<ConversationId>(row[1]);
    }
    return found;
}

void insert_heads(Tx& tx, std::span<const Letter> letters) {
    UuidColumn account, message;
    TextColumn header_id, people;
    ArrayText refs;
    for (const auto& letter : letters) {
        account.add(letter.account);
        message.add(letter.message);
        header_id.add(letter.head.id);
        // They come the newest first, and are kept as an answer has them.
        refs.add(array_text(std::vector(letter.head.references.rbegin(), letter.head.references.rend())));
        people.add(people_text(letter.head.people));
    }
    tx.exec(sql::insert_heads,
            pqxx::params{account.param(), message.param(), header_id.param(), refs.str(), people.param()});
}

void insert_ids(Tx& tx, std::span<const Letter> letters) {
    UuidColumn account, hash, channel, message;
    ArrayText direction;
    for (const auto& letter : letters) {
        if (letter.head.id.empty()) {
            continue;
        }
        account.add(letter.account);
        hash.add(crypto::sha256_uuid(letter.head.id));
        channel.add(letter.channel);
        message.add(letter.message);
        direction.add(letter.direction);
    }
    if (!account.empty()) {
        tx.exec(sql::insert_ids,
                pqxx::params{account.param(), hash.param(), channel.param(), message.param(), direction.str()});
    }
}

}  // namespace

void insert(Tx& tx, std::span<const Letter> letters) {
    if (!letters.empty()) {
        insert_heads(tx, letters);
        insert_ids(tx, letters);
    }
}

std::vector<ConversationId> conversations_of(Tx& tx, std::span<const Reference> references) {
    if (references.empty()) {
        return {};
    }
    UuidColumn account, channel, hash;
    for (const auto& reference : references) {
        account.add(reference.account);
        channel.add(reference.channel);
        hash.add(crypto::sha256_uuid(reference.id));
    }
    const auto rows = tx.exec(sql::conversations_of_ids, pqxx::params{account.param(), channel.param(), hash.param()});
    return in_places(rows, references.size());
}

std::vector<ConversationId> conversations_of(Tx& tx, std::span<const Number> numbers) {
    if (numbers.empty()) {
        return {};
    }
    UuidColumn account;
    ArrayText number;
    for (const auto& wanted : numbers) {
        account.add(wanted.account);
        number.add(wanted.number);
    }
    const auto rows = tx.exec(sql::conversations_of_numbers, pqxx::params{account.param(), number.str()});
    return in_places(rows, numbers.size());
}

std::map<AccountId, std::set<std::string>> own_addresses(Tx& tx, std::span<const Uuid> accounts) {
    std::map<AccountId, std::set<std::string>> own;
    for (const auto& row : tx.exec(sql::own_addresses, pqxx::params{array_text(accounts)})) {
        auto& addresses = own[read_id<AccountId>(row[0])];
        addresses.insert(row[1].as<std::string>());
        for (auto& other : read_text_array(row[2])) {
            addresses.insert(std::move(other));
        }
    }
    return own;
}

std::optional<inbound::Person> find_identity(Tx& tx, AccountId account, ChannelId channel) {
    const auto rows = tx.exec(sql::identity, pqxx::params{to_string(account), to_string(channel)});
    if (rows.empty()) {
        return std::nullopt;
    }
    return inbound::Person{.role = inbound::Role::from,
                           .name = rows.at(0, 1).as<std::string>(),
                           .address = rows.at(0, 0).as<std::string>()};
}

std::optional<Answered> find_answered_mail(Tx& tx, const conversation::Conversation& conversation,
                                           std::int64_t visible_max) {
    const auto rows = tx.exec(sql::answered_mail,
                              pqxx::params{to_string(conversation.account), to_string(conversation.id), visible_max});
    if (rows.empty()) {
        return std::nullopt;
    }
    auto refs = read_text_array(rows.at(0, 1));
    return Answered{.message = read_id<MessageId>(rows.at(0, 3)),
                    .head = {.id = rows.at(0, 0).as<std::string>(),
                             .references = {refs.rbegin(), refs.rend()},
                             .people = read_people(rows.at(0, 2).as<std::string>())}};
}

std::optional<Quoted> find_quoted(Tx& tx, const conversation::Conversation& conversation, MessageId answered) {
    const auto rows =
        tx.exec(sql::quoted_message, pqxx::params{to_string(conversation.account), to_string(conversation.id),
                                                  to_string(answered), to_string(conversation.channel)});
    if (rows.empty()) {
        return std::nullopt;
    }
    return Quoted{.name = rows.at(0, 0).as<std::string>(),
                  .at = read_timestamp(rows.at(0, 1)),
                  .words = {.text = rows.at(0, 2).as<std::string>(), .html = read_optional_text(rows.at(0, 3))}};
}

std::map<MessageId, inbound::MailHead> heads_of(Tx& tx, AccountId account, std::span<const MessageId> messages) {
    std::map<MessageId, inbound::MailHead> heads;
    for (const auto& row : tx.exec(sql::heads_of, pqxx::params{to_string(account), array_text(messages)})) {
        heads[read_id<MessageId>(row[0])] = {.id = row[1].as<std::string>(),
                                             .people = read_people(row[2].as<std::string>())};
    }
    return heads;
}

std::optional<Sent> find_sent(Tx& tx, AccountId account, std::string_view id) {
    const auto rows = tx.exec(sql::sent_mail, pqxx::params{to_string(account), to_string(crypto::sha256_uuid(id))});
    if (rows.empty()) {
        return std::nullopt;
    }
    return Sent{.message = read_id<MessageId>(rows.at(0, 0)),
                .channel = read_id<ChannelId>(rows.at(0, 1)),
                .people = read_people(read_optional_text(rows.at(0, 2)).value_or("[]"))};
}

}  // namespace lupaus::desk::letter
