#include "services/desk/conversation/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/conversation/queries.sql.hpp"

#include <unordered_map>

namespace lupaus::desk::conversation {

namespace {

struct KeyColumns {
    UuidColumn account;
    UuidColumn id;
};

KeyColumns columns_of(std::span<const Key> keys) {
    KeyColumns columns;
    for (const auto& key : keys) {
        columns.account.add(key.account);
        columns.id.add(key.id);
    }
    return columns;
}

std::vector<Conversation> read_all(const pqxx::result& rows) {
    std::vector<Conversation> conversations;
    conversations.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
        conversations.push_back(read_conversation(row));
    }
    return conversations;
}

// Rows of (place, id), places counted from 1; nil where there is none.
std::vector<ConversationId> in_places(const pqxx::result& rows, std::size_t count) {
    std::vector<ConversationId> ids(count);
    for (const auto& row : rows) {
        ids.at(row[0].as<std::size_t>() - 1) = read_id<ConversationId>(row[1]);
    }
    return ids;
}

std::optional<Owed> read_owed(const pqxx::row& row) {
    if (row[17].is_null()) {
        return std::nullopt;
    }
    return Owed{.id = read_id<PromiseId>(row[17]),
                .kind = row[18].as<std::int16_t>(),
                .opened_at = read_timestamp(row[19]),
                .due_at = read_optional_timestamp(row[20])};
}

}  // namespace

Conversation read_conversation(const pqxx::row& row) {
    Conversation c;
    c.account = read_id<AccountId>(row[0]);
    c.id = read_id<ConversationId>(row[1]);
    c.number = row[2].as<std::int64_t>();
    c.contact = read_id<ContactId>(row[3]);
    c.channel = read_id<ChannelId>(row[4]);
    c.thread_id = read_optional_text(row[5]);
    c.visibility = static_cast<Visibility>(row[6].as<std::int16_t>());
    c.subject = row[7].as<std::string>();
    c.state = static_cast<State>(row[8].as<std::int16_t>());
    c.priority = static_cast<Priority>(row[9].as<std::int16_t>());
    c.team = read_id<TeamId>(row[10]);
    c.assignee = read_id<AgentId>(row[11]);
    c.previous_agent = read_id<AgentId>(row[12]);
    c.previous = read_id<ConversationId>(row[13]);
    c.weight = row[14].as<int>();
    c.tags = row[15].view() == "{}" ? std::vector<std::string>{} : read_text_array(row[15]);
    c.waiting_since = read_optional_timestamp(row[16]);
    c.owed = read_owed(row);
    c.rank_at = read_optional_timestamp(row[21]);
    c.begun = row[22].as<bool>();
    c.snoozed_until = read_optional_timestamp(row[23]);
    c.resolved_at = read_optional_timestamp(row[24]);
    c.last_message_at = read_timestamp(row[25]);
    c.version = row[26].as<int>();
    c.created_at = read_timestamp(row[27]);
    c.contact_name = row[28].is_null() ? std::string() : row[28].as<std::string>();
    c.passed_on = row[29].as<bool>();
    c.bot = read_id<TokenId>(row[30]);
    c.bot_asked_at = read_optional_timestamp(row[31]);
    c.attributes = read_optional_text(row[32]).value_or("{}");
    c.external_ref = read_optional_text(row[33]);
    c.merged_into = read_id<ConversationId>(row[34]);
    c.split_from = read_id<ConversationId>(row[35]);
    c.spam = row[36].as<bool>();
    return c;
}

Result<Conversation> find(Tx& tx, const Key& key) {
    const auto rows = tx.exec(sql::find, pqxx::params{to_string(key.account), to_string(key.id)});
    if (rows.empty()) {
        return not_found("conversation");
    }
    return read_conversation(rows.at(0));
}

Result<Conversation> lock_one(Tx& tx, const Key& key) {
    const auto locked = tx.exec(sql::lock_one, pqxx::params{to_string(key.account), to_string(key.id)});
    if (locked.empty()) {
        return not_found("conversation");
    }
    return find(tx, key);
}

std::vector<Conversation> read(Tx& tx, std::span<const Key> keys) {
    const auto wanted = columns_of(keys);
    return read_all(tx.exec(sql::read_many, pqxx::params{wanted.account.param(), wanted.id.param()}));
}

