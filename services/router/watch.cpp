#include "services/router/watch.hpp"

#include "services/desk/conversation/store.hpp"
#include "services/desk/promise/store.hpp"
#include "services/router/recipients.hpp"
#include "services/router/scene.hpp"

#include <algorithm>
#include <set>

namespace lupaus::router {

namespace {

using desk::alert::Alert;
using desk::conversation::Key;
using desk::promise::Promise;

template <class Rows>
std::vector<Uuid> accounts_of(const Rows& rows) {
    std::set<Uuid> accounts;
    for (const auto& row : rows) {
        accounts.insert(row.account.value);
    }
    return {accounts.begin(), accounts.end()};
}

Alert make_alert(const Promise& promise, const Conversation& conversation, int level, Timestamp now) {
    const auto due = desk::promise::level_times(promise)[static_cast<std::size_t>(level)].value_or(now);
    const auto recipient = recipient_of(conversation, level);
    Alert alert;
    alert.account = promise.account;
    alert.id = desk::AlertId::make();
    alert.kind = promise.due_at ? desk::alert::Kind::promise : desk::alert::Kind::silent;
    alert.subject = promise.id.value;
    alert.level = level;
    alert.conversation = promise.conversation;
    alert.promise = promise.id;
    alert.recipient_type = recipient.type;
    alert.recipient = recipient.id;
    alert.raised_at = std::min(due, now);  // a level that was passed on early is raised now, not in the future
    alert.noticed_at = now;
    return alert;
}

// A word that was given to a contact alone concerns whoever gave it.
Conversation conversation_of_word(const Promise& word) {
    Conversation conversation;
    conversation.account = word.account;
    conversation.assignee = word.agent;
    conversation.team = word.team;
    return conversation;
}

// Raises what fell due of one promise and moves it on. Returns whether it is due soon from now on.
bool climb(Promise& promise, const Conversation& conversation, const Scene& scene, std::vector<Alert>& alerts) {
    const auto raise = raise_due(promise, scene.now, reachable_levels(scene.snapshot.agents, conversation));
    for (const int level : raise.superseded) {
        alerts.push_back(make_alert(promise, conversation, level, scene.now));
        alerts.back().state = desk::alert::State::superseded;
    }
    if (raise.level) {
        alerts.push_back(make_alert(promise, conversation, *raise.level, scene.now));
        promise.level = *raise.level;
    }
    promise.next_alert_at = raise.next;
    return raise.is_due_soon;
}

}  // namespace

WatchReport watch_promises(Tx& tx, Timestamp from, const WatchOptions& options) {
    auto promises = desk::promise::claim_due(tx, from, options.batch_max);
    WatchReport report;
    report.claimed = static_cast<int>(promises.size());
    if (promises.empty()) {
        return report;
    }
    std::vector<Key> keys;
    for (const auto& promise : promises) {
        if (!promise.conversation.is_nil()) {
            keys.push_back(Key{.account = promise.account, .id = promise.conversation});
        }
        report.newest = std::max(report.newest, promise.next_alert_at);
    }
    auto scene = open_scene(tx, accounts_of(promises), options.lease);
    scene.add(desk::conversation::read(tx, keys));
    News news(tx, scene);
    std::vector<Alert> alerts;
    for (auto& promise : promises) {
        const auto of_word = conversation_of_word(promise);
        const auto* conversation = promise.conversation.is_nil() ? &of_word : scene.find(promise.conversation);
        if (conversation == nullptr) {
            promise.next_alert_at.reset();
        } else if (climb(promise, *conversation, scene, alerts)) {
            news.tell("promise.due_soon", promise);
        }
    }
    const auto overdue = desk::promise::advance(tx, promises, scene.now);
    for (const auto& promise : promises) {
        const bool is_told = promise.conversation.is_nil() || scene.find(promise.conversation) != nullptr;
        if (is_told && std::ranges::count(overdue, promise.id) > 0) {
            news.tell("promise.overdue", promise);
        }
    }
    report.raised = news.store(alerts);
    report.told = !news.is_empty();
    return report;
}

}  // namespace lupaus::router
