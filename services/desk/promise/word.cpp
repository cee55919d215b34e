#include "services/desk/promise/word.hpp"

#include "common/base/limits.hpp"
#include "common/postgres/columns.hpp"
#include "services/desk/alert/store.hpp"
#include "services/desk/promise/queries.sql.hpp"
#include "services/desk/promise/row.hpp"
#include "services/desk/promise/rules.hpp"

namespace lupaus::desk::promise {

namespace {

// What the row is settled with; kept becomes late by the clock.
Outcome outcome_of(WordEnding ending) {
    switch (ending) {
        case WordEnding::kept:
            return Outcome::kept;
        case WordEnding::broken:
            return Outcome::broken;
        case WordEnding::renegotiated:
            return Outcome::renegotiated;
        case WordEnding::waived:
            break;
    }
    return Outcome::waived;
}

Error ended_already(const Promise& promise) {
    std::string detail = "This promise has ended";
    detail += promise.outcome ? ": it was " + std::string(to_string(*promise.outcome)) + "." : ".";
    return Error{.code = Errc::conflict, .detail = std::move(detail)};
}

}  // namespace

std::optional<Promise> find(Tx& tx, AccountId account, PromiseId id) {
    const auto rows = tx.exec(sql::find_promise, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_whole(rows.at(0)));
}

Result<void> give(Tx& tx, const Promise& word) {
    const auto stored = tx.exec(
        sql::insert_word,
        pqxx::params{to_string(word.account), to_string(word.id), sql_id(word.conversation), sql_id(word.contact),
                     sql_id(word.channel), sql_id(word.team), sql_timestamp(word.opened_at), sql_time(word.due_at),
                     sql_time(word.warn_at), sql_time(word.leads_at), sql_time(word.account_at),
                     sql_time(word.next_alert_at), sql_id(word.agent), sql_id(word.message), word.text,
                     sql_time(word.first_due_at), limits::kWordsMax});
    if (stored.affected_rows() == 0) {
        return Error{.code = Errc::conflict,
                     .detail = "This conversation has " + std::to_string(limits::kWordsMax) +
                               " open promises already; end one of them first."};
    }
    return {};
}

Result<EndedWord> end(Tx& tx, const EndingWord& ending) {
    const pqxx::params key{to_string(ending.account), to_string(ending.word)};
    if (tx.exec(sql::lock_open_promise, key).empty()) {
        const auto known = find(tx, ending.account, ending.word);
        return known ? ended_already(*known) : not_found("promise");
    }
    tx.exec(sql::end_word, pqxx::params{to_string(ending.account), to_string(ending.word),
                                        static_cast<int>(outcome_of(ending.ending)), sql_id(ending.agent),
                                        sql_id(ending.team), sql_id(ending.successor), sql_time(ending.told_at)});
    EndedWord ended{.promise = find(tx, ending.account, ending.word).value(), .resolved = {}};
    const auto conversation = ended.promise.conversation;
    if (conversation.is_nil()) {
        ended.resolved = alert::resolve_subject(tx, ending.account, alert::Kind::promise, ending.word.value);
        return ended;
    }
    UuidColumn account, place, word;
    account.add(ending.account);
    place.add(conversation);
    word.add(ending.word);
    for (const auto& row : tx.exec(sql::resolve_alerts, pqxx::params{account.param(), place.param(), word.param()})) {
        ended.resolved.push_back(alert::read_alert(row));
    }
    return ended;
}

std::vector<Promise> open_of(Tx& tx, AccountId account, ConversationId conversation) {
    return read_promises(tx.exec(sql::open_of_conversation, pqxx::params{to_string(account), to_string(conversation)}));
}

void hand_to_teams(Tx& tx, std::span<const HandedOver> conversations) {
    if (conversations.empty()) {
        return;
    }
    UuidColumn account, conversation, team;
    for (const auto& handed : conversations) {
        account.add(handed.account);
        conversation.add(handed.conversation);
        team.add(handed.team);
    }
    tx.exec(sql::hand_waits_to_team, pqxx::params{account.param(), conversation.param(), team.param()});
    tx.exec(sql::hand_words_to_team,
            pqxx::params{account.param(), conversation.param(), team.param(), limits::kWordsMax});
}

}  // namespace lupaus::desk::promise