std::vector<Conversation> lock(Tx& tx, std::span<const Key> keys) {
    const auto wanted = columns_of(keys);
    tx.exec(sql::lock_many, pqxx::params{wanted.account.param(), wanted.id.param()});
    return read(tx, keys);
}

std::vector<Conversation> lock_free(Tx& tx, std::span<const Key> keys) {
    if (keys.empty()) {
        return {};
    }
    const auto wanted = columns_of(keys);
    KeyColumns held;
    for (const auto& row : tx.exec(sql::lock_free, pqxx::params{wanted.account.param(), wanted.id.param()})) {
        held.account.add(read_uuid(row[0]));
        held.id.add(read_uuid(row[1]));
    }
    return read_all(tx.exec(sql::read_many, pqxx::params{held.account.param(), held.id.param()}));
}

void insert(Tx& tx, std::span<const Conversation> conversations) {
    if (conversations.empty()) {
        return;
    }
    UuidColumn account, id, contact, channel, team, assignee, agent_before, previous, owed, bot;
    TextColumn thread, ref;
    TimeColumn waiting, owed_opened, due, rank, resolved, last, created, asked;
    ArrayText number, visibility, subject, state, priority, weight, owed_kind, version, spam;
    for (const auto& c : conversations) {
        account.add(c.account);
        id.add(c.id);
        number.add(c.number);
        contact.add(c.contact);
        channel.add(c.channel);
        thread.add(c.thread_id);
        visibility.add(c.visibility);
        subject.add(c.subject);
        state.add(c.state);
        priority.add(c.priority);
        team.add(c.team);
        assignee.add(c.assignee);
        agent_before.add(c.previous_agent);
        previous.add(c.previous);
        weight.add(c.weight);
        waiting.add(c.waiting_since);
        owed.add(c.owed ? c.owed->id : PromiseId{});
        owed_kind.add(c.owed ? std::optional(c.owed->kind) : std::nullopt);
        owed_opened.add(c.owed ? std::optional(c.owed->opened_at) : std::nullopt);
        due.add(c.owed ? c.owed->due_at : std::nullopt);
        rank.add(c.rank_at);
        resolved.add(c.resolved_at);
        last.add(c.last_message_at);
        version.add(c.version);
        created.add(c.created_at);
        bot.add(c.bot);
        asked.add(c.bot_asked_at);
        ref.add(c.external_ref);
        spam.add(c.spam);
    }
    tx.exec(sql::insert_conversations,
            pqxx::params{account.param(), id.param(),       number.str(),         contact.param(),     channel.param(),
                         thread.param(),  visibility.str(), subject.str(),        state.str(),         priority.str(),
                         team.param(),    assignee.param(), agent_before.param(), previous.param(),    weight.str(),
                         waiting.param(), owed.param(),     owed_kind.str(),      owed_opened.param(), due.param(),
                         rank.param(),    resolved.param(), last.param(),         version.str(),       created.param(),
                         bot.param(),     asked.param(),    ref.param(),          spam.str()});
}

void update(Tx& tx, std::span<const Conversation> conversations) {
    if (conversations.empty()) {
        return;
    }
    UuidColumn account, id, team, assignee, agent_before, owed, bot;
    TextColumn ref;
    TimeColumn waiting, owed_opened, due, rank, snoozed, resolved, last, asked;
    ArrayText state, priority, subject, tags, owed_kind, begun, version, passed_on, spam;
    for (const auto& c : conversations) {
        account.add(c.account);
        id.add(c.id);
        state.add(c.state);
        priority.add(c.priority);
        subject.add(c.subject);
        team.add(c.team);
        assignee.add(c.assignee);
        agent_before.add(c.previous_agent);
        tags.add(array_text(c.tags));
        waiting.add(c.waiting_since);
        owed.add(c.owed ? c.owed->id : PromiseId{});
        owed_kind.add(c.owed ? std::optional(c.owed->kind) : std::nullopt);
        owed_opened.add(c.owed ? std::optional(c.owed->opened_at) : std::nullopt);
        due.add(c.owed ? c.owed->due_at : std::nullopt);
        rank.add(c.rank_at);
        begun.add(c.begun);
        snoozed.add(c.snoozed_until);
        resolved.add(c.resolved_at);
        last.add(c.last_message_at);
        version.add(c.version);
        passed_on.add(c.passed_on);
        bot.add(c.bot);
        asked.add(c.bot_asked_at);
        ref.add(c.external_ref);
        spam.add(c.spam);
    }
    tx.exec(sql::update_conversations,
            pqxx::params{account.param(), id.param(),       state.str(),          priority.str(), subject.str(),
                         team.param(),    assignee.param(), agent_before.param(), tags.str(),     waiting.param(),
                         owed.param(),    owed_kind.str(),  owed_opened.param(),  due.param(),    rank.param(),
                         begun.str(),     snoozed.param(),  resolved.param(),     last.param(),   version.str(),
                         passed_on.str(), bot.param(),      asked.param(),        ref.param(),    spam.str()});
}

