#include "services/desk/promise/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/alert/store.hpp"
#include "services/desk/hours/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/promise/queries.sql.hpp"
#include "services/desk/promise/row.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_map>

namespace lupaus::desk::promise {

namespace {

template <class Code>
Code read_code(const pqxx::field& field) {
    return static_cast<Code>(field.as<std::int16_t>());
}

template <class Code>
std::optional<Code> read_optional_code(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(read_code<Code>(field));
}

std::optional<std::chrono::seconds> read_optional_seconds(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(std::chrono::seconds{field.as<std::int64_t>()});
}

Policy read_policy(const pqxx::row& row) {
    Policy policy;
    policy.account = read_id<AccountId>(row[0]);
    policy.id = read_id<PolicyId>(row[1]);
    policy.kind = read_code<Kind>(row[2]);
    policy.target = std::chrono::seconds{row[3].as<std::int64_t>()};
    policy.warn_lead = read_optional_seconds(row[4]);
    policy.leads_after = std::chrono::seconds{row[5].as<std::int64_t>()};
    policy.account_after = std::chrono::seconds{row[6].as<std::int64_t>()};
    policy.channel = read_id<ChannelId>(row[7]);
    policy.team = read_id<TeamId>(row[8]);
    policy.priority = read_optional_code<conversation::Priority>(row[9]);
    policy.visibility = read_optional_code<conversation::Visibility>(row[10]);
    policy.version = row[11].as<int>();
    policy.hours = read_id<HoursId>(row[12]);
    return policy;
}

// `reopened_from` of all of them; nil: they are new.
void insert_rows(Tx& tx, std::span<const Promise> promises, PromiseId reopened_from) {
    if (promises.empty()) {
        return;
    }
    UuidColumn account, id, conversation, policy, channel, team, from, hours;
    TimeColumn waiting, opened, due, warn, leads, whole, next;
    ArrayText kind, source;
    for (const auto& promise : promises) {
        account.add(promise.account);
        id.add(promise.id);
        conversation.add(promise.conversation);
        kind.add(promise.kind);
        source.add(promise.source);
        policy.add(promise.policy);
        channel.add(promise.channel);
        team.add(promise.team);
        waiting.add(promise.waiting_since);
        opened.add(promise.opened_at);
        due.add(promise.due_at);
        warn.add(promise.warn_at);
        leads.add(promise.leads_at);
        whole.add(promise.account_at);
        next.add(promise.next_alert_at);
        from.add(reopened_from);
        hours.add(promise.hours);
    }
    tx.exec(sql::insert_promises,
            pqxx::params{account.param(), id.param(), conversation.param(), kind.str(), source.str(), policy.param(),
                         channel.param(), team.param(), waiting.param(), opened.param(), due.param(), warn.param(),
                         leads.param(), whole.param(), next.param(), from.param(), hours.param()});
}

// Of policies or promises, for those that are counted by hours.
template <class Counted>
void read_calendars(Tx& tx, std::span<Counted> all) {
    std::set<hours::Key> wanted;
    for (const auto& counted : all) {
        if (!counted.hours.is_nil()) {
            wanted.emplace(counted.account, counted.hours);
        }
    }
    const auto calendars = hours::load(tx, wanted);
    for (auto& counted : all) {
        const auto found = calendars.find(counted.hours);
        counted.calendar = found == calendars.end() ? nullptr : found->second;
    }
}

// SQL has counted by the calendar; where hours count, what was open of it is put in its place.
void count_business(Tx& tx, std::span<Promise> settled) {
    read_calendars(tx, settled);
    UuidColumn account, id;
    ArrayText business;
    for (auto& promise : settled) {
        if (promise.calendar == nullptr) {
            continue;
        }
        const auto open = time_between(promise.calendar.get(), promise.opened_at, *promise.settled_at);
        promise.business = std::chrono::floor<std::chrono::milliseconds>(open);
        account.add(promise.account);
        id.add(promise.id);
        business.add(promise.business->count());
    }
    if (!account.empty()) {
        tx.exec(sql::note_business, pqxx::params{account.param(), id.param(), business.str()});
    }
}

// What settle_replies says of the word next due, behind the promise.
std::optional<conversation::Owed> read_next(const pqxx::row& row) {
    constexpr int kNext = 25;
    if (row[kNext].is_null()) {
        return std::nullopt;
    }
    return conversation::Owed{.id = read_id<PromiseId>(row[kNext]),
                              .kind = row[kNext + 1].as<std::int16_t>(),
                              .opened_at = read_timestamp(row[kNext + 2]),
                              .due_at = read_optional_timestamp(row[kNext + 3])};
}

// Nil: there is no such message. A merge may take it along between the look and the lock.
ConversationId lock_conversation_of(Tx& tx, AccountId account, MessageId message) {
    const auto id_of = [](const pqxx::result& rows) {
        return rows.empty() ? ConversationId{} : read_id<ConversationId>(rows.at(0, 0));
    };
    const pqxx::params named{to_string(account), to_string(message)};
    for (;;) {
        const auto locked = id_of(tx.exec(sql::lock_conversation_of_message, named));
        if (locked == id_of(tx.exec(sql::conversation_of_message, named))) {
            return locked;
        }
    }
}

pqxx::result lock_rows(Tx& tx, const std::set<ConversationKey>& conversations) {
    UuidColumn account, id;
    for (const auto& [of_account, conversation] : conversations) {
        account.add(of_account);
        id.add(conversation);
    }
    return tx.exec(sql::lock_open_replies, pqxx::params{account.param(), id.param()});
}

// Locks what is owed, then reads the clock that decides.
pqxx::result end_open_replies(Tx& tx, std::span<const Settling> settlings) {
    std::set<ConversationKey> conversations;
    std::unordered_map<ConversationId, const Settling*> by_conversation;
    for (const auto& settling : settlings) {
        conversations.emplace(settling.account, settling.conversation);
        by_conversation[settling.conversation] = &settling;
    }
    UuidColumn account, id, conversation, agent, team, message;
    ArrayText ending;
    for (const auto& row : lock_rows(tx, conversations)) {
        const auto& settling = *by_conversation.at(read_id<ConversationId>(row[2]));
        account.add(settling.account);
        id.add(read_uuid(row[1]));
        conversation.add(settling.conversation);
        ending.add(settling.ending);
        agent.add(settling.agent);
        team.add(settling.team);
        message.add(settling.message);
    }
    if (account.empty()) {
        return {};
    }
    return tx.exec(sql::settle_replies, pqxx::params{account.param(), id.param(), conversation.param(), ending.str(),
                                                     agent.param(), team.param(), message.param()});
}

// What alerts say of promises that were settled, and of earlier replies in their conversations that did not arrive.
std::vector<alert::Alert> resolve_alerts_of(Tx& tx, std::span<const Promise> settled) {
    UuidColumn account, id, conversation;
    std::vector<alert::InConversation> places;
    for (const auto& promise : settled) {
        account.add(promise.account);
        id.add(promise.id);
        conversation.add(promise.conversation);
        if (promise.outcome != Outcome::withdrawn) {  // else no human has dealt with it
            places.push_back({.account = promise.account, .conversation = promise.conversation});
        }
    }
    std::vector<alert::Alert> alerts;
    for (const auto& row :
         tx.exec(sql::resolve_alerts, pqxx::params{account.param(), conversation.param(), id.param()})) {
        alerts.push_back(alert::read_alert(row));
    }
    std::ranges::move(alert::close_undelivered(tx, places), std::back_inserter(alerts));
    return alerts;
}

}  // namespace

std::vector<Policy> load_policies(Tx& tx, std::span<const Uuid> accounts) {
    UuidColumn ids;
    for (const auto& id : accounts) {
        ids.add(id);
    }
    std::vector<Policy> policies;
    for (const auto& row : tx.exec(sql::load_policies, pqxx::params{ids.param()})) {
        policies.push_back(read_policy(row));
    }
    read_calendars(tx, std::span(policies));
    return policies;
}

void insert(Tx& tx, std::span<const Promise> promises) {
    insert_rows(tx, promises, PromiseId{});
}

std::vector<Promise> lock_open_replies(Tx& tx, const std::set<ConversationKey>& conversations) {
    if (conversations.empty()) {
        return {};
    }
    auto promises = read_promises(lock_rows(tx, conversations));
    read_calendars(tx, std::span(promises));
    return promises;
}

void move(Tx& tx, std::span<const Promise> promises) {
    if (promises.empty()) {
        return;
    }
    UuidColumn account, id;
    TimeColumn waiting, opened, due, warn, leads, whole, next;
    for (const auto& promise : promises) {
        account.add(promise.account);
        id.add(promise.id);
        waiting.add(promise.waiting_since);
        opened.add(promise.opened_at);
        due.add(promise.due_at);
        warn.add(promise.warn_at);
        leads.add(promise.leads_at);
        whole.add(promise.account_at);
        next.add(promise.next_alert_at);
    }
    tx.exec(sql::move_promises, pqxx::params{account.param(), id.param(), waiting.param(), opened.param(), due.param(),
                                             warn.param(), leads.param(), whole.param(), next.param()});
}

std::optional<Settled> settle_reply(Tx& tx, const Settling& settling) {
    auto settled = settle_replies(tx, std::span(&settling, 1));
    return settled.empty() ? std::nullopt : std::optional(std::move(settled.front()));
}

std::vector<Settled> settle_replies(Tx& tx, std::span<const Settling> settlings) {
    const auto rows = end_open_replies(tx, settlings);
    std::vector<Promise> promises = read_promises(rows);
    if (promises.empty()) {
        return {};
    }
    count_business(tx, promises);
    std::vector<Settled> settled;
    std::unordered_map<ConversationId, std::size_t> places;
    for (std::size_t i = 0; i < promises.size(); ++i) {
        places[promises[i].conversation] = i;
        settled.push_back({.promise = promises[i], .next = read_next(rows[static_cast<int>(i)]), .resolved = {}});
    }
    for (auto& alert : resolve_alerts_of(tx, promises)) {
        const auto place = places.at(alert.conversation);
        settled[place].resolved.push_back(std::move(alert));
    }
    return settled;
}

namespace {

// Owed again where its message is now: as a wait of its own, or as the beginning of the one that is open there.
Reopened reopen(Tx& tx, Promise again, ConversationId conversation) {
    const auto from = again.id;
    again.conversation = conversation;
    const auto widened =
        tx.exec(sql::widen_open_reply,
                pqxx::params{to_string(again.account), to_string(again.conversation),
                             sql_timestamp(again.waiting_since), sql_timestamp(again.opened_at), sql_time(again.due_at),
                             sql_time(again.warn_at), sql_time(again.leads_at), sql_time(again.account_at),
                             sql_time(again.next_alert_at), to_string(from)});
    if (widened.empty()) {
        again.id = PromiseId::make();
        insert_rows(tx, std::span(&again, 1), from);
    } else {
        again = read_promise(widened.at(0));
    }
    return Reopened{.promise = std::move(again), .conversation = conversation, .is_new = widened.empty()};
}

}  // namespace

std::optional<Reopened> reopen_undelivered(Tx& tx, AccountId account, MessageId message) {
    const auto conversation = lock_conversation_of(tx, account, message);
    const auto withdrawn = tx.exec(sql::withdraw_figure, pqxx::params{to_string(account), to_string(message)});
    if (withdrawn.empty()) {
        return std::nullopt;
    }
    auto reopened = reopen(tx, read_promise(withdrawn.at(0)), conversation);
    const auto& again = reopened.promise;
    tx.exec(sql::owe_again,
            pqxx::params{to_string(account), to_string(again.conversation), sql_timestamp(again.waiting_since),
                         to_string(again.id), static_cast<int>(again.kind), sql_timestamp(again.opened_at),
                         sql_time(again.due_at)});
    // A resolved or sleeping conversation is open work again; the router gives it back to its agent.
    inbound::push_command(tx, account, inbound::Kind::wake, again.conversation.value);
    return reopened;
}

std::optional<Reopened> reopen_waived(Tx& tx, AccountId account, ConversationId conversation,
                                      std::span<const PromiseId> waivers) {
    if (waivers.empty()) {
        return std::nullopt;
    }
    UuidColumn ids;
    for (const auto& id : waivers) {
        ids.add(id);
    }
    const auto withdrawn = read_promises(tx.exec(sql::withdraw_waivers, pqxx::params{to_string(account), ids.param()}));
    const auto first = std::ranges::min_element(withdrawn, {}, &Promise::waiting_since);
    return first == withdrawn.end() ? std::nullopt : std::optional(reopen(tx, *first, conversation));
}

void note_delivered(Tx& tx, AccountId account, MessageId message) {
    tx.exec(sql::note_delivered, pqxx::params{to_string(account), to_string(message)});
}

std::vector<Promise> claim_due(Tx& tx, Timestamp from, int limit) {
    return read_promises(tx.exec(sql::claim_due, pqxx::params{sql_timestamp(from), limit}));
}

std::optional<Timestamp> next_due(Tx& tx, Timestamp from) {
    return read_optional_timestamp(tx.exec(sql::next_due, pqxx::params{sql_timestamp(from)}).at(0, 0));
}

std::vector<PromiseId> advance(Tx& tx, std::span<const Promise> promises, Timestamp now) {
    UuidColumn account, id;
    TimeColumn next;
    ArrayText level;
    for (const auto& promise : promises) {
        account.add(promise.account);
        id.add(promise.id);
        level.add(promise.level);
        next.add(promise.next_alert_at);
    }
    std::vector<PromiseId> overdue;
    for (const auto& row : tx.exec(sql::advance_promises, pqxx::params{account.param(), id.param(), level.str(),
                                                                       next.param(), sql_timestamp(now)})) {
        if (row[1].as<bool>()) {
            overdue.push_back(read_id<PromiseId>(row[0]));
        }
    }
    return overdue;
}

bool hold(Tx& tx, AccountId account, PromiseId promise, const LadderOptions& options) {
    const auto rows = tx.exec(sql::lock_open_promise, pqxx::params{to_string(account), to_string(promise)});
    if (rows.empty()) {
        return false;
    }
    auto open = read_promise(rows.at(0));
    read_calendars(tx, std::span(&open, 1));
    const auto length = hold_length(open, options);
    tx.exec(sql::hold_promise, pqxx::params{to_string(account), to_string(promise), length.count()});
    return true;
}

}  // namespace lupaus::desk::promise
