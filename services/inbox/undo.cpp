#include "services/inbox/undo.hpp"

#include "services/desk/conversation/json.hpp"
#include "services/desk/delivery/json.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/inbox/conversation_steps.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/speaker.hpp"

namespace lupaus::inbox {

namespace {

using desk::MessageId;
using desk::agent::Role;
using desk::conversation::State;
using desk::delivery::Undone;
using desk::message::AuthorType;
using desk::message::Message;

// Its author, whoever may speak for its author, or a lead.
bool may_undo(const Call& call, const Message& message) {
    const auto& principal = call.principal;
    if (principal.role == Role::lead || principal.role == Role::admin) {
        return true;
    }
    if (message.author.type == AuthorType::agent) {
        return principal.agent.is_nil() ? may_act_as_others(principal) : message.author.id == principal.agent.value;
    }
    return message.author.id == principal.token.value;
}

// Errors: not_found; forbidden.
Result<Message> find_own(Tx& tx, const Call& call) {
    const auto conversation = path_id<desk::ConversationId>(call, "conversation");
    if (!conversation) {
        return conversation.error();
    }
    const auto id = path_id<MessageId>(call, "message", "message_id");
    if (!id) {
        return id.error();
    }
    auto message = desk::message::find(tx, call.principal.account, *id);
    if (!message || message->conversation != *conversation) {
        return not_found("message");
    }
    if (!may_undo(call, *message)) {
        return Error{.code = Errc::forbidden, .detail = "Only its author or a lead takes a reply back."};
    }
    return message;
}

std::string delivery_member(const desk::delivery::Delivery& delivery) {
    std::string out = R"("delivery":)";
    desk::delivery::append_json(out, delivery);
    return out;
}

// The customer has never read what the reply promised.
Result<void> waive_words(Tx& tx, const Call& call, ConversationChange& change, MessageId reply) {
    const auto& conversation = change.conversation;
    for (const auto& open : desk::promise::open_of(tx, conversation.account, conversation.id)) {
        if (open.kind != desk::promise::Kind::commitment) {
            continue;
        }
        const auto word = desk::promise::find(tx, conversation.account, open.id);
        if (!word || word->message != reply) {
            continue;
        }
        const auto ended = change.end_word({.account = conversation.account,
                                            .word = word->id,
                                            .ending = desk::promise::WordEnding::waived,
                                            .agent = call.principal.agent,
                                            .team = conversation.team,
                                            .successor = {},
                                            .told_at = {}});
        if (!ended) {
            return ended.error();
        }
    }
    return {};
}

void tell_undone(ConversationChange& change, const Undone& undone) {
    change.tell("message.delivery", delivery_member(undone.delivery), undone.delivery.message);
    if (undone.opened) {
        change.tell("promise.opened", promise_member(*undone.opened));
    }
    if (undone.moved) {
        change.tell("promise.moved", promise_member(*undone.moved));
    }
    for (const auto& alert : undone.resolved) {
        change.tell("alert.resolved", alert_member(alert));
    }
}

Answer answer_with(Tx& tx, const Message& message, const Conversation& conversation) {
    Answer answer;
    desk::message::append_json(answer.body, desk::message::find(tx, message.account, message.id).value());
    answer.body.back() = ',';
    answer.body += R"("conversation":)" + desk::conversation::to_json(conversation) + "}";
    return answer;
}

}  // namespace

Result<Answer> handle_undo_message(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    const auto message = find_own(tx, call);
    if (!message) {
        return message.error();
    }
    const auto undone = desk::delivery::undo(tx, message->account, message->id);
    if (!undone) {
        return undone.error();
    }
    auto change = ConversationChange::begin(tx, call, message->conversation);
    if (!change) {
        return change.error();
    }
    if (!undone->is_news) {
        return answer_with(tx, *message, change->conversation);
    }
    tell_undone(*change, *undone);
    if (auto waived = waive_words(tx, call, *change, message->id); !waived) {
        return waived.error();
    }
    // The two were written in one transaction, with its one reading of the clock.
    const bool was_resolved_by_it =
        change->conversation.state == State::resolved && change->conversation.resolved_at == message->created_at;
    if (was_resolved_by_it) {
        reopen(*change, !assignee_fault(tx, call, change->conversation.assignee).empty());
    }
    change->finish();
    tx.after_commit([&wakeups = call.desk.wakeups] {
        wakeups.announce(desk::Topic::due);
        wakeups.announce(desk::Topic::queue);
    });
    return answer_with(tx, *message, change->conversation);
}

}  // namespace lupaus::inbox
