#include "services/router/watch.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/promise/json.hpp"
#include "services/desk/promise/store.hpp"
#include "services/desk/timer/store.hpp"
#include "services/router/recipients.hpp"
#include "services/router/store.hpp"

#include <algorithm>
#include <set>

namespace lupaus::router {

namespace {

using desk::alert::Alert;
using desk::conversation::Key;
using desk::promise::Promise;

// What alerts are about, read once for a batch.
struct Scene {
    Timestamp now{};
    Snapshot snapshot;
    std::unordered_map<ConversationId, Conversation> conversations;
};

Scene load_scene(Tx& tx, std::span<const Uuid> accounts, const std::vector<Key>& keys, const WatchOptions& options) {
    tx.narrow(Scope::accounts(accounts));
    Scene scene;
    scene.now = desk::database_now(tx);
    scene.snapshot.now = scene.now;
    load_agents(tx, accounts, options.lease, scene.snapshot);
    load_teams(tx, accounts, scene.snapshot);
    for (auto& conversation : desk::conversation::read(tx, keys)) {
        const auto id = conversation.id;
        scene.conversations.emplace(id, std::move(conversation));
    }
    return scene;
}

template <class Rows>
std::vector<Uuid> accounts_of(const Rows& rows) {
    std::set<Uuid> accounts;
    for (const auto& row : rows) {
        accounts.insert(row.account.value);
    }
    return {accounts.begin(), accounts.end()};
}

// What the log is told of a batch: appended once, as the last thing of the transaction.
class News {
public:
    News(Tx& tx, const Scene& scene) : tx_(tx), scene_(scene) {}

    void tell(std::string_view type, const Promise& promise) { add(type, promise, "promise"); }

    // Returns how many began to fire.
    int store(const std::vector<Alert>& alerts) {
        const auto raised = desk::alert::raise(tx_, alerts);
        for (const auto& alert : raised.superseded) {
            add("alert.superseded", alert, "alert");
        }
        for (const auto& alert : raised.firing) {
            add("alert.raised", alert, "alert");
        }
        desk::event::append(tx_, drafts_);
        return static_cast<int>(raised.firing.size());
    }

    bool is_empty() const { return drafts_.empty(); }

private:
    template <class Subject>
    void add(std::string_view type, const Subject& subject, std::string_view name) {
        const auto conversation = scene_.conversations.find(subject.conversation);
        std::string data = "{\"conversation\":";
        data += conversation == scene_.conversations.end() ? "null" : desk::conversation::to_json(conversation->second);
        data.append(",\"").append(name).append("\":");
        append_json(data, subject);
        data += '}';
        drafts_.push_back({.account = subject.account,
                           .type = type,
                           .actor = desk::event::Actor::system(),
                           .conversation = subject.conversation,
                           .message = {},
                           .data = std::move(data)});
    }

