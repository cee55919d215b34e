#include "services/lupaus/seed/store.hpp"

#include "services/lupaus/seed/queries.sql.hpp"

#include <algorithm>
#include <array>

namespace lupaus::seed {

namespace {

constexpr std::int64_t kContactsInHundred = 35;  // of conversations

constexpr std::array kTags{"urgent",   "vip",      "refund",   "damaged",   "late",
                           "question", "feedback", "warranty", "wholesale", "export"};

std::string channel_ids(const Settings& settings) {
    ArrayText ids;
    for (const auto& door : settings.channels) {
        ids.add(door.id);
    }
    return ids.str();
}

}  // namespace

bool take_empty_database(Tx& tx) {
    tx.exec(sql::hold_accounts);
    return !tx.exec(sql::has_accounts).at(0, 0).as<bool>();
}

Timestamp begin_time(Tx& tx) {
    return read_timestamp(tx.exec(sql::begin_time).at(0, 0));
}

void fill(Tx& tx, const Settings& settings, const History& history) {
    const auto account = to_string(settings.account);
    const auto seed = static_cast<std::int64_t>(history.seed);
    const auto now = sql_timestamp(history.now);
    const auto& [conversations, messages] = history.size;
    const auto contacts = std::max<std::int64_t>(1, conversations * kContactsInHundred / 100);
    const auto words = make_words(history.seed);
    const auto texts = array_text(words.texts);
    const auto only_account = pqxx::params{account};
    tx.exec(sql::prepare_session);
    tx.exec(sql::set_indexes_aside);
    tx.exec(sql::fill_contacts,
            pqxx::params{account, seed, now, contacts, array_text(words.names), channel_ids(settings)});
    tx.exec(sql::analyse);
    tx.exec(sql::fill_conversations, pqxx::params{account, seed, now, conversations, messages, contacts,
                                                  array_text(words.subjects), array_text(kTags)});
    tx.exec(sql::analyse);
    tx.exec(sql::fill_messages, pqxx::params{account, seed, texts});
    tx.exec(sql::fill_message_documents, pqxx::params{account, seed, texts});
    tx.exec(sql::fill_eras, only_account);
    tx.exec(sql::fill_head_documents, only_account);
    tx.exec(sql::fill_settled_promises, only_account);
    tx.exec(sql::fill_open_promises, pqxx::params{account, now});
    tx.exec(sql::fill_alerts, only_account);
    tx.exec(sql::fill_timers, only_account);
    tx.exec(sql::build_indexes);
    tx.exec(sql::count_loads, only_account);
    tx.exec(sql::count_numbers, pqxx::params{account, conversations});
    tx.exec(sql::count_arrivals, pqxx::params{messages});
    tx.exec(sql::begin_search, only_account);
    tx.exec(sql::analyse);
}

}  // namespace lupaus::seed
