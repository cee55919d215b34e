// Verdicts of people, and those that people take back. What counts again is owed as if it had always counted.
#include "common/text/json_writer.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/verdict/rules.hpp"
#include "services/desk/verdict/store.hpp"
#include "services/inbox/conversation_steps.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/resource.hpp"

namespace lupaus::inbox {

namespace {

using desk::MessageId;
using desk::PromiseId;
using desk::agent::Presence;
using desk::conversation::State;
using desk::message::Message;
using desk::message::Verdict;
using desk::verdict::Judged;

Error conflict(std::string detail) {
    return Error{.code = Errc::conflict, .detail = std::move(detail)};
}

desk::conversation::Key key_of(const Conversation& conversation) {
    return {.account = conversation.account, .id = conversation.id};
}

// Members of conversation.judged. Without a judgement: one was taken back.
std::string judged_members(const std::optional<desk::message::Judgement>& judgement, std::span<const MessageId> ids) {
    std::string object;
    text::JsonWriter json(object);
    json.begin_object();
    json.field("verdict", judgement ? std::optional(to_string(judgement->verdict)) : std::nullopt);
    json.field("rule", judgement ? std::optional(judgement->rule) : std::nullopt);
    json.key("message_ids").begin_array();
    for (const auto& id : ids) {
        json.value(to_string(id));
    }
    json.end_array().end_object();
    return object.substr(1, object.size() - 2);
}

// As a customer's message does it: whoever is there keeps it, or gets it back; else it is the router's.
void route_anew(Tx& tx, const Call& call, ConversationChange& change) {
    auto& conversation = change.conversation;
    const auto assignee = desk::agent::find(tx, conversation.account, conversation.assignee, lease_terms(call));
    const auto presence = assignee && !assignee->disabled_at ? assignee->presence : Presence::offline;
    const bool is_there =
        conversation.state == State::open ? presence != Presence::offline : presence == Presence::online;
    const bool is_lost = !conversation.assignee.is_nil() && !is_there;
    if (conversation.state != State::open) {
        reopen(change, is_lost);
    } else if (is_lost) {
        change.assign_to(desk::AgentId{});
        change.tell("conversation.unassigned");
    }
}

// `taken_back`: in their order, and told of.
void count_again(Tx& tx, const Call& call, ConversationChange& change, std::span<const Judged> taken_back) {
    const auto key = key_of(change.conversation);
    desk::verdict::clear(tx, key.account, taken_back);
    change.conversation.spam = desk::verdict::holds(tx, key, Verdict::spam);
    const auto counted = desk::verdict::count_again(taken_back, desk::verdict::replied_to(tx, key));
    if (counted.oldest) {
        change.resume_wait({.since = counted.oldest->said_at,
                            .is_first = desk::verdict::is_first(tx, key, *counted.oldest),
                            .waivers = counted.waivers});
        route_anew(tx, call, change);
    }
}

// The message that the path names, of the conversation that is held.
Result<Message> find_said(Tx& tx, const Call& call, const Conversation& conversation) {
    const auto id = path_id<MessageId>(call, "message", "message_id");
    if (!id) {
        return id.error();
    }
    auto message = desk::message::find(tx, conversation.account, *id);
    if (!message || message->conversation != conversation.id) {
        return not_found("message");
    }
    if (message->direction != desk::message::Direction::in) {
        return conflict("Only what a customer said can be treated as a person's; the desk said this.");
    }
    if (message->judgement && message->deleted_at) {
        return conflict("The customer took this message back, so it asks for nothing.");
    }
    return message;
}

}  // namespace

Result<Answer> handle_mark_spam(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto ids = desk::verdict::unanswered(tx, change->conversation);
    if (ids.empty() && !change->before().spam) {
        return conflict("Nothing that a person said in this conversation is unanswered, so nothing can be spam.");
    }
    if (!ids.empty() || change->before().state != State::resolved) {
        const auto ended = resolve(std::span(&*change, 1), call.principal.agent, to_string(Verdict::spam));
        const auto& waived = ended.front();
        const desk::message::Judgement spam{.verdict = Verdict::spam, .rule = std::string(desk::verdict::kByAgent)};
        desk::verdict::mark(tx,
                            {.account = change->conversation.account,
                             .judgement = spam,
                             .waived = waived ? waived->promise.id : PromiseId{}},
                            ids);
        change->conversation.spam = true;
        if (!ids.empty()) {
            change->tell(desk::verdict::kConversationJudged, judged_members(spam, ids));
        }
    }
    return change->finish();
}

Result<Answer> handle_mark_not_spam(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto held = desk::verdict::held(tx, key_of(change->conversation), Verdict::spam);
    if (!held.empty()) {
        std::vector<MessageId> ids;
        for (const auto& message : held) {
            ids.push_back(message.id);
        }
        change->tell(desk::verdict::kConversationJudged, judged_members(std::nullopt, ids));
        count_again(tx, call, *change, held);
    }
    return change->finish();
}

Result<Answer> handle_treat_as_person(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    auto change = ConversationChange::begin(tx, call);
    if (!change) {
        return change.error();
    }
    const auto message = find_said(tx, call, change->conversation);
    if (!message) {
        return message.error();
    }
    const auto key = key_of(change->conversation);
    if (auto judged = desk::verdict::find(tx, key, message->id)) {
        judged->waived = desk::verdict::is_led_by_another(tx, key, *judged) ? PromiseId{} : judged->waived;
        change->tell(desk::verdict::kMessageJudged, {}, message->id);
        count_again(tx, call, *change, std::span(&*judged, 1));
    }
    return change->finish();
}

}  // namespace lupaus::inbox