    Tx& tx_;
    const Scene& scene_;
    std::vector<desk::event::Draft> drafts_;
};

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

// ---- timers

bool is_undelivered(const DeliveryRow& delivery) {
    using State = desk::message::DeliveryState;
    const bool arrived = delivery.state == State::sent || delivery.state == State::delivered || delivery.state == State::read;
    return !arrived && !delivery.waits_in_outbox;
}

Alert undelivered_alert(const DeliveryRow& delivery, const desk::timer::Timer& timer, const Scene& scene) {
    const auto known = scene.conversations.find(delivery.conversation);
    Conversation conversation = known == scene.conversations.end() ? Conversation{} : known->second;
    conversation.account = delivery.account;
    conversation.assignee = delivery.author;  // it is the author who has to know first
    auto level = delivery.next_level;
    while (level < desk::alert::kAccount && !is_reachable(scene.snapshot.agents, delivery.account, recipient_of(conversation, level))) {
        ++level;
    }
    const auto recipient = recipient_of(conversation, level);
    Alert alert;
    alert.account = delivery.account;
    alert.id = desk::AlertId::make();
    alert.kind = desk::alert::Kind::undelivered;
    alert.subject = delivery.id.value;
    alert.level = level;
    alert.conversation = delivery.conversation;
    alert.recipient_type = recipient.type;
    alert.recipient = recipient.id;
    alert.raised_at = timer.due_at;
    alert.noticed_at = scene.now;
    return alert;
}

// Still waits for somebody to take it; else null.
const Conversation* find_unassigned(const desk::timer::Timer& timer, const Scene& scene) {
    const auto known = scene.conversations.find(ConversationId{timer.key.subject});
    if (known == scene.conversations.end()) {
        return nullptr;
    }
    const auto& conversation = known->second;
    const bool waits = conversation.assignee.is_nil() && conversation.owed && conversation.state == desk::conversation::State::open;
    return waits ? &conversation : nullptr;
}

Alert unattended_alert(const Conversation& conversation, const desk::timer::Timer& timer, const Scene& scene) {
    const auto leads = recipient_of(conversation, desk::alert::kLeads);
    const bool tell_leads = is_reachable(scene.snapshot.agents, conversation.account, leads);
    const int level = tell_leads ? desk::alert::kLeads : desk::alert::kAccount;
    const auto recipient = recipient_of(conversation, level);
    Alert alert;
    alert.account = conversation.account;
    alert.id = desk::AlertId::make();
    alert.kind = desk::alert::Kind::unattended;
    alert.subject = conversation.owed->id.value;
    alert.level = level;
    alert.conversation = conversation.id;
    alert.promise = conversation.owed->id;
    alert.recipient_type = recipient.type;
    alert.recipient = recipient.id;
    alert.raised_at = timer.due_at;
    alert.noticed_at = scene.now;
    return alert;
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
        keys.push_back(Key{.account = promise.account, .id = promise.conversation});
        report.newest = std::max(report.newest, promise.next_alert_at);
    }
    const auto scene = load_scene(tx, accounts_of(promises), keys, options);
    News news(tx, scene);
    std::vector<Alert> alerts;
    for (auto& promise : promises) {
        const auto conversation = scene.conversations.find(promise.conversation);
        if (conversation == scene.conversations.end()) {
            promise.next_alert_at.reset();
        } else if (climb(promise, conversation->second, scene, alerts)) {
            news.tell("promise.due_soon", promise);
        }
    }
    const auto overdue = desk::promise::advance(tx, promises, scene.now);
    for (const auto& promise : promises) {
        if (scene.conversations.contains(promise.conversation) && std::ranges::count(overdue, promise.id) > 0) {
            news.tell("promise.overdue", promise);
        }
    }
    report.raised = news.store(alerts);
    report.told = !news.is_empty();
    return report;
}

WatchReport watch_timers(Tx& tx, Timestamp from, const WatchOptions& options) {
    const auto timers = desk::timer::claim_due(tx, from, options.batch_max);
    WatchReport report;
    report.claimed = static_cast<int>(timers.size());
    if (timers.empty()) {
        return report;
    }
    std::set<Uuid> accounts;
    std::vector<Key> keys;
    std::vector<desk::inbound::Command> commands;
    std::map<Uuid, const desk::timer::Timer*> deliveries;
    for (const auto& timer : timers) {
        accounts.insert(timer.key.account.value);
        report.newest = std::max(report.newest, std::optional(timer.due_at));
        switch (timer.key.kind) {
            case desk::timer::Kind::snooze_end:
                commands.push_back({.account = timer.key.account, .kind = desk::inbound::Kind::wake, .subject = timer.key.subject});
                break;
            case desk::timer::Kind::undelivered:
                deliveries.emplace(timer.key.subject, &timer);
                break;
            case desk::timer::Kind::unattended:
                keys.push_back(Key{.account = timer.key.account, .id = ConversationId{timer.key.subject}});
                break;
        }
    }
    const auto facts = load_deliveries(tx, timers);
    for (const auto& delivery : facts) {
        keys.push_back(Key{.account = delivery.account, .id = delivery.conversation});
    }
    const std::vector<Uuid> account_list(accounts.begin(), accounts.end());
    auto scene = load_scene(tx, account_list, keys, options);
    load_channels(tx, account_list, scene.snapshot);
    std::vector<Alert> alerts;
    for (const auto& delivery : facts) {
        const auto& timer = *deliveries.at(delivery.id.value);
        if (!is_undelivered(delivery) || delivery.next_level > desk::alert::kAccount) {
            continue;
        }
        alerts.push_back(undelivered_alert(delivery, timer, scene));
        desk::timer::put(tx, {.key = timer.key, .due_at = scene.now + options.undelivered_step});
    }
    for (const auto& timer : timers) {
        const auto* conversation = timer.key.kind == desk::timer::Kind::unattended ? find_unassigned(timer, scene) : nullptr;
        if (conversation == nullptr) {
            continue;
        }
        if (assign(scene.snapshot, {conversation}).nobody.empty()) {
            // Somebody came or has wrapped up; what told the queue so may have come before this was possible.
            commands.push_back({.account = timer.key.account, .kind = desk::inbound::Kind::drain, .subject = {}});
        } else {
            alerts.push_back(unattended_alert(*conversation, timer, scene));
        }
    }
    desk::inbound::push_commands(tx, commands);
    report.queued = !commands.empty();
    News news(tx, scene);
    report.raised = news.store(alerts);
    report.told = !news.is_empty();
    return report;
}

}  // namespace lupaus::router
