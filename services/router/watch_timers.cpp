// Due timers: a snooze that ended and a bot that is silent or gone become commands, a reply that does not arrive and a
// customer whom nobody is able to take become alerts. What waits already when somebody leaves is found by their team's
// timer.
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/timer/store.hpp"
#include "services/router/assign.hpp"
#include "services/router/recipients.hpp"
#include "services/router/scene.hpp"
#include "services/router/store.hpp"
#include "services/router/watch.hpp"

#include <algorithm>
#include <set>

namespace lupaus::router {

namespace {

using desk::alert::Alert;
using desk::conversation::Key;
using desk::timer::Timer;
using TimerKind = desk::timer::Kind;

constexpr std::chrono::seconds kBusyPause{1};  // somebody holds the conversation or the delivery

bool is_undelivered(const DeliveryRow& delivery) {
    using State = desk::message::DeliveryState;
    const bool arrived =
        delivery.state == State::sent || delivery.state == State::delivered || delivery.state == State::read;
    return !arrived && !delivery.waits_in_outbox && !delivery.is_closed;
}

Alert undelivered_alert(const DeliveryRow& delivery, const Timer& timer, const Scene& scene) {
    const auto* known = scene.find(delivery.conversation);
    Conversation conversation = known == nullptr ? Conversation{} : *known;
    conversation.account = delivery.account;
    conversation.assignee = delivery.author;  // it is the author who has to know first
    auto level = delivery.next_level;
    while (level < desk::alert::kAccount &&
           !is_reachable(scene.snapshot.agents, delivery.account, recipient_of(conversation, level))) {
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

Alert unattended_alert(const Conversation& conversation, Timestamp due_at, const Scene& scene) {
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
    alert.raised_at = due_at;
    alert.noticed_at = scene.now;
    return alert;
}

class Ringing {
public:
    Ringing(Tx& tx, const WatchOptions& options, std::vector<Timer> timers)
        : tx_(tx), options_(options), timers_(std::move(timers)) {}

    WatchReport run() {
        WatchReport report;
        report.claimed = static_cast<int>(timers_.size());
        std::set<Uuid> accounts;
        for (const auto& timer : timers_) {
            accounts.insert(timer.key.account.value);
            report.newest = std::max(report.newest, std::optional(timer.due_at));
        }
        const std::vector<Uuid> account_list(accounts.begin(), accounts.end());
        scene_ = open_scene(tx_, account_list, options_.lease);
        load_channels(tx_, account_list, scene_.snapshot);
        pass_to_the_router();
        remind_of_unattended();
        remind_of_undelivered();
        desk::timer::put(tx_, again_);
        desk::inbound::push_commands(tx_, commands_);
        News news(tx_, scene_);
        report.queued = !commands_.empty();
        report.raised = news.store(alerts_);
        report.told = !news.is_empty();
        return report;
    }

private:
    void pass_to_the_router() {
        for (const auto& timer : timers_) {
            if (const auto kind = command_of(timer.key.kind)) {
                commands_.push_back({.account = timer.key.account, .kind = *kind, .subject = timer.key.subject});
            }
        }
    }

    static std::optional<desk::inbound::Kind> command_of(TimerKind kind) {
        switch (kind) {
            case TimerKind::snooze_end:
                return desk::inbound::Kind::wake;
            case TimerKind::bot_silence:
                return desk::inbound::Kind::bot_silent;
            case TimerKind::bot_end:
                return desk::inbound::Kind::bot_gone;
            case TimerKind::undelivered:
            case TimerKind::unattended:
            case TimerKind::coverage:
                break;
        }
        return std::nullopt;
    }

    void remind_of_undelivered() {
        std::map<Uuid, const Timer*> rung;
        for (const auto& timer : timers_) {
            rung.emplace(timer.key.subject, &timer);
        }
        const auto deliveries = load_deliveries(tx_, timers_);
        std::vector<Key> keys;
        for (const auto& delivery : deliveries) {
            keys.push_back(Key{.account = delivery.account, .id = delivery.conversation});
        }
        scene_.add(desk::conversation::read(tx_, keys));
        for (const auto& delivery : deliveries) {
            const auto& timer = *rung.at(delivery.id.value);
            if (delivery.is_busy) {
                again_[timer.key] = scene_.now + kBusyPause;
                continue;
            }
            if (!is_undelivered(delivery) || delivery.next_level > desk::alert::kAccount) {
                continue;
            }
            alerts_.push_back(undelivered_alert(delivery, timer, scene_));
            again_[timer.key] = scene_.now + options_.undelivered_step;
        }
    }

    // Each conversation is locked, so that nobody can take it between the look and the alert.
    void remind_of_unattended() {
        const auto asked = find_asked();
        std::vector<Key> keys;
        for (const auto& [key, timer] : asked) {
            keys.push_back(key);
        }
        scene_.add(desk::conversation::lock_free(tx_, keys));
        std::set<AccountId> covered;
        std::vector<Key> missing;
        for (const auto& [key, timer] : asked) {
            const auto* conversation = scene_.find(key.id);
            if (conversation == nullptr) {
                missing.push_back(key);
            } else if (!desk::conversation::is_offered(*conversation)) {
                continue;
            } else if (assign(scene_.snapshot, {conversation}).nobody.empty()) {
                covered.insert(key.account);
            } else {
                alerts_.push_back(unattended_alert(*conversation, timer->due_at, scene_));
            }
        }
        // Somebody came or has wrapped up; what told the queue so may have come before this was possible.
        for (const auto& account : covered) {
            commands_.push_back({.account = account, .kind = desk::inbound::Kind::drain, .subject = {}});
        }
        ring_again(asked, missing);
    }

    using Asked = std::map<Key, const Timer*>;  // with the timer because of which it is looked at

    // What is held by somebody, and what was more than one look takes. What is not there at all was erased.
    void ring_again(const Asked& asked, const std::vector<Key>& missing) {
        const auto busy = missing.empty() ? std::vector<Conversation>() : desk::conversation::read(tx_, missing);
        for (const auto& c : busy) {
            again_.emplace(asked.at({.account = c.account, .id = c.id})->key, scene_.now + kBusyPause);
        }
        for (const auto& place : cut_) {
            again_.emplace(timer_of(place), scene_.now);
        }
    }

    static desk::timer::Key timer_of(const Place& place) {
        return {.account = place.account, .kind = TimerKind::coverage, .subject = place.team.value};
    }

    // Those whose own timer rang, and those who wait where somebody left.
    Asked find_asked() {
        Asked asked;
        std::map<Place, const Timer*> left;
        std::vector<Place> places;
        for (const auto& timer : timers_) {
            if (timer.key.kind == TimerKind::unattended) {
                asked.emplace(Key{.account = timer.key.account, .id = ConversationId{timer.key.subject}}, &timer);
            } else if (timer.key.kind == TimerKind::coverage) {
                places.push_back({timer.key.account, TeamId{timer.key.subject}});
                left.emplace(places.back(), &timer);
            }
        }
        const auto found = find_uncovered(tx_, scene_.snapshot, places, options_.batch_max);
        for (const auto& [place, key] : found.waiting) {
            asked.emplace(key, left.at(place));
        }
        cut_ = found.cut;
        return asked;
    }

    Tx& tx_;
    const WatchOptions& options_;
    std::vector<Timer> timers_;
    Scene scene_;
    std::set<Place> cut_;  // where more waits than was looked at
    std::vector<Alert> alerts_;
    std::vector<desk::inbound::Command> commands_;
    std::map<desk::timer::Key, Timestamp> again_;  // what has to ring once more, and when
};

}  // namespace

WatchReport watch_timers(Tx& tx, Timestamp from, const WatchOptions& options) {
    auto timers = desk::timer::claim_due(tx, from, options.batch_max);
    return timers.empty() ? WatchReport{} : Ringing(tx, options, std::move(timers)).run();
}

}  // namespace lupaus::router
