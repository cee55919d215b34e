#include "services/inbox/conversation_change.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/meters.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/conversation/wait.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/promise/json.hpp"
#include "services/desk/promise/meters.hpp"
#include "services/desk/timer/store.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>

namespace lupaus::inbox {

using desk::AgentId;
using desk::ConversationId;
using desk::MessageId;
using desk::Topic;
using desk::conversation::counts_for_assignee;
using desk::conversation::is_held_by_bot;
using desk::conversation::is_offered;
using desk::conversation::State;
using desk::promise::Promise;

std::vector<desk::capacity::Change> capacity_changes(const Conversation& before, const Conversation& after) {
    std::vector<desk::capacity::Change> changes;
    const bool cost = counts_for_assignee(before);
    const bool costs = counts_for_assignee(after);
    if (cost && costs && before.assignee == after.assignee) {
        return changes;
    }
    const bool is_resolved_as_theirs =
        before.state != State::resolved && after.state == State::resolved && !after.assignee.is_nil();
    const bool keeps_it = before.assignee == after.assignee;
    if (cost) {
        changes.push_back({.account = before.account,
                           .agent = before.assignee,
                           .weight = -before.weight,
                           .resolves = is_resolved_as_theirs && keeps_it});
    }
    if (is_resolved_as_theirs && !(cost && keeps_it)) {
        changes.push_back({.account = after.account, .agent = after.assignee, .weight = 0, .resolves = true});
    }
    if (costs) {
        changes.push_back({.account = after.account, .agent = after.assignee, .weight = after.weight});
    }
    return changes;
}

bool makes_work(const Conversation& before, const Conversation& after) {
    const bool freed =
        std::ranges::any_of(capacity_changes(before, after), [](const auto& change) { return change.weight < 0; });
    return freed || (is_offered(after) && (!is_offered(before) || before.team != after.team));
}

desk::promise::LadderOptions ladder_options(const Call& call) {
    const auto& alerts = call.desk.config.alerts;
    return {.warn_share = alerts.warn_share,
            .silent_after = std::chrono::duration_cast<std::chrono::seconds>(alerts.silent_after),
            .acknowledge_hold = std::chrono::duration_cast<std::chrono::seconds>(alerts.acknowledge_hold)};
}

std::string promise_member(const Promise& promise) {
    std::string out = R"("promise":)";
    desk::promise::append_json(out, promise);
    return out;
}

std::string word_member(const Promise& word) {
    std::string out = R"("promise":)";
    desk::promise::append_whole_json(out, word);
    return out;
}

std::string alert_member(const desk::alert::Alert& alert) {
    std::string out = R"("alert":)";
    desk::alert::append_json(out, alert);
    return out;
}

Result<ConversationChange> ConversationChange::begin(Tx& tx, const Call& call) {
    const auto id = path_id<ConversationId>(call, "conversation");
    return id ? begin(tx, call, *id) : Result<ConversationChange>(id.error());
}

Result<ConversationChange> ConversationChange::begin(Tx& tx, const Call& call, ConversationId id) {
    auto locked = desk::conversation::lock_one(tx, {.account = call.principal.account, .id = id});
    if (!locked) {
        return locked.error();
    }
    return ConversationChange(tx, call, *std::move(locked));
}

ConversationChange::ConversationChange(Tx& tx, const Call& call, Conversation locked)
    : conversation(locked),
      tx_(tx),
      call_(call),
      before_(std::move(locked)),
      now_(desk::database_now(tx)),
      actor_(call.actor()) {}

void ConversationChange::assign_to(AgentId agent) {
    if (!agent.is_nil()) {
        take_from_bot("taken");
    }
    if (!conversation.assignee.is_nil()) {
        conversation.previous_agent = conversation.assignee;
    }
    conversation.assignee = agent;
    conversation.passed_on = false;
}

void ConversationChange::pass_on() {
    if (!conversation.assignee.is_nil()) {
        assign_to(AgentId{});
        conversation.passed_on = true;
    }
}

std::optional<desk::promise::Settled> ConversationChange::end_wait(desk::promise::Ending ending, AgentId agent,
                                                                   MessageId reply) {
    if (is_held_by_bot(conversation) && call_.principal.token == conversation.bot) {
        hear_bot();
        conversation.waiting_since.reset();
    } else {
        take_from_bot("taken");
    }
    auto settled = desk::conversation::end_wait(tx_, conversation, {.ending = ending, .agent = agent, .message = reply},
                                                call_.desk.metrics);
    if (!settled) {  // a reply that did not arrive may have settled nothing
        for (const auto& alert : desk::alert::close_undelivered(tx_, conversation.account, conversation.id)) {
            tell("alert.resolved", alert_member(alert));
        }
    }
    return settled;
}

void ConversationChange::tell_settled(const desk::promise::Settled& settled) {
    tell("promise.settled", promise_member(settled.promise));
    for (const auto& alert : settled.resolved) {
        tell("alert.resolved", alert_member(alert));
    }
}

void ConversationChange::take_from_bot(std::string_view reason) {
    if (!is_held_by_bot(conversation)) {
        return;
    }
    tell("conversation.handed_over", desk::conversation::handover_members(conversation.bot, reason));
    hear_bot();
    desk::conversation::take_from_bot(conversation);
    if (conversation.waiting_since) {
        open_promise({.kind = desk::promise::Kind::first_reply,
                      .waiting_since = *conversation.waiting_since,
                      .opened_at = now_});
    }
    tx_.after_commit([&metrics = call_.desk.metrics, reason = std::string(reason)] {
        desk::conversation::count_handover(metrics, reason);
    });
}

void ConversationChange::hear_bot() {
    conversation.bot_asked_at.reset();
    desk::timer::remove(
        tx_,
        {.account = conversation.account, .kind = desk::timer::Kind::bot_silence, .subject = conversation.id.value});
}

void ConversationChange::open_wait(Timestamp since) {
    open_promise({.kind = desk::promise::Kind::next_reply, .waiting_since = since, .opened_at = since});
}

void ConversationChange::open_promise(const Opening& opening) {
    Promise promise;
    promise.account = conversation.account;
    promise.id = desk::PromiseId::make();
    promise.conversation = conversation.id;
    promise.kind = opening.kind;
    promise.channel = conversation.channel;
    promise.team = conversation.team;
    promise.waiting_since = opening.waiting_since;
    promise.opened_at = opening.opened_at;
    const auto policies = desk::promise::load_policies(tx_, std::span(&conversation.account.value, 1));
    const auto* policy = desk::promise::choose_policy(policies, {.kind = promise.kind,
                                                                 .channel = conversation.channel,
                                                                 .team = conversation.team,
                                                                 .priority = conversation.priority,
                                                                 .visibility = conversation.visibility});
    desk::promise::arm(promise, policy, ladder_options(call_));
    desk::promise::insert(tx_, std::span(&promise, 1));
    desk::conversation::owe(conversation, promise);
    tell("promise.opened", promise_member(promise));
    tx_.after_commit([&wakeups = call_.desk.wakeups] { wakeups.announce(Topic::due); });
}

Result<void> ConversationChange::give_word(Promise& word) {
    word.conversation = conversation.id;
    word.channel = conversation.channel;
    word.team = conversation.team;
    word.owing_team = conversation.team;
    if (auto given = desk::promise::give(tx_, word); !given) {
        return given.error();
    }
    desk::conversation::owe_word(conversation, word);
    tell("promise.opened", word_member(word));
    tx_.after_commit([&wakeups = call_.desk.wakeups] { wakeups.announce(Topic::due); });
    return {};
}

Result<desk::promise::EndedWord> ConversationChange::end_word(const desk::promise::EndingWord& ending) {
    auto ended = desk::promise::end(tx_, ending);
    if (!ended) {
        return ended;
    }
    desk::conversation::owe_these(conversation, desk::promise::open_of(tx_, conversation.account, conversation.id));
    tell("promise.settled", word_member(ended->promise));
    for (const auto& alert : ended->resolved) {
        tell("alert.resolved", alert_member(alert));
    }
    tx_.after_commit(
        [&metrics = call_.desk.metrics, promise = ended->promise] { desk::promise::count_settled(metrics, promise); });
    return ended;
}

void ConversationChange::tell(std::string_view type, std::string extra, MessageId message) {
    happenings_.push_back({.type = type, .extra = std::move(extra), .message = message});
}

Answer ConversationChange::finish() {
    if (!happenings_.empty()) {
        store();
        append_events();
    }
    return found(desk::conversation::to_json(conversation), conversation.version);
}

void ConversationChange::finish_log_only() {
    append_events();
}

void ConversationChange::store() {
    conversation.version = before_.version + 1;
    desk::conversation::update(tx_, std::span(&conversation, 1));
    store_team();
    store_snooze();
    resolve_unattended();
    const auto loads = capacity_changes(before_, conversation);
    desk::capacity::lock(tx_, loads);
    desk::capacity::apply(tx_, loads);
    if (makes_work(before_, conversation)) {
        desk::inbound::push_command(tx_, conversation.account, desk::inbound::Kind::drain);
        tx_.after_commit([&wakeups = call_.desk.wakeups] { wakeups.announce(Topic::queue); });
    }
    // A drain looks at what those who are there could take; this one has to be looked at also if nobody could.
    if (is_offered(conversation) && (!is_offered(before_) || before_.team != conversation.team)) {
        desk::inbound::push_command(tx_, conversation.account, desk::inbound::Kind::wake, conversation.id.value);
    }
}

// Somebody took it or put it aside: it is no longer true that nobody is able to take it.
void ConversationChange::resolve_unattended() {
    if (!is_offered(before_) || is_offered(conversation)) {
        return;
    }
    const desk::alert::Attended attended{.account = conversation.account, .conversation = conversation.id};
    for (const auto& alert : desk::alert::resolve_unattended(tx_, std::span(&attended, 1))) {
        tell("alert.resolved", alert_member(alert));
    }
}

// What is owed in it is another team's work from now on.
void ConversationChange::store_team() {
    if (before_.team != conversation.team) {
        desk::promise::hand_to_team(tx_, conversation.account, conversation.id, conversation.team);
    }
}

void ConversationChange::store_snooze() {
    if (before_.snoozed_until == conversation.snoozed_until) {
        return;
    }
    const desk::timer::Key key{
        .account = conversation.account, .kind = desk::timer::Kind::snooze_end, .subject = conversation.id.value};
    if (!conversation.snoozed_until) {
        desk::timer::remove(tx_, key);
        return;
    }
    desk::timer::put(tx_, {{key, *conversation.snoozed_until}});
    tx_.after_commit([&wakeups = call_.desk.wakeups] { wakeups.announce(Topic::due); });
}

void ConversationChange::append_events() {
    const auto shown = desk::conversation::to_json(conversation);
    std::vector<desk::event::Draft> drafts;
    drafts.reserve(happenings_.size());
    for (const auto& happening : happenings_) {
        std::string data = R"({"conversation":)" + shown;
        data += happening.extra.empty() ? "" : ",";
        data += happening.extra + "}";
        drafts.push_back({.account = conversation.account,
                          .type = happening.type,
                          .actor = actor_,
                          .conversation = conversation.id,
                          .message = happening.message,
                          .data = std::move(data)});
    }
    desk::event::append(tx_, drafts);
    tx_.after_commit([&wakeups = call_.desk.wakeups] { wakeups.announce(Topic::event); });
}

}  // namespace lupaus::inbox
