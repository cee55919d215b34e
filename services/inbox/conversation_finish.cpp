// How changes are written: set-based, of one conversation as of many, in the house order of locks.
#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/timer/store.hpp"
#include "services/inbox/conversation_change.hpp"
#include "services/inbox/resource.hpp"

#include <iterator>
#include <map>
#include <unordered_map>

namespace lupaus::inbox {

using desk::ConversationId;
using desk::Topic;
using desk::conversation::is_offered;

Answer ConversationChange::finish() {
    finish_all(std::span(this, 1));
    return found(desk::conversation::to_json(conversation), conversation.version);
}

void ConversationChange::finish_log_only() {
    auto* const one = this;
    append_events(std::span(&one, 1));
}

void ConversationChange::finish_all(std::span<ConversationChange> changes) {
    std::vector<ConversationChange*> told;
    for (auto& change : changes) {
        if (!change.happenings_.empty()) {
            told.push_back(&change);
        }
    }
    if (!told.empty()) {
        store(told);
        append_events(told);
    }
}

void ConversationChange::store(Told changes) {
    auto& tx = changes.front()->tx_;
    std::vector<Conversation> rows;
    std::vector<desk::capacity::Change> capacity;
    for (auto* change : changes) {
        change->conversation.version = change->before_.version + 1;
        rows.push_back(change->conversation);
        std::ranges::move(capacity_changes(change->before_, change->conversation), std::back_inserter(capacity));
    }
    desk::conversation::update(tx, rows);
    store_teams(changes);
    store_snoozes(changes);
    resolve_unattended(changes);
    desk::capacity::lock(tx, capacity);
    desk::capacity::apply(tx, capacity);
    push_work(changes);
}

// What is owed in them is another team's work from now on.
void ConversationChange::store_teams(Told changes) {
    std::vector<desk::promise::HandedOver> handed;
    for (const auto* change : changes) {
        const auto& after = change->conversation;
        if (change->before_.team != after.team) {
            handed.push_back({.account = after.account, .conversation = after.id, .team = after.team});
        }
    }
    desk::promise::hand_to_teams(changes.front()->tx_, handed);
}

void ConversationChange::store_snoozes(Told changes) {
    auto& tx = changes.front()->tx_;
    std::map<desk::timer::Key, Timestamp> due_times;
    std::vector<desk::timer::Key> over;
    for (const auto* change : changes) {
        const auto& after = change->conversation;
        if (change->before_.snoozed_until == after.snoozed_until) {
            continue;
        }
        const desk::timer::Key key{
            .account = after.account, .kind = desk::timer::Kind::snooze_end, .subject = after.id.value};
        if (after.snoozed_until) {
            due_times[key] = *after.snoozed_until;
        } else {
            over.push_back(key);
        }
    }
    desk::timer::remove(tx, over);
    if (!due_times.empty()) {
        desk::timer::put(tx, due_times);
        tx.after_commit([&wakeups = changes.front()->call_.desk.wakeups] { wakeups.announce(Topic::due); });
    }
}

// Somebody took them or put them aside: it is no longer true that nobody is able to take them.
void ConversationChange::resolve_unattended(Told changes) {
    std::vector<desk::alert::InConversation> attended;
    std::unordered_map<ConversationId, ConversationChange*> by_id;
    for (auto* change : changes) {
        const auto& after = change->conversation;
        if (is_offered(change->before_) && !is_offered(after)) {
            attended.push_back({.account = after.account, .conversation = after.id});
            by_id[after.id] = change;
        }
    }
    for (const auto& alert : desk::alert::resolve_unattended(changes.front()->tx_, attended)) {
        by_id.at(alert.conversation)->tell("alert.resolved", alert_member(alert));
    }
}

// A drain looks at what those who are there could take; what was not offered before has to be looked at also if nobody
// could.
void ConversationChange::push_work(Told changes) {
    auto& tx = changes.front()->tx_;
    std::vector<desk::inbound::Command> wakes;
    bool is_work = false;
    for (const auto* change : changes) {
        const auto& before = change->before_;
        const auto& after = change->conversation;
        is_work = is_work || makes_work(before, after);
        if (is_offered(after) && (!is_offered(before) || before.team != after.team)) {
            wakes.push_back({.account = after.account, .kind = desk::inbound::Kind::wake, .subject = after.id.value});
        }
    }
    if (is_work) {
        desk::inbound::push_command(tx, changes.front()->conversation.account, desk::inbound::Kind::drain);
        tx.after_commit([&wakeups = changes.front()->call_.desk.wakeups] { wakeups.announce(Topic::queue); });
    }
    desk::inbound::push_commands(tx, wakes);
}

void ConversationChange::append_events(Told changes) {
    std::vector<desk::event::Draft> drafts;
    for (const auto* change : changes) {
        const auto shown = desk::conversation::to_json(change->conversation);
        for (const auto& happening : change->happenings_) {
            std::string data = R"({"conversation":)" + shown;
            data += happening.extra.empty() ? "" : ",";
            data += happening.extra + "}";
            drafts.push_back({.account = change->conversation.account,
                              .type = happening.type,
                              .actor = change->actor_,
                              .conversation = change->conversation.id,
                              .message = happening.message,
                              .data = std::move(data)});
        }
    }
    append_changes(changes.front()->tx_, changes.front()->call_, drafts);
}

}  // namespace lupaus::inbox
