#include "services/inbox/conversation_change.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/meters.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/promise/json.hpp"
#include "services/desk/promise/meters.hpp"
#include "services/desk/timer/store.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>
#include <unordered_map>

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

Error merged_away(const Conversation& conversation) {
    return Error{.code = Errc::conflict,
                 .detail = "This conversation was merged into another one, which merged_into names.",
                 .extension = R"({"merged_into":")" + to_string(conversation.merged_into) + "\"}"};
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
    if (!locked->merged_into.is_nil()) {
        return merged_away(*locked);
    }
    return ConversationChange(tx, call, *std::move(locked), desk::database_now(tx));
}

std::vector<ConversationChange> ConversationChange::begin_all(Tx& tx, const Call& call,
                                                              std::span<const ConversationId> ids) {
    std::vector<desk::conversation::Key> keys;
    for (const auto& id : ids) {
        keys.push_back({.account = call.principal.account, .id = id});
    }
    auto locked = desk::conversation::lock(tx, keys);
    const auto now = desk::database_now(tx);
    std::vector<ConversationChange> changes;
    changes.reserve(locked.size());
    for (auto& one : locked) {
        changes.push_back(ConversationChange(tx, call, std::move(one), now));
    }
    return changes;
}

ConversationChange::ConversationChange(Tx& tx, const Call& call, Conversation locked, Timestamp now)
    : conversation(locked), tx_(tx), call_(call), before_(std::move(locked)), now_(now), actor_(call.actor()) {}

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
    return std::move(end_waits(std::span(this, 1), {.ending = ending, .agent = agent, .message = reply}).front());
}

// What a bot ends itself was never owed; what somebody else ends while a bot has it is taken from the bot first.
void ConversationChange::settle_with_bot() {
    if (is_held_by_bot(conversation) && call_.principal.token == conversation.bot) {
        hear_bot();
        conversation.waiting_since.reset();
    } else {
        take_from_bot("taken");
    }
}

std::vector<std::optional<desk::promise::Settled>> ConversationChange::end_waits(
    std::span<ConversationChange> changes, const desk::conversation::WaitEnd& end) {
    if (changes.empty()) {
        return {};
    }
    auto& tx = changes.front().tx_;
    std::vector<Conversation*> conversations;
    for (auto& change : changes) {
        change.settle_with_bot();
        conversations.push_back(&change.conversation);
    }
    auto settled = desk::conversation::end_waits(tx, conversations, end, changes.front().call_.desk.metrics);
    std::vector<desk::alert::InConversation> others;  // a reply that did not arrive may have settled nothing
    std::unordered_map<ConversationId, ConversationChange*> by_id;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto& conversation = changes[i].conversation;
        if (!settled[i]) {
            others.push_back({.account = conversation.account, .conversation = conversation.id});
            by_id[conversation.id] = &changes[i];
        }
    }
    for (const auto& alert : desk::alert::close_undelivered(tx, others)) {
        by_id.at(alert.conversation)->tell("alert.resolved", alert_member(alert));
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
    const desk::timer::Key silence{
        .account = conversation.account, .kind = desk::timer::Kind::bot_silence, .subject = conversation.id.value};
    desk::timer::remove(tx_, std::span(&silence, 1));
}

void ConversationChange::open_wait(Timestamp since) {
    open_promise({.kind = desk::promise::Kind::next_reply, .waiting_since = since, .opened_at = since});
}

void ConversationChange::resume_wait(const Resumption& again) {
    using desk::promise::Kind;
    take_from_bot("taken");
    reopen_waived(again.waivers);
    if (!conversation.waiting_since) {
        open_promise({.kind = again.is_first ? Kind::first_reply : Kind::next_reply,
                      .waiting_since = again.since,
                      .opened_at = again.since});
    } else if (again.since < *conversation.waiting_since) {
        begin_earlier(again.since);
    }
    tx_.after_commit([&wakeups = call_.desk.wakeups] { wakeups.announce(Topic::due); });
}

void ConversationChange::reopen_waived(std::span<const desk::PromiseId> waivers) {
    const auto reopened = desk::promise::reopen_waived(tx_, conversation.account, conversation.id, waivers);
    if (!reopened) {
        return;
    }
    const auto& promise = reopened->promise;
    reopened->is_new ? desk::conversation::owe(conversation, promise)
                     : desk::conversation::owe_earlier(conversation, promise);
    const desk::promise::HandedOver work{
        .account = conversation.account, .conversation = conversation.id, .team = conversation.team};
    desk::promise::hand_to_teams(tx_, std::span(&work, 1));
    tell(reopened->is_new ? "promise.opened" : "promise.moved", promise_member(promise));
}

void ConversationChange::begin_earlier(Timestamp since) {
    for (auto& promise : desk::promise::lock_open_replies(tx_, {{conversation.account, conversation.id}})) {
        desk::promise::begin_earlier(promise, since);
        desk::promise::move(tx_, std::span(&promise, 1));
        desk::conversation::owe_earlier(conversation, promise);
        tell("promise.moved", promise_member(promise));
    }
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
    go_on(promise);
}

void ConversationChange::go_on(const Promise& promise) {
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

}  // namespace lupaus::inbox
