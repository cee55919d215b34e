#include "services/router/waits.hpp"

#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/promise/json.hpp"

#include <algorithm>

namespace lupaus::router {

namespace {

using desk::conversation::State;
using desk::promise::Promise;
using PromiseKind = desk::promise::Kind;

std::string promise_json(const Promise& promise) {
    std::string out = "\"promise\":";
    desk::promise::append_json(out, promise);
    return out;
}

// A bot has what is new and what a customer reopens, never what the desk already owes or has in hand.
bool begins_with_bot(const ConversationChange& change) {
    const auto& c = change.conversation;
    return !c.waiting_since && (change.is_new || c.state == State::resolved);
}

}  // namespace

void Waits::ask(ConversationChange& change, Timestamp at) {
    change.is_changed = true;
    auto& c = change.conversation;
    const auto bot = sheet_.snapshot.channels.at(c.channel).bot;
    if (!bot.is_nil() && begins_with_bot(change)) {
        desk::conversation::give_to_bot(c, bot);
    }
    if (desk::conversation::is_held_by_bot(c)) {
        return ask_bot(c, at);
    }
    if (c.waiting_since) {
        return begin_earlier(c, at);
    }
    const bool is_first = change.is_new && c.state == State::open;
    begin(
        c,
        {.kind = is_first ? PromiseKind::first_reply : PromiseKind::next_reply, .waiting_since = at, .opened_at = at});
}

// It can answer from now on, whenever the message was said.
void Waits::ask_bot(Conversation& c, Timestamp at) {
    const auto now = sheet_.snapshot.now;
    if (!c.bot_asked_at) {
        sheet_.changes.silences.push_back({.conversation = c.id, .at = now + sheet_.options.bot_silence});
    }
    desk::conversation::ask_bot(c, at, now);
}

void Waits::hand_over(ConversationChange& change, Timestamp at, std::string_view reason) {
    auto& c = change.conversation;
    change.is_changed = true;
    sheet_.happen({.type = "conversation.handed_over",
                   .conversation = c.id,
                   .extra = desk::conversation::handover_members(c.bot, reason)});
    sheet_.changes.handovers.push_back(reason);
    desk::conversation::take_from_bot(c);
    if (c.waiting_since) {
        begin(c, {.kind = PromiseKind::first_reply, .waiting_since = *c.waiting_since, .opened_at = at});
    }
}

void Waits::begin(Conversation& c, const Opening& opening) {
    Promise promise;
    promise.account = c.account;
    promise.id = desk::PromiseId{sheet_.options.make_id()};
    promise.conversation = c.id;
    promise.kind = opening.kind;
    promise.channel = c.channel;
    promise.team = c.team;
    promise.waiting_since = opening.waiting_since;
    promise.opened_at = opening.opened_at;
    desk::promise::arm(promise, policy_for(promise, c), sheet_.options.ladder);
    desk::conversation::owe(c, promise);
    sheet_.happen({.type = "promise.opened", .conversation = c.id, .extra = promise_json(promise)});
    sheet_.changes.promises.push_back(std::move(promise));
}

// A wait does not move with later messages. One that was said before it began has waited longer, whatever was
// answered meanwhile: that answer had not seen it.
void Waits::begin_earlier(Conversation& c, Timestamp at) {
    if (at >= *c.waiting_since) {
        return;
    }
    auto& changes = sheet_.changes;
    const auto opened = std::ranges::find(changes.promises, c.id, &Promise::conversation);
    auto& promise = opened != changes.promises.end()
                        ? *opened
                        : changes.moved.try_emplace(c.id, sheet_.snapshot.promises.at(c.id)).first->second;
    desk::promise::begin_earlier(promise, at);
    desk::conversation::owe_earlier(c, promise);
    sheet_.happen({.type = "promise.moved", .conversation = c.id, .extra = promise_json(promise)});
}

const desk::promise::Policy* Waits::policy_for(const Promise& promise, const Conversation& c) const {
    const desk::promise::Facts facts{
        .kind = promise.kind, .channel = c.channel, .team = c.team, .priority = c.priority, .visibility = c.visibility};
    const auto& policies = sheet_.snapshot.policies;
    const auto of_account = policies.find(c.account);
    return of_account == policies.end() ? nullptr : desk::promise::choose_policy(of_account->second, facts);
}

}  // namespace lupaus::router
