#include "services/desk/search/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/search/queries.sql.hpp"
#include "services/desk/search/rules.hpp"

#include <map>
#include <set>

namespace lupaus::desk::search {

namespace {

using Document = std::pair<AccountId, Uuid>;

struct News {
    std::map<AccountId, std::int64_t> read_to;
    std::set<Document> messages;
    std::set<Document> conversations;
    std::set<Document> contacts;
    std::set<Document> merged;
    int events = 0;
};

struct Columns {
    UuidColumn account;
    UuidColumn id;
};

Columns columns_of(const std::set<Document>& documents) {
    Columns columns;
    for (const auto& [account, id] : documents) {
        columns.account.add(account);
        columns.id.add(id);
    }
    return columns;
}

std::vector<Uuid> lock_accounts(Tx& tx, int limit) {
    UuidColumn behind;
    for (const auto& row : tx.exec(sql::behind, pqxx::params{limit})) {
        behind.add(read_uuid(row[0]));
    }
    std::vector<Uuid> accounts;
    if (behind.empty()) {
        return accounts;
    }
    for (const auto& row : tx.exec(sql::try_accounts, pqxx::params{behind.param()})) {
        accounts.push_back(read_uuid(row[0]));
    }
    return accounts;
}

News read_news(Tx& tx, std::span<const Uuid> accounts, int limit) {
    UuidColumn all, account;
    ArrayText after;
    for (const auto& id : accounts) {
        all.add(id);
    }
    tx.exec(sql::open_progress, pqxx::params{all.param()});
    for (const auto& row : tx.exec(sql::read_progress, pqxx::params{all.param()})) {
        account.add(read_uuid(row[0]));
        after.add(row[1].as<std::int64_t>());
    }
    News news;
    for (const auto& row : tx.exec(sql::read_news, pqxx::params{account.param(), after.str(), limit})) {
        const auto id = read_id<AccountId>(row[0]);
        const auto note = [&id](std::set<Document>& documents, const pqxx::field& field) {
            if (!field.is_null()) {
                documents.emplace(id, read_uuid(field));
            }
        };
        news.read_to[id] = row[1].as<std::int64_t>();
        note(news.messages, row[2]);
        note(news.conversations, row[3]);
        note(news.contacts, row[4]);
        note(news.merged, row[5]);
        ++news.events;
    }
    return news;
}

void index(Tx& tx, const Query& query, const std::set<Document>& documents) {
    if (!documents.empty()) {
        const auto columns = columns_of(documents);
        tx.exec(query, pqxx::params{columns.account.param(), columns.id.param()});
    }
}

}  // namespace

std::vector<Hit> find(Tx& tx, const Question& question) {
    const auto account = to_string(question.account);
    const auto place = question.before.value_or(Place{});
    const auto at = question.before ? sql_timestamp(place.at) : "infinity";
    const auto rows = question.order == Order::relevant
                          ? tx.exec(sql::find_relevant, pqxx::params{account, question.query, question.limit})
                          : tx.exec(sql::find_newest, pqxx::params{account, question.query, question.limit, at,
                                                                   to_string(place.document)});
    std::vector<Hit> hits;
    for (const auto& row : rows) {
        hits.push_back(Hit{.conversation = read_id<ConversationId>(row[0]),
                           .message = read_id<MessageId>(row[1]),
                           .document = read_uuid(row[2]),
                           .at = read_timestamp(row[3]),
                           .passage = row[4].as<std::string>()});
    }
    return hits;
}

int index_news(Tx& tx, int accounts_max, int events_max) {
    const auto accounts = lock_accounts(tx, accounts_max);
    if (accounts.empty()) {
        return 0;
    }
    tx.narrow(Scope::accounts(accounts));
    const auto news = read_news(tx, accounts, events_max);
    index(tx, sql::index_messages, news.messages);
    index(tx, sql::move_messages, news.merged);
    index(tx, sql::index_heads, news.conversations);
    index(tx, sql::index_heads_of_contacts, news.contacts);
    auto written = news.messages;
    written.insert(news.conversations.begin(), news.conversations.end());
    index(tx, sql::widen_eras, written);
    UuidColumn account;
    ArrayText seq;
    for (const auto& [id, last] : news.read_to) {
        account.add(id);
        seq.add(last);
    }
    if (!account.empty()) {
        tx.exec(sql::advance, pqxx::params{account.param(), seq.str()});
    }
    return news.events;
}

}  // namespace lupaus::desk::search