void note_begun(Tx& tx, const Key& key) {
    tx.exec(sql::note_begun, pqxx::params{to_string(key.account), to_string(key.id)});
}

void set_attributes(Tx& tx, const Key& key, const std::optional<std::string>& by_slot) {
    tx.exec(sql::set_attributes, pqxx::params{to_string(key.account), to_string(key.id), by_slot});
}

std::vector<ConversationId> newest_of(Tx& tx, std::span<const ContactOnChannel> contacts) {
    if (contacts.empty()) {
        return {};
    }
    UuidColumn account, channel, contact;
    TimeColumn since;
    for (const auto& wanted : contacts) {
        account.add(wanted.account);
        channel.add(wanted.channel);
        contact.add(wanted.contact);
        since.add(wanted.resolved_since);
    }
    const auto rows = tx.exec(sql::newest_of_contacts,
                              pqxx::params{account.param(), channel.param(), contact.param(), since.param()});
    return in_places(rows, contacts.size());
}

std::vector<ConversationId> by_thread(Tx& tx, std::span<const Thread> threads) {
    if (threads.empty()) {
        return {};
    }
    UuidColumn account, channel;
    TextColumn thread;
    for (const auto& wanted : threads) {
        account.add(wanted.account);
        channel.add(wanted.channel);
        thread.add(wanted.thread_id);
    }
    const auto rows = tx.exec(sql::by_thread, pqxx::params{account.param(), channel.param(), thread.param()});
    return in_places(rows, threads.size());
}

std::optional<Conversation> find_by_external_ref(Tx& tx, AccountId account, const std::string& ref) {
    const auto rows = tx.exec(sql::find_by_external_ref, pqxx::params{to_string(account), ref});
    return rows.empty() ? std::nullopt : std::optional(read_conversation(rows.at(0)));
}

bool set_external_ref(Tx& tx, const Key& key, const std::optional<std::string>& ref) {
    try {
        tx.exec(sql::set_external_ref, pqxx::params{to_string(key.account), to_string(key.id), ref});
        return true;
    } catch (const pqxx::unique_violation&) {
        return false;
    }
}

std::map<ExternalRef, ConversationId> holders_of(Tx& tx, const std::set<ExternalRef>& refs) {
    std::map<ExternalRef, ConversationId> holders;
    if (refs.empty()) {
        return holders;
    }
    UuidColumn account;
    TextColumn text;
    for (const auto& ref : refs) {
        account.add(ref.first);
        text.add(ref.second);
    }
    for (const auto& row : tx.exec(sql::holders_of_external_refs, pqxx::params{account.param(), text.param()})) {
        holders.emplace(ExternalRef{read_id<AccountId>(row[0]), row[1].as<std::string>()},
                        read_id<ConversationId>(row[2]));
    }
    return holders;
}

std::vector<std::int64_t> take_numbers(Tx& tx, std::span<const NumberRange> ranges) {
    if (ranges.empty()) {
        return {};
    }
    UuidColumn account;
    ArrayText count;
    for (const auto& range : ranges) {
        account.add(range.account);
        count.add(range.count);
    }
    tx.exec(sql::lock_numbers, pqxx::params{account.param()});
    std::unordered_map<Uuid, std::int64_t> first;
    for (const auto& row : tx.exec(sql::take_numbers, pqxx::params{account.param(), count.str()})) {
        first[read_uuid(row[0])] = row[1].as<std::int64_t>();
    }
    std::vector<std::int64_t> numbers;
    for (const auto& range : ranges) {
        numbers.push_back(first.at(range.account.value));
    }
    return numbers;
}

}  // namespace lupaus::desk::conversation
