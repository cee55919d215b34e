#include "services/desk/verdict/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/verdict/queries.sql.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace lupaus::desk::verdict {

namespace {

struct Reply {
    std::string at = "-infinity";
    std::int64_t visible_seq = 0;
};

Judged read_judged(const pqxx::row& row) {
    return Judged{.id = read_id<MessageId>(row[0]),
                  .said_at = read_timestamp(row[1]),
                  .seq = row[2].as<std::int64_t>(),
                  .visible_seq = row[3].as<std::int64_t>(),
                  .can_wait = row[4].as<bool>(),
                  .waived = read_id<PromiseId>(row[5])};
}

pqxx::params named(const conversation::Key& key) {
    return pqxx::params{to_string(key.account), to_string(key.id)};
}

Reply last_reply(Tx& tx, const conversation::Key& key) {
    const auto rows = tx.exec(sql::last_reply, named(key));
    return rows.empty() ? Reply{}
                        : Reply{.at = sql_timestamp(read_timestamp(rows.at(0, 0))),
                                .visible_seq = rows.at(0, 1).as<std::int64_t>()};
}

}  // namespace

std::vector<MessageId> unanswered(Tx& tx, const conversation::Conversation& conversation) {
    const conversation::Key key{.account = conversation.account, .id = conversation.id};
    const auto from = conversation.waiting_since
                          ? Reply{.at = sql_timestamp(*conversation.waiting_since), .visible_seq = 0}
                          : last_reply(tx, key);
    auto params = named(key);
    params.append(from.at);
    params.append(from.visible_seq);
    params.append(kJudgedMax);
    std::vector<MessageId> ids;
    for (const auto& row : tx.exec(sql::unanswered, params)) {
        ids.push_back(read_id<MessageId>(row[0]));
    }
    return ids;
}

void mark(Tx& tx, const Marking& marking, std::span<const MessageId> messages) {
    UuidColumn ids;
    for (const auto& id : messages) {
        ids.add(id);
    }
    tx.exec(sql::mark,
            pqxx::params{to_string(marking.account), ids.param(), static_cast<int>(marking.judgement.verdict),
                         marking.judgement.rule, sql_id(marking.waived)});
}

std::vector<Judged> held(Tx& tx, const conversation::Key& conversation, message::Verdict verdict) {
    auto params = named(conversation);
    params.append(static_cast<int>(verdict));
    params.append(kJudgedMax);
    std::vector<Judged> messages;
    for (const auto& row : tx.exec(sql::held, params)) {
        messages.push_back(read_judged(row));
    }
    return messages;
}

std::optional<Judged> find(Tx& tx, const conversation::Key& conversation, MessageId message) {
    auto params = named(conversation);
    params.append(to_string(message));
    const auto rows = tx.exec(sql::find, params);
    return rows.empty() ? std::nullopt : std::optional(read_judged(rows.at(0)));
}

void clear(Tx& tx, AccountId account, std::span<const Judged> messages) {
    UuidColumn ids;
    for (const auto& message : messages) {
        ids.add(message.id);
    }
    tx.exec(sql::clear, pqxx::params{to_string(account), ids.param()});
}

bool holds(Tx& tx, const conversation::Key& conversation, message::Verdict verdict) {
    auto params = named(conversation);
    params.append(static_cast<int>(verdict));
    return !tx.exec(sql::holds, params).empty();
}

bool is_led_by_another(Tx& tx, const conversation::Key& conversation, const Judged& message) {
    if (message.waived.is_nil()) {
        return false;
    }
    auto params = named(conversation);
    params.append(sql_timestamp(message.said_at));
    params.append(message.seq);
    params.append(to_string(message.waived));
    return !tx.exec(sql::leader, params).empty();
}

std::int64_t replied_to(Tx& tx, const conversation::Key& conversation) {
    return last_reply(tx, conversation).visible_seq;
}

bool is_first(Tx& tx, const conversation::Key& conversation, const Judged& message) {
    auto params = named(conversation);
    params.append(sql_timestamp(message.said_at));
    params.append(message.seq);
    return tx.exec(sql::one_before, params).empty();
}

std::vector<message::Message> list(Tx& tx, const Page& page) {
    const pqxx::params params{to_string(page.account), static_cast<int>(page.verdict),
                              page.before ? sql_timestamp(*page.before) : "infinity", to_string(page.before_id),
                              page.limit};
    std::vector<MessageId> ids;
    for (const auto& row : tx.exec(sql::list, params)) {
        ids.push_back(read_id<MessageId>(row[0]));
    }
    auto messages = message::find_all(tx, page.account, ids);
    const auto place = [](const message::Message& m) { return std::pair(m.created_at, m.id); };
    std::ranges::sort(messages, std::greater{}, place);
    return messages;
}

std::vector<DayCount> count_days(Tx& tx, AccountId account, message::Verdict verdict) {
    const pqxx::params params{to_string(account), static_cast<int>(verdict), kDaysShown, kCountedMax};
    std::vector<DayCount> days;
    for (const auto& row : tx.exec(sql::count_days, params)) {
        days.push_back(
            {.day = row[0].as<std::string>(), .rule = row[1].as<std::string>(), .count = row[2].as<std::int64_t>()});
    }
    return days;
}

}  // namespace lupaus::desk::verdict
